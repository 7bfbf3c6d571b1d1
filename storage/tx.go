package storage

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"
)

// tx is a running transaction, which several changes may share.
type tx struct {
	link    link
	dialect dialect // of the database
	owner   *work   // whose change runs now
	alone   bool    // it is the only one
	head    *head   // of the record of changes, once a change has taken it
	then    []then
	last    []then         // what is done when nothing else is left and all outcomes are known
	indexed map[int64]bool // ideas that will be indexed then
}

// link is how a transaction speaks to its database: storage/lite.go, storage/pipe.go.
type link interface {
	exec(ctx context.Context, query string, args []any) (rows int64, err error)
	query(ctx context.Context, query string, args []any) (cursor, error)
	// later runs a statement whose outcome nobody waits for: where the database is a network away it goes out with
	// those that follow. An error may belong to an earlier statement.
	later(context.Context, statement) error
	// settle sees to the outcome of everything so far; unsettled tells whether there is something to see to.
	settle(context.Context) error
	unsettled() bool
	commit(context.Context) error
	rollback(context.Context) error
	// failed is the changes whose statements failed, as far as that is known.
	failed() []*work
}

// cursor walks over rows.
type cursor interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	Close() error
}

// single is one row, or none: sql.ErrNoRows.
type single interface{ Scan(into ...any) error }

// statement is one that runs later.
type statement struct {
	query string
	args  []any
	owner *work
	count func(rows int64) error // looks at how many rows were touched; may be nil
	rows  func(cursor) error     // looks at the rows that come back, instead of count; may be nil
	idly  bool                   // what it looks at decides nothing: the transaction may be durable by then
}

// looks tells whether the outcome has to be looked at before the transaction is made durable.
func (s statement) looks() bool { return !s.idly && (s.count != nil || s.rows != nil) }

// then is what a change does when the outcome of its statements is known.
type then struct {
	owner *work
	run   func(context.Context) error
}

// ExecContext runs a statement and waits for its outcome; exec and touch, which do not wait, are cheaper.
func (t *tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	n, err := t.link.exec(ctx, query, args)
	return driver.RowsAffected(n), err
}

// QueryContext runs a query for rows.
func (t *tx) QueryContext(ctx context.Context, query string, args ...any) (cursor, error) {
	return t.link.query(ctx, query, args)
}

// QueryRowContext runs a query for one row.
func (t *tx) QueryRowContext(ctx context.Context, query string, args ...any) single {
	c, err := t.link.query(ctx, query, args)
	return &first{cursor: c, err: err}
}

// later runs a statement and has its outcome looked at before the transaction is made durable.
func (t *tx) later(ctx context.Context, count func(rows int64) error, query string, args ...any) error {
	return t.link.later(ctx, statement{query: query, args: args, owner: t.owner, count: count})
}

// laterRow runs a query for one row and has the row looked at before the transaction is made durable.
func (t *tx) laterRow(ctx context.Context, row func(single) error, query string, args ...any) error {
	return t.laterRows(ctx, func(c cursor) error { return row(&first{cursor: c}) }, query, args...)
}

// laterRows runs a query and has its rows looked at before the transaction is made durable.
func (t *tx) laterRows(ctx context.Context, rows func(cursor) error, query string, args ...any) error {
	return t.link.later(ctx, statement{query: query, args: args, owner: t.owner, rows: rows})
}

// idly runs a query whose rows decide nothing that is written: they are read when the transaction has been made durable, and
// mean nothing unless it has.
func (t *tx) idly(ctx context.Context, rows func(cursor) error, query string, args ...any) error {
	return t.link.later(ctx, statement{query: query, args: args, owner: t.owner, rows: rows, idly: true})
}

// afterwards runs what follows from an outcome that is known later, in the same transaction. owner is the tx's when the
// statement was given.
func (t *tx) afterwards(owner *work, run func(context.Context) error) {
	t.then = append(t.then, then{owner, run})
}

// lastly runs what follows from all outcomes of a change, in the same transaction.
func (t *tx) lastly(owner *work, run func(context.Context) error) {
	t.last = append(t.last, then{owner, run})
}

// first is the first row of a cursor.
type first struct {
	cursor cursor
	err    error
}

