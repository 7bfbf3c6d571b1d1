-- +goose Up
create table broadcasts (
  id bigint primary key, state text not null, data text not null, about_id bigint not null default 0, by_member bigint not null, approver_id bigint not null default 0,
  start_at bigint not null, started_at bigint not null default 0, ended_at bigint not null default 0, created_at bigint not null,
  -- How far its recipients are written down: members are looked at in the order of their ids, up to those there at the start.
  seen_id bigint not null default 0, last_id bigint not null default 0, expanded bigint not null default 0,
  queued bigint not null default 0, sending bigint not null default 0, sent bigint not null default 0, failed bigint not null default 0,
  blocked bigint not null default 0, skipped bigint not null default 0, uncertain bigint not null default 0
);
create index broadcasts_state on broadcasts(state, start_at);
create index broadcasts_about on broadcasts(about_id) where about_id <> 0;

-- +goose Down
drop table broadcasts;
