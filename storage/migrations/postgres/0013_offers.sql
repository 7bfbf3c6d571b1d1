-- +goose Up
create table offers (address text primary key, data text not null, at bigint not null);

-- +goose Down
drop table offers;
