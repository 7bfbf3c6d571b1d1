-- +goose Up
create table imports (
  hash text primary key, kind text not null, items text not null, undone bigint not null default 0, at bigint not null
);

-- +goose Down
drop table imports;
