package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// How many members one step looks at: as many as were written down in stepTime at the last step. On SQLite replies wait
// behind it; on PostgreSQL they do not, but sending to those who are written down already does.
const (
	firstStep = 1000
	mostStep  = 5000

	sqliteStepTime   = 40 * time.Millisecond
	postgresStepTime = 200 * time.Millisecond
)

// Expand writes down the recipients of a broadcast that has started: a row for everyone in its audience, queued, or
// skipped with the reason; whom their platform bars now (see Limit) by another account of theirs. It goes on where it or another process stopped, in steps that let others write in between,
// and returns when all are written or ctx ends.
func (s *Store) Expand(ctx context.Context, broadcast int64, now time.Time) error {
	b, err := s.Broadcast(ctx, broadcast)
	if err != nil || b.Expanded || b.Started.IsZero() {
		return err
	}
	within := "m.id > cast($12 as bigint) and m.id <= cast($13 as bigint)"
	insert := `insert into recipients(broadcast_id, member_id, state, reason, address, channel, unit_id, at)
		select cast($14 as bigint), member_id, case when reason = '' then 'queued' else 'skipped' end, reason,
			case when reason = '' then address else '' end, channel, unit_id, cast($15 as bigint) from (` + s.dialect.chosen(b.Audience, within) + `) x`
	args, err := s.audienceArgs(ctx, b)
	if err != nil {
		return err
	}
	x := expansion{broadcast: b, insert: insert, args: args, now: now, step: firstStep, stepTime: sqliteStepTime}
	if !s.Exclusive() {
		x.stepTime = postgresStepTime
	}
	for !x.done && ctx.Err() == nil {
		begun := time.Now()
		if err := s.apart(ctx, func(ctx context.Context, tx *tx) error { return x.advance(ctx, tx, s) }); err != nil {
			return fmt.Errorf("expand broadcast %d: %w", broadcast, err)
		}
		x.pace(time.Since(begun))
	}
	return ctx.Err()
}

// expansion is a broadcast that is being expanded by this process.
type expansion struct {
	broadcast sangkien.Broadcast
	insert    string
	args      []any
	now       time.Time
	step      int
	stepTime  time.Duration
	done      bool
}

// pace chooses how large the next step is.
func (x *expansion) pace(took time.Duration) {
	next := int(int64(x.step) * int64(x.stepTime) / int64(max(took, time.Millisecond)))
	x.step = min(max(next, x.step/2, 100), 2*x.step, mostStep)
}

// advance writes down the recipients among the next members. The cursor moves in the same transaction: of two
// processes the second waits for the first and goes on behind it.
func (x *expansion) advance(ctx context.Context, tx *tx, s *Store) error {
	id := x.broadcast.ID
	if err := exec(ctx, tx, `update broadcasts set expanded = expanded where id = $1`, id); err != nil { // its row is ours now
		return err
	}
	var seen, last int64
	var upto sql.NullInt64
	err := tx.QueryRowContext(ctx, `select seen_id, last_id from broadcasts where id = $1 and expanded = 0`, id).Scan(&seen, &last)
	if errors.Is(err, sql.ErrNoRows) {
		x.done = true // by another process
		return nil
	}
	if err != nil {
		return fmt.Errorf("read how far it is: %w", err)
	}
	if err := tx.QueryRowContext(ctx, s.dialect.nextMembers(x.broadcast.Audience), seen, last, x.step, numbers(x.broadcast.Audience.Members)).Scan(&upto); err != nil {
		return fmt.Errorf("find the next members: %w", err)
	}
	if !upto.Valid {
		x.done = true
		return exec(ctx, tx, `update broadcasts set expanded = 1, seen_id = last_id where id = $1`, id)
	}
	args := append(append([]any{}, x.args...), seen, upto.Int64, id, ms(x.now))
	if err := exec(ctx, tx, x.insert, args...); err != nil {
		return err
	}
	if err := s.divert(ctx, tx, x.broadcast, seen, upto.Int64, x.now); err != nil {
		return err
	}
	if err := exec(ctx, tx, `update broadcasts set seen_id = $2 where id = $1`, id, upto.Int64); err != nil {
		return err
	}
	return countNew(ctx, tx, id, seen, upto.Int64)
}

// nextMembers selects up to where $3 members reach after $1, at most $2.
func (d dialect) nextMembers(a sangkien.Audience) string {
	among := ""
	if len(a.Members) > 0 {
		among = " and m.id in (" + replaceArg(d.jsonNumbers, "cast($4 as text)") + ")"
	}
	return `select max(id) from (select m.id from members m where m.id > $1 and m.id <= $2` + among + `
		and cast($4 as text) is not null order by m.id limit $3) x`
}

// countNew counts the rows of a step.
func countNew(ctx context.Context, tx *tx, broadcast, after, upto int64) error {
	rows, err := tx.QueryContext(ctx, `select state, reason, count(*) from recipients where broadcast_id = $1 and member_id > $2 and member_id <= $3
		group by state, reason`, broadcast, after, upto)
	if err != nil {
		return fmt.Errorf("count the new recipients: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	t := tally{}
	for rows.Next() {
		var state sangkien.RecipientState
		var reason string
		var n int
		if err := rows.Scan(&state, &reason, &n); err != nil {
			return fmt.Errorf("read a count: %w", err)
		}
		t.add(broadcast, state, reason, n)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("count the new recipients: %w", err)
	}
	return t.keep(ctx, tx)
}
