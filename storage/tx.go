package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// tx is a running transaction: of database/sql, or on the connection of SQLite's one writer, where statements
// are prepared once for the connection's life.
type tx struct {
	sql  runner
	kept map[string]*sql.Stmt // nil where the driver keeps statements by itself
	conn *sql.Conn
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

// work is a change that waits for the writer.
type work struct {
	ctx  context.Context //nolint:containedctx // of the caller, who waits
	run  func(context.Context, *tx) error
	done chan error
}

// maxGroup is the most changes that share one transaction.
const maxGroup = 64

// transact runs a change in a transaction and returns once it is durable. On SQLite, where there is one writer
// and each commit waits for the disk, changes that are ready together share a transaction: each has a
// savepoint of its own, so that one that fails takes nothing from the others.
func (s *Store) transact(ctx context.Context, run func(context.Context, *tx) error) error {
	if s.jobs == nil {
		return s.alone(ctx, run)
	}
	w := &work{ctx: ctx, run: run, done: make(chan error, 1)}
	select {
	case s.jobs <- w:
		return <-w.done
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return sql.ErrConnDone
	}
}

func (s *Store) alone(ctx context.Context, run func(context.Context, *tx) error) error {
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := run(ctx, &tx{sql: t}); err != nil {
		return errors.Join(err, rolledBack(t.Rollback()))
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("make durable: %w", err)
	}
	return nil
}

func rolledBack(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// writer is the one goroutine that writes to SQLite. It ends when the store closes.
func (s *Store) writer() {
	defer close(s.written)
	for {
		select {
		case first := <-s.jobs:
			s.group(s.gather(first))
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

// group runs changes in one transaction and tells each how it ended, once all are durable.
func (s *Store) group(group []*work) {
	errs, err := s.runGroup(group)
	for i, w := range group {
		if err != nil {
			w.done <- err
		} else {
			w.done <- errs[i]
		}
	}
}

func (s *Store) runGroup(group []*work) ([]error, error) {
	// The transaction belongs to all: no single caller's context may end it.
	ctx := context.Background()
	if _, err := s.writing.ExecContext(ctx, "begin immediate"); err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	errs := make([]error, len(group))
	var err error
	for i, w := range group {
		if errs[i], err = runSaved(ctx, s.writing, w); err != nil {
			break
		}
	}
	if err == nil {
		if _, err = s.writing.ExecContext(ctx, "commit"); err == nil {
			return errs, nil
		}
		err = fmt.Errorf("make durable: %w", err)
	}
	_, _ = s.writing.ExecContext(ctx, "rollback") // the first error says more; SQLite may have rolled back already
	return nil, err
}

// runSaved runs one change; failed is its own failure, broken that of the whole transaction.
func runSaved(ctx context.Context, t *tx, w *work) (failed, broken error) {
	if w.ctx.Err() != nil {
		return w.ctx.Err(), nil
	}
	if _, err := t.ExecContext(ctx, "savepoint work"); err != nil {
		return nil, fmt.Errorf("set a savepoint: %w", err)
	}
	failed = runSafely(ctx, t, w)
	if failed != nil {
		if _, err := t.ExecContext(ctx, "rollback to work"); err != nil {
			return nil, fmt.Errorf("roll one change back: %w", errors.Join(failed, err))
		}
	}
	if _, err := t.ExecContext(ctx, "release work"); err != nil {
		return nil, fmt.Errorf("release a savepoint: %w", err)
	}
	return failed, nil
}

// runSafely keeps a defect in one change from ending the writer.
func runSafely(ctx context.Context, t *tx, w *work) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic while writing: %v", r)
		}
	}()
	return w.run(ctx, t)
}
