-- +goose Up
-- A pair of an access token and a refresh token that can be used once. What it holds is encrypted by whoever uses it.
create table tokens (
  name text primary key, version bigint not null, sealed text not null, seed text not null default '', expires_at bigint not null, renewed_at bigint not null,
  lasts_ms bigint not null default 0, lock_by text not null default '', lock_until bigint not null default 0,
  tries bigint not null default 0, tried_at bigint not null default 0, failure text not null default '', refused bigint not null default 0, dead_at bigint not null default 0
);

-- +goose Down
drop table tokens;
