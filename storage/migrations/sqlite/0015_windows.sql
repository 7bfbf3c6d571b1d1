-- +goose Up
alter table chats add column heard_at integer not null default 0;
alter table chats add column follows integer not null default 1;
alter table chats add column replies integer not null default 0;
update chats set heard_at = updated_at, follows = reachable;
create table promotions (address text not null, at integer not null) strict;
create index promotions_address on promotions(address, at);
create index promotions_at on promotions(at);

-- +goose Down
drop table promotions;
alter table chats drop column heard_at;
alter table chats drop column follows;
alter table chats drop column replies;
