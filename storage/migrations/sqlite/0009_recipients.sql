-- +goose Up
create table subscriptions (
  member_id integer not null references members(id), topic text not null, frequency text not null, at integer not null,
  primary key (member_id, topic)
) strict, without rowid;
-- One row for each recipient of a broadcast. Broadcasts are never deleted: a foreign key would cost seconds for a million rows. reason says why of failed, blocked and skipped, and of sent that it may have come twice.
create table recipients (
  broadcast_id integer not null, member_id integer not null, state text not null, reason text not null default '',
  address text not null, channel text not null, unit_id integer not null, attempts integer not null default 0, doubts integer not null default 0,
  share_day integer not null default 0, due_at integer not null default 0, lease_by text not null default '', lease_until integer not null default 0,
  message_id text not null default '', at integer not null,
  primary key (broadcast_id, member_id)
) strict, without rowid;
-- In an order that the primary key does not have: or the planner walks over all who were sent to, to find the next.
create index recipients_queued on recipients(broadcast_id, channel, due_at, member_id) where state = 'queued';
create index recipients_failed on recipients(broadcast_id, at) where state = 'failed';
create index recipients_leased on recipients(lease_until) where state = 'sending';
-- How many recipients are in a state for a reason, kept as the states change.
create table broadcast_reasons (
  broadcast_id integer not null references broadcasts(id), state text not null, reason text not null, n integer not null,
  primary key (broadcast_id, state, reason)
) strict, without rowid;
-- A member's share of bulk messages of one day (days since 1970 in the deployment's zone).
create table bulk_shares (member_id integer primary key, day integer not null, used integer not null) strict;
-- Files that a platform has already: what is uploaded once is sent by its name there.
create table uploads (
  channel text not null, bot text not null, hash text not null, file_id text not null, at integer not null, primary key (channel, bot, hash)
) strict, without rowid;
alter table broadcasts add column photo text not null default '';
alter table broadcasts add column retry_at integer not null default 0; -- what failed until then is queued again
create index chats_recent on chats(member_id, reachable, updated_at, address, channel);

-- +goose Down
drop index chats_recent;
alter table broadcasts drop column retry_at;
alter table broadcasts drop column photo;
drop table uploads; drop table bulk_shares; drop table broadcast_reasons; drop table recipients; drop table subscriptions;
