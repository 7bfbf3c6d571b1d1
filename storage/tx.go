package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// tx is a running transaction: on a connection of the pool, or on that of SQLite's one writer, where statements
// are prepared once for the connection's life.
type tx struct {
	sql     runner
	kept    map[string]*sql.Stmt // nil where the driver keeps statements by itself
	conn    *sql.Conn
	dialect dialect // of the database

	commit, rollback func(context.Context) error
}

type runner interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// prepared returns the kept statement, or nil when it must run unprepared.
func (t *tx) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if t.kept == nil {
		return nil, nil
	}
	if s, ok := t.kept[query]; ok {
		return s, nil
	}
	s, err := t.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", firstWords(query), err)
	}
	t.kept[query] = s
	return s, nil
}

// ExecContext runs a statement.
func (t *tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := t.prepared(ctx, query)
	switch {
	case err != nil:
		return nil, err
	case s != nil:
		return s.ExecContext(ctx, args...)
	}
	return t.sql.ExecContext(ctx, query, args...)
}

// QueryContext runs a query for rows.
func (t *tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := t.prepared(ctx, query)
	switch {
	case err != nil:
		return nil, err
	case s != nil:
		return s.QueryContext(ctx, args...)
	}
	return t.sql.QueryContext(ctx, query, args...)
}

// QueryRowContext runs a query for one row.
func (t *tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s, err := t.prepared(ctx, query); err == nil && s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return t.sql.QueryRowContext(ctx, query, args...)
}

// work is a change that waits for a writer.
type work struct {
	ctx  context.Context //nolint:containedctx // of the caller, who waits
	run  func(context.Context, *tx) error
	done chan error

	begun time.Time // the transaction that it is in, and how many share it
	group int
}

// maxGroup is the most changes that share one transaction.
const maxGroup = 64

// transact runs a change in a transaction and returns once it is durable. Each commit waits for the disk, so
// changes that are ready together share one (docs/decisions/0001-group-commit.md). run may be called twice.
func (s *Store) transact(ctx context.Context, run func(context.Context, *tx) error) error {
	w := &work{ctx: ctx, run: run, done: make(chan error, 1)}
	select {
	case s.jobs <- w:
		err := roomless(<-w.done)
		s.changedBy(w, err)
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return sql.ErrConnDone
	}
}

// apart runs a change that must not share a transaction with commits on PostgreSQL: claims lock rows that a
// commit may want to delete, and a commit in the same transaction may wait for another group's number. Each
// waiting for the other, PostgreSQL would let both stand still for a second.
func (s *Store) apart(ctx context.Context, run func(context.Context, *tx) error) error {
	if s.Exclusive() {
		return s.transact(ctx, run)
	}
	w := &work{ctx: ctx, run: run}
	err := roomless(together(s.beginPooled, []*work{w}))
	s.changedBy(w, err)
	return err
}

// writer writes groups of changes until the store closes. begin opens a transaction of its own connection.
func (s *Store) writer(begin func(context.Context) (*tx, error)) {
	for {
		select {
		case first := <-s.jobs:
			writeGroup(begin, s.gather(first))
		case <-s.closing:
			return
		}
	}
}

// gather takes what is ready now, without waiting for more.
func (s *Store) gather(first *work) []*work {
	group := []*work{first}
	for len(group) < maxGroup {
		select {
		case w := <-s.jobs:
			group = append(group, w)
		default:
			return group
		}
	}
	return group
}

// writeGroup tries all changes in one transaction. When one of them fails, nothing of the group is kept and
// each is run alone: the one that fails takes nothing from the others, and only it hears of the failure.
func writeGroup(begin func(context.Context) (*tx, error), group []*work) {
	if len(group) > 1 && together(begin, group) == nil {
		for _, w := range group {
			w.done <- nil
		}
		return
	}
	for _, w := range group {
		w.done <- together(begin, []*work{w})
	}
}

// together runs changes in one transaction. It belongs to all: no single caller's context may end it.
func together(begin func(context.Context) (*tx, error), group []*work) error {
	ctx := context.Background()
	if len(group) == 1 {
		if ctx = group[0].ctx; ctx.Err() != nil {
			return ctx.Err()
		}
		ctx = context.WithoutCancel(ctx)
	}
	now := time.Now()
	for _, w := range group {
		w.begun, w.group = now, len(group)
	}
	t, err := begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	for _, w := range group {
		if err = safely(ctx, t, w); err != nil {
			break
		}
	}
	if err != nil {
		return errors.Join(err, t.rollback(ctx))
	}
	if err := t.commit(ctx); err != nil {
		_ = t.rollback(ctx) // the first error says more; the database may have rolled back already
		return fmt.Errorf("make durable: %w", err)
	}
	return nil
}

// safely keeps a defect in one change from ending the writer.
func safely(ctx context.Context, t *tx, w *work) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic while writing: %v", r)
		}
	}()
	return w.run(ctx, t)
}

// beginPooled opens a transaction on a connection of the pool.
func (s *Store) beginPooled(ctx context.Context) (*tx, error) {
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &tx{sql: t, dialect: s.dialect, commit: func(context.Context) error { return t.Commit() }, rollback: func(context.Context) error {
		if err := t.Rollback(); !errors.Is(err, sql.ErrTxDone) {
			return err
		}
		return nil
	}}, nil
}

// beginOn returns what opens transactions on one connection, where statements stay prepared until forget is called:
// database/sql does not end them with the connection, and SQLite keeps the file open for them.
func beginOn(conn *sql.Conn, d dialect) (begin func(context.Context) (*tx, error), forget func()) {
	t := &tx{sql: conn, conn: conn, dialect: d, kept: map[string]*sql.Stmt{}}
	exec := func(query string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := t.ExecContext(ctx, query)
			return err
		}
	}
	t.commit, t.rollback = exec("commit"), exec("rollback")
	immediate := exec("begin immediate")
	begin = func(ctx context.Context) (*tx, error) { return t, immediate(ctx) }
	return begin, func() {
		for _, stmt := range t.kept {
			_ = stmt.Close() // nothing is left to be written through it
		}
	}
}
