-- +goose Up
-- Whose document it is: 0 is everyone's, to be changed by staff of the whole organisation only.
alter table papers add column unit_id bigint not null default 0;

-- +goose Down
alter table papers drop column unit_id;
