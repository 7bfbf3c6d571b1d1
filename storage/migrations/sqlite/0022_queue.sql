-- +goose Up
-- PostgreSQL's queues are vacuumed more often; a backup of either database has one level.
select 1;

-- +goose Down
select 1;
