package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// orphan is a recipient that is taken out of its state without its sender.
type orphan struct {
	broadcast, member int64
	reason            string
}

// orphans selects recipients to change: broadcast_id, member_id, reason.
func orphans(ctx context.Context, tx *tx, query string, args ...any) ([]orphan, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", firstWords(query), err)
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	var all []orphan
	for rows.Next() {
		var o orphan
		if err := rows.Scan(&o.broadcast, &o.member, &o.reason); err != nil {
			return nil, fmt.Errorf("read a recipient: %w", err)
		}
		all = append(all, o)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// change moves recipients of one broadcast from one state into another.
func (d dialect) change(ctx context.Context, tx *tx, t tally, all []orphan, from, to sangkien.RecipientState, reason, more string, now time.Time) error {
	byBroadcast := map[int64][]int64{}
	for _, o := range all {
		byBroadcast[o.broadcast] = append(byBroadcast[o.broadcast], o.member)
		t.add(o.broadcast, from, o.reason, -1)
		t.add(o.broadcast, to, reason, 1)
	}
	for broadcast, members := range byBroadcast {
		if err := exec(ctx, tx, `update recipients set state = $3, reason = $4, lease_by = '', lease_until = 0, at = $5`+more+`
			where broadcast_id = $1 and `+d.among("member_id", "cast($2 as text)"),
			broadcast, numbers(members), string(to), reason, ms(now)); err != nil {
			return err
		}
	}
	return nil
}

// doubt takes back what senders had claimed that are dead: it is uncertain, or sent again by the broadcast's own rule.
// dead is the condition on a recipient r, with $1 and $2.
func (s *Store) doubt(ctx context.Context, tx *tx, dead string, now time.Time, args ...any) error {
	all, err := orphans(ctx, tx, `select r.broadcast_id, r.member_id, r.reason from `+s.dialect.recipientsBy("recipients_leased")+` where r.state = 'sending' and `+dead+`
		order by r.lease_until limit 5000`+s.dialect.lockRows, args...)
	if err != nil || len(all) == 0 {
		return err
	}
	t := tally{}
	byState := map[sangkien.RecipientState][]orphan{}
	rules := map[int64]sangkien.Broadcast{}
	for _, o := range all {
		b, ok := rules[o.broadcast]
		if !ok {
			if b, err = broadcastIn(ctx, tx, o.broadcast); err != nil {
				return err
			}
			rules[o.broadcast] = b
		}
		byState[b.Doubt()] = append(byState[b.Doubt()], o)
	}
	for state, some := range byState {
		reason := ""
		if state == sangkien.RecipientUncertain {
			reason = sangkien.DoubtCrash
		}
		if err := s.dialect.change(ctx, tx, t, some, sangkien.RecipientSending, state, reason, `, doubts = doubts + 1, due_at = 0`, now); err != nil {
			return err
		}
	}
	return t.keep(ctx, tx)
}

// sweepStep is how many recipients one step of Sweep changes.
const sweepStep = 2000

// Sweep does a step of what stops and retries leave to do: who was queued in a broadcast that was cancelled is skipped,
// whom it failed in one that is sent again is queued. more tells that there is a further step.
func (s *Store) Sweep(ctx context.Context, now time.Time) (more bool, err error) {
	all, err := s.broadcasts(ctx, `(state = 'cancelled' and queued > 0) or (state <> 'cancelled' and retry_at > 0) order by id`)
	if err != nil {
		return false, err
	}
	for _, b := range all {
		err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
			n, err := s.sweep(ctx, tx, b, now)
			more = more || n == sweepStep
			return err
		})
		if err != nil {
			return false, fmt.Errorf("sweep broadcast %d: %w", b.ID, err)
		}
	}
	return more, nil
}

// sweep does a step for one broadcast and returns how many recipients it changed.
func (s *Store) sweep(ctx context.Context, tx *tx, b sangkien.Broadcast, now time.Time) (int, error) {
	t := tally{}
	if b.State == sangkien.BroadcastCancelled {
		all, err := orphans(ctx, tx, `select r.broadcast_id, r.member_id, r.reason from `+s.dialect.recipientsBy("recipients_queued")+`
			where r.broadcast_id = $1 and r.state = 'queued' order by r.channel, r.due_at, r.member_id limit $2`+s.dialect.lockRows, b.ID, sweepStep)
		if err != nil {
			return 0, err
		}
		if err := s.dialect.change(ctx, tx, t, all, sangkien.RecipientQueued, sangkien.RecipientSkipped, sangkien.SkippedCancelled, ", address = ''", now); err != nil {
			return 0, err
		}
		return len(all), t.keep(ctx, tx)
	}
	again, err := orphans(ctx, tx, `select r.broadcast_id, r.member_id, r.reason from `+s.dialect.recipientsBy("recipients_failed")+`
		where r.broadcast_id = $1 and r.state = 'failed' and r.at <= (select retry_at from broadcasts where id = $1) order by r.at limit $2`+s.dialect.lockRows, b.ID, sweepStep)
	if err != nil {
		return 0, err
	}
	if err := s.dialect.change(ctx, tx, t, again, sangkien.RecipientFailed, sangkien.RecipientQueued, "", ", attempts = 0, due_at = 0", now); err != nil {
		return 0, err
	}
	if err := t.keep(ctx, tx); err != nil || len(again) > 0 {
		return len(again), err
	}
	return 0, exec(ctx, tx, `update broadcasts set retry_at = 0 where id = $1 and not exists (select 1 from recipients r
		where r.broadcast_id = $1 and r.state = 'failed' and r.at <= broadcasts.retry_at)`, b.ID)
}

// forgetRecipient takes away where a member was written to; what is not sent yet will not be.
func (d dialect) forgetRecipient(ctx context.Context, tx *tx, member int64, now time.Time) error {
	if err := d.skipQueued(ctx, tx, member, sangkien.SkippedErased, now); err != nil {
		return err
	}
	return exec(ctx, tx, `update recipients set address = '', message_id = '' where member_id = $1 and broadcast_id in (select id from broadcasts)`, member)
}

// skipQueued skips, for a reason, what a member was still to be sent.
func (d dialect) skipQueued(ctx context.Context, tx *tx, member int64, reason string, now time.Time) error {
	all, err := orphans(ctx, tx, `select r.broadcast_id, r.member_id, r.reason from recipients r where r.member_id = $1 and r.broadcast_id in (select id from broadcasts) and r.state = 'queued'
		order by r.broadcast_id`+d.lockRows, member)
	if err != nil {
		return err
	}
	t := tally{}
	if err := d.change(ctx, tx, t, all, sangkien.RecipientQueued, sangkien.RecipientSkipped, reason, "", now); err != nil {
		return err
	}
	return t.keep(ctx, tx)
}
