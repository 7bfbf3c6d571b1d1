package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// lite is SQLite's one writing connection. Statements are prepared once for its life, and run where they stand: there is
// no way that could be saved.
type lite struct {
	conn *sql.Conn
	kept map[string]*sql.Stmt
}

// onLite returns what opens transactions on SQLite's connection, where statements stay prepared until forget is called:
// database/sql does not end them with the connection, and SQLite keeps the file open for them.
func onLite(conn *sql.Conn, d dialect) (begin beginner, forget func()) {
	l := &lite{conn: conn, kept: map[string]*sql.Stmt{}}
	begin = func(ctx context.Context, do func(*tx) error) error {
		if _, err := l.exec(ctx, "begin immediate", nil); err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		return do(&tx{link: l, dialect: d})
	}
	return begin, func() {
		for _, stmt := range l.kept {
			_ = stmt.Close() // nothing is left to be written through it
		}
	}
}

func (l *lite) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := l.kept[query]; ok {
		return s, nil
	}
	s, err := l.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", firstWords(query), err)
	}
	l.kept[query] = s
	return s, nil
}

func (l *lite) exec(ctx context.Context, query string, args []any) (int64, error) {
	s, err := l.prepared(ctx, query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (l *lite) query(ctx context.Context, query string, args []any) (cursor, error) {
	s, err := l.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args...) //nolint:rowserrcheck // the caller walks over them
	if err != nil {
		return nil, err // not rows: a nil *sql.Rows would be a cursor that is not nil
	}
	return rows, nil
}

func (l *lite) later(ctx context.Context, s statement) error {
	if s.rows != nil {
		c, err := l.query(ctx, s.query, s.args)
		if err != nil {
			return fmt.Errorf("%s: %w", firstWords(s.query), err)
		}
		err = errors.Join(s.rows(c), c.Err())
		return errors.Join(err, c.Close())
	}
	n, err := l.exec(ctx, s.query, s.args)
	if err != nil {
		return fmt.Errorf("%s: %w", firstWords(s.query), err)
	}
	return s.counted(n)
}

func (l *lite) settle(context.Context) error { return nil }
func (l *lite) unsettled() bool              { return false }
func (l *lite) failed() []*work              { return nil }

func (l *lite) commit(ctx context.Context) error {
	_, err := l.exec(ctx, "commit", nil)
	return err
}

func (l *lite) rollback(ctx context.Context) error {
	_, err := l.exec(ctx, "rollback", nil)
	return err
}

func (s statement) counted(rows int64) error {
	if s.count == nil {
		return nil
	}
	return s.count(rows)
}