func (f *first) Scan(into ...any) error {
	if f.err != nil {
		return f.err
	}
	defer func() { _ = f.cursor.Close() }() // the Close below tells what went wrong
	if !f.cursor.Next() {
		if err := f.cursor.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	return errors.Join(f.cursor.Scan(into...), f.cursor.Close())
}

// work is a change that waits for a writer. Another process may be at the same change, or at one of the same chat: a group
// notes keys and changes chats in their order, or two of them would wait for each other.
type work struct {
	ctx   context.Context                  //nolint:containedctx // of the caller, who waits
	key   string                           // it is made once for each key; "" for as often as it is asked for
	note  func(context.Context, *tx) error // notes the key, before anything else; nil without one
	known bool                             // note found that it was made before: then it is not run
	place string                           // the chat that it changes
	run   func(context.Context, *tx) error
	audit bool // leaves a line in the record of changes, whose head one transaction has at a time
	done  chan error

	begun time.Time // the transaction that it is in, and how many share it
	group int
}

// beginner opens a transaction and hands it to do, which ends it.
type beginner func(ctx context.Context, do func(*tx) error) error

// maxGroup is the most changes that share one transaction.
const maxGroup = 64

// transact runs a change in a transaction and returns once it is durable. Each commit waits for the disk, so
// changes that are ready together share one (docs/decisions/0001-group-commit.md). run may be called several times.
func (s *Store) transact(ctx context.Context, w *work) error {
	w.ctx, w.done = ctx, make(chan error, 1)
	jobs := s.jobs
	if w.audit {
		jobs = s.audits
	}
	select {
	case jobs <- w:
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
		return s.transact(ctx, &work{run: run})
	}
	w := &work{ctx: ctx, run: run}
	_, err := together(s.onPooled, []*work{w})
	err = roomless(err)
	s.changedBy(w, err)
	return err
}

// writer writes groups of changes until the store closes, in transactions that begin opens.
func (s *Store) writer(jobs <-chan *work, begin beginner) {
	for {
		select {
		case first := <-jobs:
			writeGroup(begin, gather(jobs, first))
		case <-s.closing:
			return
		}
	}
}

// gather takes what is ready now, without waiting for more.
func gather(jobs <-chan *work, first *work) []*work {
	group := []*work{first}
	for len(group) < maxGroup {
		select {
		case w := <-jobs:
			group = append(group, w)
		default:
			return group
		}
	}
	return group
}

// parts is how often a group goes on without those that failed, before each of it is run alone.
const parts = 3

// writeGroup tries all changes in one transaction. When some of them fail, nothing of the group is kept: the others are
// tried again, and those that failed are run alone, for what they failed by may be of the group that is not kept. The one
// that fails takes nothing from the others, and only it hears of the failure.
func writeGroup(begin beginner, group []*work) {
	var alone []*work
	for range parts {
		if len(group) < 2 {
			break
		}
		failed, err := together(begin, group)
		if err == nil {
			for _, w := range group {
				w.done <- nil
			}
			group = nil
		}
		if len(failed) == 0 {
			break
		}
		alone = append(alone, failed...)
		group = slices.DeleteFunc(group, func(w *work) bool { return slices.Contains(failed, w) })
	}
	for _, w := range append(group, alone...) {
		_, err := together(begin, []*work{w})
		w.done <- err
	}
}

// together runs changes in one transaction. It belongs to all: no single caller's context may end it. It returns which
// of the changes failed, as far as that is known.
func together(begin beginner, group []*work) (failed []*work, err error) {
	ctx := context.Background()
	if len(group) == 1 {
		if ctx = group[0].ctx; ctx.Err() != nil {
			return nil, ctx.Err()
		}
		ctx = context.WithoutCancel(ctx)
	}
	now := time.Now()
	for _, w := range group {
		w.begun, w.group = now, len(group)
	}
	err = begin(ctx, func(t *tx) error {
		t.alone = len(group) == 1
		if err := t.run(ctx, group); err != nil {
			if failed = t.link.failed(); len(failed) == 0 && t.owner != nil {
				failed = []*work{t.owner}
			}
			return errors.Join(err, t.link.rollback(ctx))
		}
		if err := t.link.commit(ctx); err != nil {
			failed = t.link.failed()
			_ = t.link.rollback(ctx) // the first error says more; the database may have rolled back already
			return fmt.Errorf("make durable: %w", err)
		}
		return nil
	})
	return failed, err
}

// note has the keys of changes noted and returns the changes that were not made before, in the order of their chats. Of a
// lone change that is known with the outcome of the rest, for there is nobody from whom it could take something.
func (t *tx) note(ctx context.Context, group []*work) ([]*work, error) {
	group = slices.SortedFunc(slices.Values(group), func(a, b *work) int { return cmp.Compare(a.key, b.key) })
	for _, w := range group {
		t.owner, w.known = w, false
		if w.note == nil {
			continue
		}
		if err := safely(func() error { return w.note(ctx, t) }); err != nil {
			return nil, err
		}
	}
	if t.owner = nil; !t.alone && t.link.unsettled() {
		if err := t.link.settle(ctx); err != nil {
			return nil, err
		}
	}
	group = slices.DeleteFunc(group, func(w *work) bool { return w.known })
	slices.SortStableFunc(group, func(a, b *work) int { return cmp.Compare(a.place, b.place) })
	return group, nil
}

// run runs changes up to where nothing is left but to make them durable.
func (t *tx) run(ctx context.Context, group []*work) error {
	group, err := t.note(ctx, group)
	if err != nil {
		return err
	}
	for _, w := range group {
		t.owner = w
		if err := safely(func() error { return w.run(ctx, t) }); err != nil {
			return err
		}
	}
	for len(t.then)+len(t.last) > 0 || t.link.unsettled() {
		if len(t.then) == 0 && t.link.unsettled() {
			t.owner = nil
			if err := safely(func() error { return t.link.settle(ctx) }); err != nil {
				return err
			}
			continue
		}
		if len(t.then) == 0 {
			t.then, t.last = t.last, nil
		}
		next := t.then[0]
		t.then, t.owner = t.then[1:], next.owner
		if err := safely(func() error { return next.run(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// safely keeps a defect in one change from ending the writer.
func safely(run func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic while writing: %v", r)
		}
	}()
	return run()
}
