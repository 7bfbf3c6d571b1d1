-- +goose Up
alter table accounts add column preferred bigint not null default 0;
alter table chats add column external_id text not null default '';
-- In every chat so far the id of the chat is that of the person.
update chats set external_id = substring(address from '^[^:]*:[^:]*:(.*)$');
create index chats_owner on chats(member_id);
alter table members add column merged_into bigint not null default 0;
create table links (
  id bigint primary key, member_id bigint not null references members(id), hash text not null unique, address text not null,
  expires_at bigint not null, by_member bigint not null default 0, by_address text not null default '', agreed bigint not null default 0,
  done bigint not null default 0
);
create index links_member on links(member_id);
create table link_tries (account text not null, at bigint not null);
create index link_tries_at on link_tries(at, account);

-- +goose Down
drop table link_tries; drop table links;
drop index chats_owner;
alter table members drop column merged_into;
alter table chats drop column external_id;
alter table accounts drop column preferred;
