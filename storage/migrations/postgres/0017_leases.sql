-- +goose Up
-- What only one process may do at a time, such as polling a platform. SQLite has one process and needs none.
create table leases (name text primary key, holder text not null, ends_at timestamptz not null);

-- +goose Down
drop table leases;
