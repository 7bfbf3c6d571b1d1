package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// pipe is a transaction on PostgreSQL. Each question to the server is a way there and back, so statements whose outcome
// is not needed at once wait for the next that is, and go out with it in one batch, in their order
// (docs/decisions/0027-pipelines.md). The transaction begins with the first batch.
type pipe struct {
	conn    *pgx.Conn
	waiting []statement
	checks  bool // one of them has an outcome to look at
	begun   bool
	blamed  []*work
}

// onPooled opens a transaction on a connection of the pool, which it holds until do returns.
func (s *Store) onPooled(ctx context.Context, do func(*tx) error) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = conn.Close() }() // gives it back to the pool
	return conn.Raw(func(driver any) error {
		pg, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("begin: %T is no connection of pgx", driver)
		}
		return do(&tx{link: &pipe{conn: pg.Conn()}, dialect: s.dialect})
	})
}

func (p *pipe) later(_ context.Context, s statement) error {
	p.waiting = append(p.waiting, s)
	p.checks = p.checks || s.looks()
	return nil
}

func (p *pipe) unsettled() bool { return p.checks }
func (p *pipe) failed() []*work { return p.blamed }

func (p *pipe) settle(ctx context.Context) error {
	results, err := p.send(ctx)
	if err != nil {
		return err
	}
	return results.Close()
}

func (p *pipe) exec(ctx context.Context, query string, args []any) (int64, error) {
	results, err := p.send(ctx, statement{query: query, args: args})
	if err != nil {
		return 0, err
	}
	tag, err := results.Exec()
	return tag.RowsAffected(), errors.Join(err, results.Close())
}

func (p *pipe) query(ctx context.Context, query string, args []any) (cursor, error) {
	results, err := p.send(ctx, statement{query: query, args: args})
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close() // the error of the query says more
		return nil, err
	}
	return &batchRows{rows, results}, nil
}

// commit makes the transaction durable. What still waits goes in the same batch: the server passes over a commit that
// follows a failure.
func (p *pipe) commit(ctx context.Context) error {
	if !p.begun && len(p.waiting) == 0 {
		return nil // nothing was asked for
	}
	results, err := p.send(ctx, statement{query: "commit"})
	if err != nil {
		return err
	}
	tag, err := results.Exec()
	if err := errors.Join(err, results.Close()); err != nil {
		return err
	}
	if tag.String() != "COMMIT" {
		return fmt.Errorf("the server answered %s to commit", tag)
	}
	return nil
}

// rollback ends a transaction that failed. A connection on which that is not possible is given up.
func (p *pipe) rollback(ctx context.Context) error {
	if p.conn.IsClosed() || !p.begun {
		return nil
	}
	if _, err := p.conn.Exec(ctx, "rollback"); err != nil {
		return errors.Join(fmt.Errorf("roll back: %w", err), p.conn.Close(ctx))
	}
	return nil
}

// send sends what waits, and then the statements that the caller reads the results of, and looks at the outcome of what
// waited. Of all changes whose outcome is known it notes which failed.
func (p *pipe) send(ctx context.Context, own ...statement) (pgx.BatchResults, error) {
	batch := &pgx.Batch{}
	begins := !p.begun
	if begins {
		batch.Queue("begin")
		p.begun = true
	}
	waited := p.waiting
	p.waiting, p.checks = nil, false
	for _, s := range waited {
		batch.Queue(s.query, s.args...)
	}
	for _, s := range own {
		batch.Queue(s.query, s.args...)
	}
	results := p.conn.SendBatch(ctx, batch)
	if begins {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // the first error says more
			return nil, fmt.Errorf("begin: %w", err)
		}
	}
	if err := p.look(results, waited); err != nil {
		_ = results.Close() // the first error says more
		return nil, err
	}
	return results, nil
}

// look looks at the outcome of statements. One that the server refused ends it, for the server passes over the others;
// one that touched other rows than it should does not.
func (p *pipe) look(results pgx.BatchResults, waited []statement) (err error) {
	for _, s := range waited {
		refused, e := outcome(results, s)
		if e == nil {
			continue
		}
		if err == nil {
			err = e
		}
		var told *pgconn.PgError
		if (!refused || errors.As(e, &told)) && !p.conn.IsClosed() && s.owner != nil && !slices.Contains(p.blamed, s.owner) {
			p.blamed = append(p.blamed, s.owner)
		}
		if refused {
			return err
		}
	}
	return err
}

// outcome looks at the outcome of a statement; refused tells that there was none.
func outcome(results pgx.BatchResults, s statement) (refused bool, err error) {
	if s.rows != nil {
		rows, err := results.Query()
		if err == nil {
			err = s.rows(&batchRows{rows: rows})
			rows.Close() // in case that nobody looked
			if err == nil {
				err = rows.Err()
			}
		}
		return rows.Err() != nil, err
	}
	tag, err := results.Exec()
	if err != nil {
		return true, fmt.Errorf("%s: %w", firstWords(s.query), err)
	}
	return false, s.counted(tag.RowsAffected())
}

// batchRows is the rows of a query that ended its batch.
type batchRows struct {
	rows    pgx.Rows
	results pgx.BatchResults // nil where others follow
}

func (r *batchRows) Next() bool             { return r.rows.Next() }
func (r *batchRows) Scan(into ...any) error { return r.rows.Scan(into...) }
func (r *batchRows) Err() error             { return r.rows.Err() }

func (r *batchRows) Close() error {
	r.rows.Close()
	if r.results == nil {
		return r.rows.Err()
	}
	return errors.Join(r.rows.Err(), r.results.Close())
}
