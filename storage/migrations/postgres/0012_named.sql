-- +goose Up
-- What was sent under a name, for replies that revise it.
create index outbox_named on outbox(address, replaces, id) where state = 2 and replaces <> '';

-- +goose Down
drop index outbox_named;
