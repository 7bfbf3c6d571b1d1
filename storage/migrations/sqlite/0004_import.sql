-- +goose Up
create table imports (
  hash text primary key, kind text not null, items text not null, undone integer not null default 0, at integer not null
) strict;

-- +goose Down
drop table imports;
