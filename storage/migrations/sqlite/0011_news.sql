-- +goose Up
create table feeds (
  id integer primary key, url text not null unique, name text not null, units text not null, trusted integer not null, added_at integer not null,
  etag text not null default '', modified text not null default '', checked_at integer not null default 0, error text not null default ''
) strict;
create table bulletins (
  id integer primary key, title text not null, text text not null, link text not null, sender text not null, author_id integer not null,
  feed_id integer not null default 0, guid text not null default '', replaces_id integer not null default 0, broadcast_id integer not null default 0,
  state text not null, at integer not null, created_at integer not null
) strict;
create index bulletins_state on bulletins(state, at);
create unique index bulletins_guid on bulletins(feed_id, guid) where feed_id <> 0;
-- Whom a bulletin is for; no row: everyone.
create table bulletin_units (
  bulletin_id integer not null references bulletins(id) on delete cascade, unit_id integer not null, primary key (bulletin_id, unit_id)
) strict;
-- Until when news was gathered into a digest.
create table digests (frequency text primary key, until_at integer not null) strict;

-- +goose Down
drop table digests; drop table bulletin_units; drop table bulletins; drop table feeds;
