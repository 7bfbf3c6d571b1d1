-- +goose Up
create table feeds (
  id bigint primary key, url text not null unique, name text not null, units text not null, trusted bigint not null, added_at bigint not null,
  etag text not null default '', modified text not null default '', checked_at bigint not null default 0, error text not null default ''
);
create table bulletins (
  id bigint primary key, title text not null, text text not null, link text not null, sender text not null, author_id bigint not null,
  feed_id bigint not null default 0, guid text not null default '', replaces_id bigint not null default 0, broadcast_id bigint not null default 0,
  state text not null, at bigint not null, created_at bigint not null
);
create index bulletins_state on bulletins(state, at);
create unique index bulletins_guid on bulletins(feed_id, guid) where feed_id <> 0;
-- Whom a bulletin is for; no row: everyone.
create table bulletin_units (
  bulletin_id bigint not null references bulletins(id) on delete cascade, unit_id bigint not null, primary key (bulletin_id, unit_id)
);
-- Until when news was gathered into a digest.
create table digests (frequency text primary key, until_at bigint not null);

-- +goose Down
drop table digests; drop table bulletin_units; drop table bulletins; drop table feeds;
