-- +goose Up
-- A pair of an access token and a refresh token that can be used once. What it holds is encrypted by whoever uses it.
create table tokens (
  name text primary key, version integer not null, sealed text not null, seed text not null default '', expires_at integer not null, renewed_at integer not null,
  lasts_ms integer not null default 0, lock_by text not null default '', lock_until integer not null default 0,
  tries integer not null default 0, tried_at integer not null default 0, failure text not null default '', refused integer not null default 0, dead_at integer not null default 0
) strict;

-- +goose Down
drop table tokens;
