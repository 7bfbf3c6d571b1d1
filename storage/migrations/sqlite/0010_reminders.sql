-- +goose Up
create table reminders (
  id integer primary key, campaign_id integer not null references campaigns(id), is_off integer not null, since_at integer not null, data text not null, saved_at integer not null
) strict;
create index reminders_campaign on reminders(campaign_id, id);
-- What became of each time at which a rule was due, for whom: noted once and for ever.
create table reminder_occurrences (
  reminder_id integer not null references reminders(id), what text not null, at integer not null, missed integer not null, broadcast_id integer not null, noted_at integer not null,
  apart text not null, -- units that have a closing, and an occurrence, of their own
  primary key (reminder_id, what, at)
) strict;

-- +goose Down
drop table reminder_occurrences; drop table reminders;
