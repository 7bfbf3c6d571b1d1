package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

// head is the last line of the record of changes.
type head struct {
	seq  int64
	hash string
}

// record appends the lines that a commit leaves in the record of changes. It comes before the changes: who holds
// the head of the chain writes alone, and no other row is waited for while it is held by someone else. The head is read once
// for all changes that share a transaction.
func record(ctx context.Context, tx *tx, effects []sangkien.Effect) error {
	for _, effect := range effects {
		e, ok := sangkien.Audited(effect)
		if !ok {
			continue
		}
		if tx.head == nil {
			var last head
			if err := tx.QueryRowContext(ctx, `update audit_head set seq = seq where id = 1 returning seq, hash`).Scan(&last.seq, &last.hash); err != nil {
				return fmt.Errorf("take the head of the record: %w", err)
			}
			tx.head = &last
		}
		e = e.Chain(tx.head.seq+1, tx.head.hash)
		if err := exec(ctx, tx, `insert into audit(seq, at, actor_id, action, object, before, after, hash) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			e.Seq, ms(e.At), e.Actor, e.Action, e.Object, e.Before, e.After, e.Hash); err != nil {
			return err
		}
		if err := exec(ctx, tx, `update audit_head set seq = $1, hash = $2 where id = 1`, e.Seq, e.Hash); err != nil {
			return err
		}
		tx.head = &head{e.Seq, e.Hash}
	}
	return nil
}

// EachAudit walks through the record of changes, oldest first.
func (s *Store) EachAudit(ctx context.Context, do func(sangkien.AuditEntry) error) error {
	return s.each(ctx, func(scan func(...any) error) error {
		e, err := scanAudit(scan)
		if err != nil {
			return err
		}
		return do(e)
	}, `select seq, at, actor_id, action, object, before, after, hash from audit order by seq`)
}

func scanAudit(scan func(...any) error) (sangkien.AuditEntry, error) {
	var e sangkien.AuditEntry
	var t int64
	err := scan(&e.Seq, &t, &e.Actor, &e.Action, &e.Object, &e.Before, &e.After, &e.Hash)
	e.At = at(t)
	return e, err
}

// VerifyAudit recomputes the chain and compares each idea's state with the last change that the record has of
// it. It returns how many lines there are, and EINVALID with the first line or idea that does not fit.
func (s *Store) VerifyAudit(ctx context.Context) (lines int64, err error) {
	before, states := "", map[string]string{}
	err = s.EachAudit(ctx, func(e sangkien.AuditEntry) error {
		if e.Seq != lines+1 {
			return sangkien.Errorf(sangkien.EINVALID, "line %d is missing from the record", lines+1)
		}
		if want := e.Chain(e.Seq, before); want.Hash != e.Hash {
			return sangkien.Errorf(sangkien.EINVALID, "line %d (%s of %s) was altered", e.Seq, e.Action, e.Object)
		}
		lines, before = e.Seq, e.Hash
		if state, ok := e.State(); ok {
			states[e.Object] = state
		}
		return nil
	})
	if err != nil {
		return lines, fmt.Errorf("verify the record: %w", err)
	}
	if err := s.verifyHead(ctx, lines, before); err != nil {
		return lines, err
	}
	return lines, s.verifyStates(ctx, states)
}

// verifyHead finds lines that were cut off at the end.
func (s *Store) verifyHead(ctx context.Context, lines int64, last string) error {
	var seq int64
	var hash string
	if err := s.row(ctx, `select seq, hash from audit_head where id = 1`).Scan(&seq, &hash); err != nil {
		return fmt.Errorf("read the head of the record: %w", err)
	}
	if seq != lines || hash != last {
		return sangkien.Errorf(sangkien.EINVALID, "the record has %d lines, and there were %d", lines, seq)
	}
	return nil
}

// verifyStates finds ideas that were changed behind the record's back.
func (s *Store) verifyStates(ctx context.Context, states map[string]string) error {
	return s.each(ctx, func(scan func(...any) error) error {
		var id int64
		var state string
		if err := scan(&id, &state); err != nil {
			return err
		}
		object := fmt.Sprintf("idea:%d", id)
		if want, ok := states[object]; !ok || want != state {
			return sangkien.Errorf(sangkien.EINVALID, "%s is %s, and the record says %q", object, state, want)
		}
		return nil
	}, `select id, state from ideas where state <> $1`, string(sangkien.Draft))
}

// Moves lists how an idea came to where it stands, oldest first.
func (s *Store) Moves(ctx context.Context, idea int64) ([]sangkien.Move, error) {
	var all []sangkien.Move
	err := s.each(ctx, func(scan func(...any) error) error {
		var m sangkien.Move
		var due, t int64
		err := scan(&m.From, &m.To, &m.Actor, &m.Reason, &m.Number, &due, &m.Undo, &t)
		m.Due, m.At = at(due), at(t)
		all = append(all, m)
		return err
	}, `select from_state, to_state, actor_id, reason, number, due_at, undo <> 0, at from idea_moves where idea_id = $1 order by id`, idea)
	if err != nil {
		return nil, fmt.Errorf("list the moves of idea %d: %w", idea, err)
	}
	return all, nil
}

func holdDecision(ctx context.Context, tx *tx, d sangkien.Decision) error {
	ok, err := changed(tx.ExecContext(ctx, `insert into decisions(idea_id, outcome, reason, number, actor_id, at)
		select id, cast($2 as text), cast($3 as text), cast($4 as text), cast($5 as bigint), cast($6 as bigint) from ideas
		where id = $1 and state in ('received', 'under_appraisal') on conflict do nothing`,
		d.Idea, string(d.Outcome), d.Reason, d.Number, d.Actor, ms(d.At)))
	return mustChange(ok, err, "idea %d takes no decision now", d.Idea)
}

func dropDecision(ctx context.Context, tx *tx, idea int64) error {
	ok, err := changed(tx.ExecContext(ctx, `delete from decisions where idea_id = $1`, idea))
	return mustChange(ok, err, "idea %d has no held decision", idea)
}

const decisionColumns = `d.idea_id, d.outcome, d.reason, d.number, d.actor_id, d.at`

func scanDecision(scan func(...any) error) (sangkien.Decision, error) {
	var d sangkien.Decision
	var t int64
	err := scan(&d.Idea, &d.Outcome, &d.Reason, &d.Number, &d.Actor, &t)
	d.At = at(t)
	return d, err
}

// Held returns the decision on an idea that is not told yet; ok is false when there is none.
func (s *Store) Held(ctx context.Context, idea int64) (d sangkien.Decision, ok bool, err error) {
	d, err = scanDecision(s.row(ctx, `select `+decisionColumns+` from decisions d where d.idea_id = $1`, idea).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, fmt.Errorf("load the held decision on idea %d: %w", idea, err)
	}
	return d, true, nil
}

// HeldIn lists the held decisions on ideas of the scope, oldest first.
func (s *Store) HeldIn(ctx context.Context, scope sangkien.Scope) ([]sangkien.Decision, error) {
	var all []sangkien.Decision
	err := s.each(ctx, func(scan func(...any) error) error {
		d, err := scanDecision(scan)
		all = append(all, d)
		return err
	}, `select `+decisionColumns+` from decisions d join ideas i on i.id = d.idea_id where `+
		s.dialect.inScope("i.unit_id", "$1")+` order by d.at, d.idea_id`, scopeArg(scope))
	if err != nil {
		return nil, fmt.Errorf("list held decisions: %w", err)
	}
	return all, nil
}
