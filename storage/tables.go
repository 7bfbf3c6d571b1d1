package storage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/pressly/goose/v3"
)

// table is one table as it stands in the database. What is backed up is asked of the database and listed nowhere,
// so that a table that a migration adds cannot be forgotten.
type table struct {
	name    string
	columns []string // sorted, for the two databases may keep them in another order
	texts   map[string]bool
	key     []string // columns of the primary key, in its order
	above   []string // tables that this one's rows refer to
}

// derived tables are not backed up: the first is made by the migrations, the second anew from the ideas, the third
// says who does what just now.
var derived = []string{goose.DefaultTablename, "idea_index", "leases"}

// catalogue is what a database tells about its tables. The first query has names, the second (of one table) name,
// type and place in the primary key of each column, the third the tables that one refers to.
type catalogue struct{ tables, columns, above, sequences string }

var sqliteCatalogue = catalogue{
	tables:    `select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite\_%' escape '\'`,
	columns:   `select name, lower(type), pk from pragma_table_info($1)`,
	above:     `select distinct "table" from pragma_foreign_key_list($1)`,
	sequences: `select name, seq from sqlite_sequence`,
}

var postgresCatalogue = catalogue{
	tables: `select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'`,
	columns: `select a.attname, format_type(a.atttypid, a.atttypmod), coalesce(array_position(i.indkey::int2[], a.attnum), -1) + 1 from pg_attribute a
		left join pg_index i on i.indrelid = a.attrelid and i.indisprimary where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped`,
	above: `select distinct c.relname from pg_constraint f join pg_class c on c.oid = f.confrelid where f.contype = 'f' and f.conrelid = to_regclass($1)`,
	sequences: `select c.table_name, coalesce(s.last_value, 0) from information_schema.columns c join pg_sequences s
		on s.schemaname = c.table_schema and pg_get_serial_sequence(quote_ident(c.table_name), c.column_name) = s.schemaname || '.' || s.sequencename
		where c.table_schema = current_schema() and c.is_identity = 'YES'`,
}

// runner is a database, or a transaction of one.
type runner interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// tables lists what is backed up, each after those that its rows refer to.
func (c catalogue) list(ctx context.Context, q runner) ([]table, error) {
	names, err := column[string](ctx, q, c.tables)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(derived, n) })
	slices.Sort(names)
	byName := map[string]table{}
	for _, name := range names {
		t, err := c.table(ctx, q, name)
		if err != nil {
			return nil, fmt.Errorf("look at table %s: %w", name, err)
		}
		byName[name] = t
	}
	return inOrder(names, byName), nil
}

func (c catalogue) table(ctx context.Context, q runner, name string) (table, error) {
	t := table{name: name, texts: map[string]bool{}}
	rows, err := q.QueryContext(ctx, c.columns, name)
	if err != nil {
		return t, err
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	places := map[string]int{}
	for rows.Next() {
		var column, kind string
		var place int
		if err := rows.Scan(&column, &kind, &place); err != nil {
			return t, err
		}
		t.columns, t.texts[column] = append(t.columns, column), kind == "text"
		if place > 0 {
			places[column] = place
			t.key = append(t.key, column)
		}
	}
	if err := rows.Err(); err != nil {
		return t, err
	}
	slices.Sort(t.columns)
	slices.SortFunc(t.key, func(a, b string) int { return places[a] - places[b] })
	if len(t.key) == 0 {
		t.key = t.columns
	}
	t.above, err = column[string](ctx, q, c.above, name)
	return t, err
}

// inOrder puts tables behind those that they refer to.
func inOrder(names []string, byName map[string]table) []table {
	var out []table
	seen := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		t, ok := byName[name]
		if !ok || seen[name] {
			return
		}
		seen[name] = true
		slices.Sort(t.above)
		for _, a := range t.above {
			visit(a)
		}
		out = append(out, t)
	}
	for _, name := range names {
		visit(name)
	}
	return out
}

// column reads the only column of a query.
func column[T any](ctx context.Context, q runner, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	var all []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}
