package storage

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Loader fills an empty database with the rows of a backup, in one transaction. It is not safe for concurrent use.
type Loader struct {
	store  *Store
	tx     *sql.Tx
	tables []table
}

// NewestLevel is the newest migration that this program knows.
func NewestLevel() (int64, error) {
	entries, err := fs.ReadDir(migrations, "migrations/"+sqlite.name)
	if err != nil {
		return 0, fmt.Errorf("list the migrations: %w", err)
	}
	var newest int64
	for _, e := range entries {
		digits, _, _ := strings.Cut(path.Base(e.Name()), "_")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the number of %s: %w", e.Name(), err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}

// OpenLoader makes the schema as it was at a level in the database at an address, which must have none.
func OpenLoader(ctx context.Context, address string, level int64) (*Loader, error) {
	s, err := connect(address, (*server).patient)
	if err != nil {
		return nil, err
	}
	l := &Loader{store: s}
	if err := l.begin(ctx, level); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return l, nil
}

func (l *Loader) begin(ctx context.Context, level int64) error {
	has, err := levelOf(ctx, l.store.write, l.store.dialect)
	if err != nil {
		return err
	}
	if has != 0 {
		return sangkien.Errorf(sangkien.ECONFLICT, "the database is not empty")
	}
	provider, err := l.store.provider(l.store.write)
	if err != nil {
		return err
	}
	if _, err := provider.UpTo(ctx, level); err != nil {
		return fmt.Errorf("make the schema of level %d: %w", level, err)
	}
	if l.tx, err = l.store.write.BeginTx(ctx, nil); err != nil {
		return fmt.Errorf("begin to write: %w", err)
	}
	if l.tables, err = l.store.dialect.catalogue.list(ctx, l.tx); err != nil {
		return errors.Join(err, l.tx.Rollback())
	}
	for _, t := range slices.Backward(l.tables) { // what migrations put in is in the backup, too
		if _, err := l.tx.ExecContext(ctx, "delete from "+quoted(t.name)); err != nil {
			return errors.Join(fmt.Errorf("empty table %s: %w", t.name, err), l.tx.Rollback())
		}
	}
	return nil
}

// ReadTable reads rows as Snapshot.WriteTable wrote them.
func (l *Loader) ReadTable(ctx context.Context, name string, r io.Reader) error {
	i := slices.IndexFunc(l.tables, func(t table) bool { return t.name == name })
	if i < 0 {
		return sangkien.Errorf(sangkien.EINVALID, "there is no table %s at this level", name)
	}
	if err := l.read(ctx, l.tables[i], r); err != nil {
		return fmt.Errorf("fill table %s: %w", name, err)
	}
	return nil
}

func (l *Loader) read(ctx context.Context, t table, r io.Reader) error {
	dec := json.NewDecoder(bufio.NewReaderSize(r, 64<<10))
	dec.UseNumber()
	var columns []string
	if err := dec.Decode(&columns); err != nil {
		return fmt.Errorf("read the names of the columns: %w", err)
	}
	sorted := slices.Clone(columns)
	slices.Sort(sorted)
	if !slices.Equal(sorted, t.columns) {
		return sangkien.Errorf(sangkien.EINVALID, "its columns are %v, not %v", columns, t.columns)
	}
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	insert, err := l.tx.PrepareContext(ctx, "insert into "+quoted(t.name)+"("+quotedList(columns)+")"+l.store.dialect.ownNumbers+" values ("+strings.Join(marks, ", ")+")")
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }() // ends with the transaction anyway
	for n := 1; ; n++ {
		var cells []json.RawMessage
		if err := dec.Decode(&cells); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read row %d: %w", n, err)
		}
		values, err := valuesOf(cells, len(columns))
		if err != nil {
			return fmt.Errorf("read row %d: %w", n, err)
		}
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return fmt.Errorf("write row %d: %w", n, err)
		}
	}
}

func valuesOf(cells []json.RawMessage, want int) ([]any, error) {
	if len(cells) != want {
		return nil, sangkien.Errorf(sangkien.EINVALID, "%d cells for %d columns", len(cells), want)
	}
	values := make([]any, len(cells))
	for i, c := range cells {
		var err error
		switch {
		case string(c) == "null":
		case c[0] == '"':
			var s string
			err = json.Unmarshal(c, &s)
			values[i] = s
		case c[0] == '{':
			var b blob
			err = json.Unmarshal(c, &b)
			values[i] = b.Base64
		default:
			values[i], err = strconv.ParseInt(string(c), 10, 64)
		}
		if err != nil {
			return nil, err
		}
	}
	return values, nil
}

