-- +goose Up
create table members (
  id integer primary key, name text not null default '', unit_id integer not null default 0,
  unit_text text not null default '', language text not null default '', consents text not null default '{}',
  roles text not null default '[]', created_at integer not null
) strict;
create table accounts (
  channel text not null, external_id text not null, member_id integer not null references members(id),
  created_at integer not null, primary key (channel, external_id)
) strict;
create index accounts_member on accounts(member_id);
create table chats (
  address text primary key, channel text not null, member_id integer not null default 0, revision integer not null,
  asked text not null default '', reachable integer not null default 1, updated_at integer not null
) strict;
create table consents (
  id integer primary key, member_id integer not null references members(id), purpose text not null,
  granted integer not null, version text not null, hash text not null, channel text not null,
  message_id text not null, at integer not null
) strict;
create index consents_member on consents(member_id, purpose, id);
create table grants (
  member_id integer not null references members(id), role text not null, unit_id integer not null default 0,
  at integer not null, primary key (member_id, role, unit_id)
) strict;
create table invitations (
  hash text primary key, role text not null, unit_id integer not null, expires_at integer not null,
  used_by integer not null default 0, used_at integer not null default 0
) strict;
create table units (id integer primary key, data text not null) strict;
create table campaigns (id integer primary key, slug text not null unique, opens_at integer not null, data text not null) strict;
create table forms (
  campaign_id integer not null references campaigns(id), version integer not null, data text not null,
  primary key (campaign_id, version)
) strict;
create table numbers (prefix text not null, year integer not null, last integer not null, primary key (prefix, year)) strict;
create table ideas (
  id integer primary key, campaign_id integer not null references campaigns(id), author_id integer not null references members(id),
  dossier_id integer not null default 0, code text unique, state text not null, form_version integer not null,
  unit_id integer not null default 0, unit_text text not null default '', created_at integer not null,
  updated_at integer not null, submitted_at integer not null default 0
) strict;
create index ideas_author on ideas(author_id, id);
create table answers (
  idea_id integer not null references ideas(id) on delete cascade, question text not null, data text not null,
  at integer not null, primary key (idea_id, question)
) strict;
create table attachments (
  id integer primary key, idea_id integer not null references ideas(id) on delete cascade, question text not null,
  state text not null, data text not null, address text not null default '', due_at integer not null default 0,
  reason text not null default '', at integer not null
) strict;
create index attachments_idea on attachments(idea_id, id);
create index attachments_pending on attachments(due_at) where state = 'pending';
create table idea_moves (
  id integer primary key, idea_id integer not null, from_state text not null, to_state text not null,
  actor_id integer not null, reason text not null, at integer not null
) strict;
create index idea_moves_idea on idea_moves(idea_id, id);
create table updates (key text primary key, at integer not null) strict, without rowid;
create index updates_at on updates(at);
create table quarantine (key text primary key, raw text not null, at integer not null) strict;
create table sessions (address text primary key, revision integer not null, data text not null) strict;
create table outbox (
  id integer primary key autoincrement, address text not null, channel text not null, class integer not null, state integer not null default 0,
  due_at integer not null, replaces text not null default '', attempts integer not null default 0,
  parts integer not null default 0, lease_by text not null default '', lease_until integer not null default 0, message_id text not null default '',
  error text not null default '', data text not null, created_at integer not null
) strict;
create index outbox_due on outbox(class, due_at, id) where state = 0;
create index outbox_chat on outbox(address, id) where state < 2;
create index outbox_lease on outbox(lease_until) where state = 1;
create table senders (name text primary key, seen_at integer not null) strict;
create table web_entries (
  seq integer primary key autoincrement, chat text not null, key text, mine integer not null, data text not null, at integer not null, unique (chat, key)
) strict;
create index web_entries_chat on web_entries(chat, seq);

-- +goose Down
drop table web_entries; drop table senders;
drop table outbox; drop table sessions; drop table quarantine; drop table updates; drop table idea_moves;
drop table attachments; drop table answers; drop table ideas; drop table numbers; drop table forms;
drop table campaigns; drop table units; drop table invitations; drop table grants; drop table consents;
drop table chats; drop table accounts; drop table members;
