-- +goose Up
-- chats_recent begins with the member as well: one index less to keep with every update.
drop index chats_owner;
create index accounts_preferred on accounts(member_id) where preferred = 1;

-- +goose Down
drop index accounts_preferred;
create index chats_owner on chats(member_id);
