-- +goose Up
create table reminders (
  id bigint primary key, campaign_id bigint not null references campaigns(id), is_off bigint not null, since_at bigint not null, data text not null, saved_at bigint not null
);
create index reminders_campaign on reminders(campaign_id, id);
-- What became of each time at which a rule was due, for whom: noted once and for ever.
create table reminder_occurrences (
  reminder_id bigint not null references reminders(id), what text not null, at bigint not null, missed bigint not null, broadcast_id bigint not null, noted_at bigint not null,
  apart text not null, -- units that have a closing, and an occurrence, of their own
  primary key (reminder_id, what, at)
);

-- +goose Down
drop table reminder_occurrences; drop table reminders;
