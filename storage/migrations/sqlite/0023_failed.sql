-- +goose Up
-- Messages that could not be sent are counted at every scrape; the queue keeps what was sent for a fortnight.
create index outbox_failed on outbox(id) where state = 3;

-- +goose Down
drop index outbox_failed;
