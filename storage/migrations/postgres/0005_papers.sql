-- +goose Up
create table papers (
  id bigint primary key, title text not null, number text not null, date text not null, issuer text not null, link text not null,
  folded text not null, removed bigint not null default 0, at bigint not null
);
create index papers_date on papers(date, id) where removed = 0;
create table letters (
  id bigint primary key, member_id bigint not null, unit_id bigint not null, closed bigint not null default 0, waits bigint not null default 1, at bigint not null
);
create index letters_member on letters(member_id, id);
create index letters_waiting on letters(at) where closed = 0 and waits = 1;
create table letter_lines (
  id bigint primary key, letter_id bigint not null references letters(id) on delete cascade, author_id bigint not null, staff bigint not null,
  text text not null, at bigint not null
);
create index letter_lines_letter on letter_lines(letter_id, at, id);

-- +goose Down
drop table letter_lines; drop table letters; drop table papers;
