-- +goose Up
create table papers (
  id integer primary key, title text not null, number text not null, date text not null, issuer text not null, link text not null,
  folded text not null, removed integer not null default 0, at integer not null
) strict;
create index papers_date on papers(date, id) where removed = 0;
create table letters (
  id integer primary key, member_id integer not null, unit_id integer not null, closed integer not null default 0, waits integer not null default 1, at integer not null
) strict;
create index letters_member on letters(member_id, id);
create index letters_waiting on letters(at) where closed = 0 and waits = 1;
create table letter_lines (
  id integer primary key, letter_id integer not null references letters(id) on delete cascade, author_id integer not null, staff integer not null,
  text text not null, at integer not null
) strict;
create index letter_lines_letter on letter_lines(letter_id, at, id);

-- +goose Down
drop table letter_lines; drop table letters; drop table papers;
