-- +goose Up
create table broadcasts (
  id integer primary key, state text not null, data text not null, about_id integer not null default 0, by_member integer not null, approver_id integer not null default 0,
  start_at integer not null, started_at integer not null default 0, ended_at integer not null default 0, created_at integer not null,
  -- How far its recipients are written down: members are looked at in the order of their ids, up to those there at the start.
  seen_id integer not null default 0, last_id integer not null default 0, expanded integer not null default 0,
  queued integer not null default 0, sending integer not null default 0, sent integer not null default 0, failed integer not null default 0,
  blocked integer not null default 0, skipped integer not null default 0, uncertain integer not null default 0
) strict;
create index broadcasts_state on broadcasts(state, start_at);
create index broadcasts_about on broadcasts(about_id) where about_id <> 0;

-- +goose Down
drop table broadcasts;
