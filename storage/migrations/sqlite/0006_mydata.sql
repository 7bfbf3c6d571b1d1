-- +goose Up
alter table members add column erased_at integer not null default 0;
alter table ideas add column anonymised_at integer not null default 0;
create table data_requests (
  id integer primary key, member_id integer not null, kind text not null, text text not null, at integer not null, due_at integer not null,
  done_at integer not null default 0, refused integer not null default 0, actor_id integer not null default 0, answer text not null default ''
) strict;
create index data_requests_open on data_requests(due_at) where done_at = 0;
create index data_requests_member on data_requests(member_id, id);

-- +goose Down
drop table data_requests;
alter table members drop column erased_at;
alter table ideas drop column anonymised_at;
