-- +goose Up
alter table invitations add column by_member integer not null default 0;
alter table ideas add column due_at integer not null default 0;
alter table ideas add column entered_by integer not null default 0;
create index ideas_entered_by on ideas(entered_by) where entered_by <> 0;
create index ideas_state on ideas(state, unit_id, submitted_at);
alter table idea_moves add column number text not null default '';
alter table idea_moves add column due_at integer not null default 0;
alter table idea_moves add column undo integer not null default 0;
create table decisions (
  idea_id integer primary key references ideas(id), outcome text not null, reason text not null, number text not null,
  actor_id integer not null, at integer not null
) strict;
create table sheets (
  id integer primary key, kind text not null, member_id integer not null references members(id), about_id integer not null default 0,
  closed integer not null default 0, at integer not null
) strict;
create index sheets_open on sheets(member_id, kind, about_id) where closed = 0;
create table sheet_answers (
  sheet_id integer not null references sheets(id) on delete cascade, question text not null, data text not null,
  at integer not null, primary key (sheet_id, question)
) strict;
-- Attachments belong to an idea or to a sheet.
create table attachments_new (
  id integer primary key, idea_id integer not null, question text not null,
  state text not null, data text not null, address text not null default '', due_at integer not null default 0,
  reason text not null default '', at integer not null
) strict;
insert into attachments_new select id, idea_id, question, state, data, address, due_at, reason, at from attachments;
drop table attachments;
alter table attachments_new rename to attachments;
create index attachments_idea on attachments(idea_id, id);
create index attachments_pending on attachments(due_at) where state = 'pending';
create table audit (
  seq integer primary key, at integer not null, actor_id integer not null, action text not null, object text not null,
  before text not null, after text not null, hash text not null
) strict;
create index audit_object on audit(object, seq);
create table audit_head (id integer primary key, seq integer not null, hash text not null) strict;
insert into audit_head(id, seq, hash) values (1, 0, '');

-- +goose Down
drop table audit_head; drop table audit;
delete from attachments where idea_id not in (select id from ideas);
drop table sheet_answers; drop table sheets; drop table decisions;
alter table idea_moves drop column undo;
alter table idea_moves drop column due_at;
alter table idea_moves drop column number;
drop index ideas_state;
drop index ideas_entered_by;
alter table ideas drop column entered_by;
alter table ideas drop column due_at;
alter table invitations drop column by_member;
