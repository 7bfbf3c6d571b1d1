-- +goose Up
create table idea_index (
  doc integer primary key, idea_id integer not null unique references ideas(id) on delete cascade,
  state text not null, year integer not null, folded text not null, toned text not null
) strict;
create index idea_index_year on idea_index(state, year);
create virtual table idea_words using fts5(title, body, title_exact, body_exact, marks,
  content='', contentless_delete=1, prefix='3', tokenize="ascii tokenchars '_-'");
-- +goose StatementBegin
create trigger idea_index_gone after delete on idea_index begin
  delete from idea_words where rowid = old.doc;
end;
-- +goose StatementEnd
update forms set data = replace(data, '"key":"secret",', '"key":"secret","confidential":true,');
update campaigns set data = replace(data, '"key":"secret",', '"key":"secret","confidential":true,');

-- +goose Down
drop table idea_index; drop table idea_words;
update forms set data = replace(data, '"key":"secret","confidential":true,', '"key":"secret",');
update campaigns set data = replace(data, '"key":"secret","confidential":true,', '"key":"secret",');
