-- +goose Up
create table reminders (id bigint primary key, campaign_id bigint not null, data text not null);
-- Each time at which a reminder went out or was missed: once.
create table occurrences (
  reminder_id bigint not null references reminders(id), at bigint not null, part text not null, broadcast_id bigint not null default 0, noted_at bigint not null,
  primary key (reminder_id, at, part)
);
alter table ideas add column nudged_at bigint not null default 0; -- when its author was told of the draft that they left
alter table ideas add column due_told_at bigint not null default 0; -- of which date of a supplement they were told
create index ideas_left on ideas(id) where state = 'draft' and nudged_at = 0;

-- +goose Down
drop index ideas_left;
alter table ideas drop column due_told_at;
alter table ideas drop column nudged_at;
drop table occurrences; drop table reminders;
