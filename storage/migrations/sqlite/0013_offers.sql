-- +goose Up
create table offers (address text primary key, data text not null, at integer not null) strict;

-- +goose Down
drop table offers;
