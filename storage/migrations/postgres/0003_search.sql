-- +goose Up
create table idea_index (
  idea_id bigint primary key references ideas(id) on delete cascade, doc bigint not null,
  state text not null, year bigint not null, folded text not null, toned text not null, words tsvector not null default ''
) with (toast_tuple_target = 128);
create index idea_index_words on idea_index using gin(words) with (fastupdate = off);
create index idea_index_doc on idea_index(doc);
create index idea_index_year on idea_index(state, year);
update forms set data = replace(data, '"key":"secret",', '"key":"secret","confidential":true,');
update campaigns set data = replace(data, '"key":"secret",', '"key":"secret","confidential":true,');

-- +goose Down
drop table idea_index;
update forms set data = replace(data, '"key":"secret","confidential":true,', '"key":"secret",');
update campaigns set data = replace(data, '"key":"secret","confidential":true,', '"key":"secret",');
