-- +goose Up
alter table invitations add column by_member bigint not null default 0;
alter table ideas add column due_at bigint not null default 0;
alter table ideas add column entered_by bigint not null default 0;
create index ideas_entered_by on ideas(entered_by) where entered_by <> 0;
create index ideas_state on ideas(state, unit_id, submitted_at);
alter table idea_moves add column number text not null default '';
alter table idea_moves add column due_at bigint not null default 0;
alter table idea_moves add column undo bigint not null default 0;
create table decisions (
  idea_id bigint primary key references ideas(id), outcome text not null, reason text not null, number text not null,
  actor_id bigint not null, at bigint not null
);
create table sheets (
  id bigint primary key, kind text not null, member_id bigint not null references members(id), about_id bigint not null default 0,
  closed bigint not null default 0, at bigint not null
);
create index sheets_open on sheets(member_id, kind, about_id) where closed = 0;
create table sheet_answers (
  sheet_id bigint not null references sheets(id) on delete cascade, question text not null, data text not null,
  at bigint not null, primary key (sheet_id, question)
);
-- Attachments belong to an idea or to a sheet.
alter table attachments drop constraint attachments_idea_id_fkey;
create table audit (
  seq bigint primary key, at bigint not null, actor_id bigint not null, action text not null, object text not null,
  before text not null, after text not null, hash text not null
);
create index audit_object on audit(object, seq);
create table audit_head (id bigint primary key, seq bigint not null, hash text not null);
insert into audit_head(id, seq, hash) values (1, 0, '');

-- +goose Down
drop table audit_head; drop table audit;
delete from attachments where idea_id not in (select id from ideas);
alter table attachments add constraint attachments_idea_id_fkey foreign key (idea_id) references ideas(id) on delete cascade;
drop table sheet_answers; drop table sheets; drop table decisions;
alter table idea_moves drop column undo;
alter table idea_moves drop column due_at;
alter table idea_moves drop column number;
drop index ideas_state;
drop index ideas_entered_by;
alter table ideas drop column entered_by;
alter table ideas drop column due_at;
alter table invitations drop column by_member;