// SetSequences lets tables that number their rows go on after the last number that was given, there or here: a
// backup of the other database may know nothing of some of them.
func (l *Loader) SetSequences(ctx context.Context, given map[string]int64) error {
	numbered, err := sequences(ctx, l.tx, l.store.dialect)
	if err != nil {
		return err
	}
	for name := range given {
		numbered[name] = 0
	}
	for _, t := range l.tables {
		if _, ok := numbered[t.name]; !ok || len(t.key) != 1 {
			continue
		}
		highest, err := column[int64](ctx, l.tx, "select coalesce(max("+quoted(t.key[0])+"), 0) from "+quoted(t.name))
		if err != nil {
			return fmt.Errorf("find the last number of %s: %w", t.name, err)
		}
		last := max(given[t.name], highest[0])
		if last == 0 {
			continue
		}
		for _, statement := range l.store.dialect.setSequence(t.name, t.key[0], last) {
			if _, err := l.tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("go on numbering %s after %d: %w", t.name, last, err)
			}
		}
	}
	return nil
}

// Snapshot reads back what was loaded, before it is committed.
func (l *Loader) Snapshot(ctx context.Context) (*Snapshot, error) {
	return snapshotOf(ctx, l.tx, l.store.dialect)
}

// Commit keeps what was loaded. The database can be opened then.
func (l *Loader) Commit(ctx context.Context) error {
	if err := l.tx.Commit(); err != nil {
		return fmt.Errorf("keep what was restored: %w", err)
	}
	if l.store.Exclusive() {
		if _, err := l.store.write.ExecContext(ctx, "pragma wal_checkpoint(truncate)"); err != nil {
			return fmt.Errorf("bring what was restored into the file: %w", err)
		}
	}
	return nil
}

// Close ends the loading; what was not committed is gone.
func (l *Loader) Close() error {
	if err := l.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return errors.Join(err, l.store.Close())
	}
	return l.store.Close()
}

// aliveFor is how long after its last sign of life a sender may still be running.
const aliveFor = 10 * time.Second

// InUse tells whether a running program uses the database at an address. SQLite is left as one file without a log
// beside it.
func InUse(ctx context.Context, address string) (bool, error) {
	s, err := connect(address, (*server).patient)
	if err != nil {
		return false, err
	}
	defer func() { _ = s.Close() }() // only looked at
	if s.Exclusive() {
		var mode string
		if _, err := s.write.ExecContext(ctx, "pragma busy_timeout = 200"); err != nil {
			return false, fmt.Errorf("look at the database: %w", err)
		}
		err := s.write.QueryRowContext(ctx, "pragma journal_mode = delete").Scan(&mode)
		return err != nil && isBusy(err) || err == nil && mode != "delete", notBusy(err)
	}
	names, err := column[string](ctx, s.read, s.dialect.catalogue.tables)
	if err != nil || !slices.Contains(names, "senders") {
		return false, err
	}
	var alive int
	err = s.read.QueryRowContext(ctx, "select count(*) from senders where seen_at > "+s.dialect.clock+" - $1", aliveFor.Milliseconds()).Scan(&alive)
	return alive > 0, err
}

func isBusy(err error) bool {
	return strings.Contains(err.Error(), "locked") || strings.Contains(err.Error(), "busy")
}

func notBusy(err error) error {
	if err == nil || isBusy(err) {
		return nil
	}
	return fmt.Errorf("look at the database: %w", err)
}

// Empty removes every table of ours from a PostgreSQL database, for a backup to be restored there.
func Empty(ctx context.Context, address string) (err error) {
	s, err := connect(address, (*server).patient)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin to empty: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // a no-op after the commit
	tables, err := s.dialect.catalogue.list(ctx, tx)
	if err != nil {
		return err
	}
	names := derived
	for _, t := range tables {
		names = append(slices.Clip(names), t.name)
	}
	for _, n := range names {
		if _, err := tx.ExecContext(ctx, "drop table if exists "+quoted(n)+" cascade"); err != nil {
			return fmt.Errorf("drop table %s: %w", n, err)
		}
	}
	return tx.Commit()
}
