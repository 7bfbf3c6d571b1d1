package storage

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"
)

// dialect holds the few differences between the two databases.
type dialect struct {
	name          string // folder of the migrations
	goose         goose.Dialect
	skipLocked    string   // appended to the select that claims rows
	jsonNumbers   string   // select that lists the numbers of a JSON array ?; "*" has none
	text          fullText // see fulltext.go
	assertDurable func(context.Context, *sql.DB) error
}

var (
	sqlite = dialect{
		name: "sqlite", goose: goose.DialectSQLite3, text: fts5,
		jsonNumbers:   "select value from json_each(case when ? = '*' then '[]' else ? end)",
		assertDurable: assertSQLiteDurable,
	}
	postgres = dialect{
		name: "postgres", goose: goose.DialectPostgres, text: tsvector, skipLocked: " for update skip locked",
		jsonNumbers:   "select cast(value as bigint) from json_array_elements_text(cast(case when ? = '*' then '[]' else ? end as json))",
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
