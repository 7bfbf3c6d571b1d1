-- +goose Up
alter table accounts add column preferred integer not null default 0;
alter table chats add column external_id text not null default '';
-- In every chat so far the id of the chat is that of the person.
update chats set external_id = substr(address, length(channel) + 2 + instr(substr(address, length(channel) + 2), ':'));
create index chats_owner on chats(member_id);
alter table members add column merged_into integer not null default 0;
create table links (
  id integer primary key, member_id integer not null references members(id), hash text not null unique, address text not null,
  expires_at integer not null, by_member integer not null default 0, by_address text not null default '', agreed integer not null default 0,
  done integer not null default 0
) strict;
create index links_member on links(member_id);
create table link_tries (account text not null, at integer not null) strict;
create index link_tries_at on link_tries(at, account);

-- +goose Down
drop table link_tries; drop table links;
drop index chats_owner;
alter table members drop column merged_into;
alter table chats drop column external_id;
alter table accounts drop column preferred;
