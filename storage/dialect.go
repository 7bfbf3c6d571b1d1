package storage

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
)

// dialect holds the few differences between the two databases.
type dialect struct {
	name          string // folder of the migrations
	goose         goose.Dialect
	skipLocked    string   // appended to the select that claims rows
	walks         string   // statement before one that reads what waits, by an index; "": needs none
	jsonNumbers   string   // select that lists the numbers of a JSON array ?; "*" has none
	withConsent   string   // the consents of a member with that for the purpose $2 being $3
	granted       string   // condition that member m granted the purpose ?
	indexedBy     string   // before the name of the index that a table must be read by
	channelOf     string   // the channel of an address
	clock         string   // now; "": what the caller says, for there is one
	answer        string   // the value of answer a, in words
	prefix        string   // of the codes of campaign c
	lockRows      string   // appended to the select that claims rows of r
	results       string   // select that lists results: b, m, s, r, i, d, u, a, of a JSON array ?; see recipient.go
	isIn          string   // condition that a column is one of the numbers that a select lists
	text          fullText // see fulltext.go
	catalogue     catalogue
	bytewise      string // after a text column in "order by", so that both databases order alike
	ownNumbers    string // between columns and values of an insert that numbers the rows itself
	setSequence   func(table, column string, last int64) []string
	size          string // select that tells how many bytes the database takes
	assertDurable func(context.Context, *sql.DB) error
}

var (
	sqlite = dialect{
		name: "sqlite", goose: goose.DialectSQLite3, text: fts5, catalogue: sqliteCatalogue, setSequence: setSQLiteSequence,
		jsonNumbers: "select value as id from json_each(case when ? = '*' then '[]' else ? end)",
		withConsent: "json_set(consents, '$.' || cast($2 as text), json($3))",
		granted:     "coalesce(json_extract(m.consents, '$.' || ? || '.Granted'), 0) = 1",
		indexedBy:   " indexed by ",
		isIn:        " in (%s)",
		channelOf:   "substr(address, 1, instr(address, ':') - 1)",
		answer:      "json_extract(a.data, '$.value')",
		prefix:      "json_extract(c.data, '$.Prefix')",
		results: `select json_extract(value, '$.b') as b, json_extract(value, '$.m') as m, json_extract(value, '$.s') as s, json_extract(value, '$.r') as r,
			json_extract(value, '$.i') as i, json_extract(value, '$.d') as d, json_extract(value, '$.u') as u, json_extract(value, '$.a') as a from json_each(?)`,
		size:          "select page_count * page_size from pragma_page_count(), pragma_page_size()",
		assertDurable: assertSQLiteDurable,
	}
	postgres = dialect{
		name: "postgres", goose: goose.DialectPostgres, text: tsvector, catalogue: postgresCatalogue, bytewise: ` collate "C"`, ownNumbers: " overriding system value", setSequence: setPostgresSequence,
		skipLocked: " for update skip locked", walks: "select set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)", lockRows: " for update of r skip locked",
		jsonNumbers:   "select cast(value as bigint) as id from json_array_elements_text(cast(case when ? = '*' then '[]' else ? end as json))",
		withConsent:   "cast(jsonb_set(cast(consents as jsonb), array[cast($2 as text)], cast(cast($3 as text) as jsonb)) as text)",
		granted:       "coalesce(cast(m.consents as json) -> ? ->> 'Granted', 'false') = 'true'",
		isIn:          " = any(array(%s))",
		clock:         "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)",
		channelOf:     "split_part(address, ':', 1)",
		answer:        "cast(a.data as json) ->> 'value'",
		prefix:        "cast(c.data as json) ->> 'Prefix'",
		results:       "select * from json_to_recordset(cast(? as json)) as x(b bigint, m bigint, s text, r text, i text, d bigint, u bigint, a text)",
		size:          "select pg_database_size(current_database())",
		assertDurable: assertPostgresDurable,
	}
)

// assertSQLiteDurable fails unless what a member saw confirmed survives a power cut (promise 1).
func assertSQLiteDurable(ctx context.Context, db *sql.DB) error {
	var mode string
	var sync int
	if err := db.QueryRowContext(ctx, "pragma journal_mode").Scan(&mode); err != nil {
		return fmt.Errorf("read journal_mode: %w", err)
	}
	if err := db.QueryRowContext(ctx, "pragma synchronous").Scan(&sync); err != nil {
		return fmt.Errorf("read synchronous: %w", err)
	}
	if mode != "wal" || sync < 2 {
		return fmt.Errorf("SQLite runs with journal_mode=%s synchronous=%d, needed are wal and 2 (FULL)", mode, sync)
	}
	return nil
}

// among is the condition that the column is one of a few numbers of a JSON array in arg, looked up by an index: PostgreSQL
// would rather read all of a broadcast that its statistics do not know yet.
func (d dialect) among(column, arg string) string {
	return column + fmt.Sprintf(d.isIn, replaceArg(d.jsonNumbers, arg))
}

// recipientsBy is the recipients r, to be read by one of their indexes: where statistics are missing the planner cannot
// know which is short.
func (d dialect) recipientsBy(index string) string {
	if d.indexedBy == "" {
		return "recipients r" // its planner chooses by the order that is asked for
	}
	return "recipients r" + d.indexedBy + index
}

// walk has the transaction read its indexes entry by entry, by plans that are made once. Most of what an index of waiting rows holds on PostgreSQL is what
// was done since the last vacuum: whoever walks over it marks it, and the next passes over it; a bitmap scan, which the
// planner would choose, reads it all each time.
func (d dialect) walk(ctx context.Context, tx *tx) error {
	if d.walks == "" {
		return nil
	}
	return exec(ctx, tx, d.walks)
}

func assertPostgresDurable(ctx context.Context, db *sql.DB) error {
	for _, setting := range []string{"fsync", "synchronous_commit"} {
		var value string
		if err := db.QueryRowContext(ctx, "select current_setting($1)", setting).Scan(&value); err != nil {
			return fmt.Errorf("read %s: %w", setting, err)
		}
		if value == "off" {
			return fmt.Errorf("PostgreSQL runs with %s=off: what is confirmed could be lost; set it to on", setting)
		}
	}
	return nil
}

// setSQLiteSequence lets a table go on numbering after last. A table without autoincrement takes the next number by
// itself and needs nothing.
func setSQLiteSequence(table, _ string, last int64) []string {
	return []string{fmt.Sprintf("update sqlite_sequence set seq = %d where name = %s", last, literal(table)),
		fmt.Sprintf(`insert into sqlite_sequence(name, seq) select %s, %d where not exists (select 1 from sqlite_sequence where name = %[1]s)
			and exists (select 1 from sqlite_master where name = %[1]s and lower(sql) like '%%autoincrement%%')`, literal(table), last)}
}

func setPostgresSequence(table, column string, last int64) []string {
	return []string{fmt.Sprintf("select setval(pg_get_serial_sequence(%s, %s), %d)", literal(quoted(table)), literal(column), last)} // null, and nothing, where there is none
}

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
