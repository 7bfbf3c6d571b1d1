-- +goose Up
-- A queue is short, but every row that passed through it leaves an entry in its indexes until the next vacuum. One of a
-- fifth of the table, which is the default, would come after millions of messages.
alter table outbox set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000, vacuum_index_cleanup = on);
alter table recipients set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000, vacuum_index_cleanup = on);

-- +goose Down
alter table outbox reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, vacuum_index_cleanup);
alter table recipients reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, vacuum_index_cleanup);
