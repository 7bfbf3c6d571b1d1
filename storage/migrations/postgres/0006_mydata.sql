-- +goose Up
alter table members add column erased_at bigint not null default 0;
alter table ideas add column anonymised_at bigint not null default 0;
create table data_requests (
  id bigint primary key, member_id bigint not null, kind text not null, text text not null, at bigint not null, due_at bigint not null,
  done_at bigint not null default 0, refused bigint not null default 0, actor_id bigint not null default 0, answer text not null default ''
);
create index data_requests_open on data_requests(due_at) where done_at = 0;
create index data_requests_member on data_requests(member_id, id);

-- +goose Down
drop table data_requests;
alter table members drop column erased_at;
alter table ideas drop column anonymised_at;
