package storage

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	sangkien "github.com/sangkien/sangkien"
)

// Snapshot is all rows of one moment, for a backup: others go on writing meanwhile, also from other processes.
// Both databases give the same bytes for the same rows.
type Snapshot struct {
	db      *sql.DB // its own; nil: the store's
	tx      *sql.Tx
	dialect dialect
	level   int64
	tables  []table
}

// OpenSnapshot looks at a database without migrating or checking it. It returns ENOTFOUND for a SQLite file that is
// not there.
func OpenSnapshot(ctx context.Context, address string) (*Snapshot, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil, sangkien.Errorf(sangkien.ENOTFOUND, "there is no database %s", path)
		}
	}
	s, err := connect(address, (*server).patient)
	if err != nil {
		return nil, err
	}
	if s.read != s.write {
		if err := s.write.Close(); err != nil {
			return nil, fmt.Errorf("close the writing side: %w", err)
		}
	}
	snap, err := newSnapshot(ctx, s.read, s.dialect)
	if err != nil {
		return nil, errors.Join(err, s.read.Close())
	}
	snap.db = s.read
	return snap, nil
}

func newSnapshot(ctx context.Context, db *sql.DB, d dialect) (*Snapshot, error) {
	options := &sql.TxOptions{}
	if d.name == postgres.name {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := db.BeginTx(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("begin to read: %w", err)
	}
	s, err := snapshotOf(ctx, tx, d)
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return s, nil
}

// snapshotOf reads through a transaction; its first query fixes the moment.
func snapshotOf(ctx context.Context, tx *sql.Tx, d dialect) (*Snapshot, error) {
	s := &Snapshot{tx: tx, dialect: d}
	var err error
	if s.level, err = levelOf(ctx, tx, d); err != nil {
		return nil, err
	}
	if s.tables, err = d.catalogue.list(ctx, tx); err != nil {
		return nil, err
	}
	return s, nil
}

// levelOf is the newest migration that was applied; 0: none, there is no schema yet.
func levelOf(ctx context.Context, q runner, d dialect) (int64, error) {
	names, err := column[string](ctx, q, d.catalogue.tables)
	if err != nil {
		return 0, fmt.Errorf("list the tables: %w", err)
	}
	for _, n := range names {
		if n == goose.DefaultTablename {
			levels, err := column[int64](ctx, q, "select coalesce(max(version_id), 0) from "+goose.DefaultTablename)
			if err != nil {
				return 0, fmt.Errorf("read the migration level: %w", err)
			}
			return levels[0], nil
		}
	}
	return 0, nil
}

// Level is the newest migration of the database; 0: it has no schema yet.
func (s *Snapshot) Level() int64 { return s.level }

// Database is the kind of database: "sqlite" or "postgres".
func (s *Snapshot) Database() string { return s.dialect.name }

// Tables are the names of what there is to back up, each after those that its rows refer to.
func (s *Snapshot) Tables() []string {
	names := make([]string, 0, len(s.tables))
	for _, t := range s.tables {
		names = append(names, t.name)
	}
	return names
}

// Sequences is the last number that was given in each table that numbers its rows itself: a number that was once
// given to a row that is gone is not given again.
func (s *Snapshot) Sequences(ctx context.Context) (map[string]int64, error) {
	if s.level == 0 {
		return nil, nil
	}
	all, err := sequences(ctx, s.tx, s.dialect)
	maps.DeleteFunc(all, func(name string, last int64) bool { return last == 0 || slices.Contains(derived, name) })
	return all, err
}

// sequences are the tables that number their rows, with the last number; 0: none was given yet.
func sequences(ctx context.Context, q runner, d dialect) (map[string]int64, error) {
	rows, err := q.QueryContext(ctx, d.catalogue.sequences)
	if err != nil {
		return nil, fmt.Errorf("read the sequences: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	all := map[string]int64{}
	for rows.Next() {
		var name string
		var last int64
		if err := rows.Scan(&name, &last); err != nil {
			return nil, fmt.Errorf("read a sequence: %w", err)
		}
		all[name] = last
	}
	return all, rows.Err()
}

// WriteTable writes a table as JSON lines: the names of its columns, then its rows in the order of their key. It
// returns how many rows there are.
func (s *Snapshot) WriteTable(ctx context.Context, name string, w io.Writer) (rows int64, err error) {
	for _, t := range s.tables {
		if t.name == name {
			rows, err = s.write(ctx, t, w)
			if err != nil {
				return rows, fmt.Errorf("read table %s: %w", name, err)
			}
			return rows, nil
		}
	}
	return 0, fmt.Errorf("there is no table %s", name)
}

func (s *Snapshot) write(ctx context.Context, t table, w io.Writer) (n int64, err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(t.columns); err != nil {
		return 0, err
	}
	rows, err := s.tx.QueryContext(ctx, s.selectAll(t))
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	cells, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return n, err
		}
		for i, c := range cells {
			if b, ok := c.([]byte); ok {
				cells[i] = blob{b}
			} else if !plain(c) {
				return n, fmt.Errorf("column %s holds a %T, which backups do not know", t.columns[i], c)
			}
		}
		if err := enc.Encode(cells); err != nil {
			return n, err
		}
	}
	return n, errors.Join(rows.Err(), out.Flush())
}

// blob is bytes as JSON.
type blob struct {
	Base64 []byte `json:"base64"`
}

func plain(v any) bool {
	switch v.(type) {
	case nil, int64, string:
		return true
	}
	return false
}

func (s *Snapshot) selectAll(t table) string {
	order := make([]string, len(t.key))
	for i, k := range t.key {
		if order[i] = quoted(k); t.texts[k] {
			order[i] += s.dialect.bytewise
		}
	}
	return "select " + quotedList(t.columns) + " from " + quoted(t.name) + " order by " + strings.Join(order, ", ")
}

// quoted makes a name of the catalogue fit for SQL.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quotedList(names []string) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = quoted(n)
	}
	return strings.Join(all, ", ")
}

// Close ends the reading.
func (s *Snapshot) Close() error {
	err := s.tx.Rollback()
	if errors.Is(err, sql.ErrTxDone) {
		err = nil
	}
	if s.db != nil {
		err = errors.Join(err, s.db.Close())
	}
	return err
}
