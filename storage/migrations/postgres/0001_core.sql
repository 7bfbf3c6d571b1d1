-- +goose Up
create table members (
  id bigint primary key, name text not null default '', unit_id bigint not null default 0,
  unit_text text not null default '', language text not null default '', consents text not null default '{}',
  roles text not null default '[]', created_at bigint not null
);
create table accounts (
  channel text not null, external_id text not null, member_id bigint not null references members(id),
  created_at bigint not null, primary key (channel, external_id)
);
create index accounts_member on accounts(member_id);
create table chats (
  address text primary key, channel text not null, member_id bigint not null default 0, revision bigint not null,
  asked text not null default '', reachable bigint not null default 1, updated_at bigint not null
);
create table consents (
  id bigint generated always as identity primary key, member_id bigint not null references members(id), purpose text not null,
  granted bigint not null, version text not null, hash text not null, channel text not null,
  message_id text not null, at bigint not null
);
create index consents_member on consents(member_id, purpose, id);
create table grants (
  member_id bigint not null references members(id), role text not null, unit_id bigint not null default 0,
  at bigint not null, primary key (member_id, role, unit_id)
);
create table invitations (
  hash text primary key, role text not null, unit_id bigint not null, expires_at bigint not null,
  used_by bigint not null default 0, used_at bigint not null default 0
);
create table units (id bigint primary key, data text not null);
create table campaigns (id bigint primary key, slug text not null unique, opens_at bigint not null, data text not null);
create table forms (
  campaign_id bigint not null references campaigns(id), version bigint not null, data text not null,
  primary key (campaign_id, version)
);
create table numbers (prefix text not null, year bigint not null, last bigint not null, primary key (prefix, year));
create table ideas (
  id bigint primary key, campaign_id bigint not null references campaigns(id), author_id bigint not null references members(id),
  dossier_id bigint not null default 0, code text unique, state text not null, form_version bigint not null,
  unit_id bigint not null default 0, unit_text text not null default '', created_at bigint not null,
  updated_at bigint not null, submitted_at bigint not null default 0
);
create index ideas_author on ideas(author_id, id);
create table answers (
  idea_id bigint not null references ideas(id) on delete cascade, question text not null, data text not null,
  at bigint not null, primary key (idea_id, question)
);
create table attachments (
  id bigint primary key, idea_id bigint not null references ideas(id) on delete cascade, question text not null,
  state text not null, data text not null, address text not null default '', due_at bigint not null default 0,
  reason text not null default '', at bigint not null
);
create index attachments_idea on attachments(idea_id, id);
create index attachments_pending on attachments(due_at) where state = 'pending';
create table idea_moves (
  id bigint generated always as identity primary key, idea_id bigint not null, from_state text not null, to_state text not null,
  actor_id bigint not null, reason text not null, at bigint not null
);
create index idea_moves_idea on idea_moves(idea_id, id);
create table updates (key text primary key, at bigint not null);
create index updates_at on updates(at);
create table quarantine (key text primary key, raw text not null, at bigint not null);
create table sessions (address text primary key, revision bigint not null, data text not null);
create table outbox (
  id bigint generated always as identity primary key, address text not null, channel text not null, class bigint not null, state bigint not null default 0,
  due_at bigint not null, replaces text not null default '', attempts bigint not null default 0,
  parts bigint not null default 0, lease_by text not null default '', lease_until bigint not null default 0, message_id text not null default '',
  error text not null default '', data text not null, created_at bigint not null
);
create index outbox_due on outbox(class, due_at, id) where state = 0;
create index outbox_chat on outbox(address, id) where state < 2;
create index outbox_lease on outbox(lease_until) where state = 1;
create table senders (name text primary key, seen_at bigint not null);
create table web_entries (
  seq bigint generated always as identity primary key, chat text not null, key text, mine bigint not null, data text not null, at bigint not null, unique (chat, key)
);
create index web_entries_chat on web_entries(chat, seq);

-- +goose Down
drop table web_entries; drop table senders;
drop table outbox; drop table sessions; drop table quarantine; drop table updates; drop table idea_moves;
drop table attachments; drop table answers; drop table ideas; drop table numbers; drop table forms;
drop table campaigns; drop table units; drop table invitations; drop table grants; drop table consents;
drop table chats; drop table accounts; drop table members;
