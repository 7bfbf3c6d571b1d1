-- +goose Up
alter table tokens add column alarmed_at bigint not null default 0;

-- +goose Down
alter table tokens drop column alarmed_at;
