package storage

import (
	"context"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Who is alive is judged by one clock, that of the database: those of processes differ. See
// docs/decisions/0023-whose-clock.md.

// clock is what SQL says for now. On SQLite, which one process uses, it is what that process says: an argument of the
// statement.
func (s *Store) clock(arg string) string {
	if s.dialect.clock == "" || s.callersClock {
		return "cast(" + arg + " as bigint)"
	}
	return s.dialect.clock
}

// moment is now by that clock.
func (s *Store) moment(ctx context.Context, tx *tx, now time.Time) (time.Time, error) {
	if s.dialect.clock == "" || s.callersClock {
		return now, nil
	}
	var millis int64
	if err := tx.QueryRowContext(ctx, "select "+s.dialect.clock).Scan(&millis); err != nil {
		return now, fmt.Errorf("read the clock: %w", err)
	}
	return at(millis), nil
}

// Beat is a sender's sign of life, to be given every second or so. It gives back what was claimed by senders who were
// silent for so long, and what is leased for longer than its lease. What a silent sender had under way in a broadcast
// is uncertain, or sent again by the broadcast's own rule.
func (s *Store) Beat(ctx context.Context, by string, now time.Time, silence time.Duration) error {
	err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
		now, err := s.moment(ctx, tx, now)
		if err != nil {
			return err
		}
		if err := s.dialect.walk(ctx, tx); err != nil {
			return err
		}
		if err := exec(ctx, tx, `delete from senders where seen_at < $1`, ms(now.Add(-time.Hour-silence))); err != nil {
			return err
		}
		if err := exec(ctx, tx, `insert into senders(name, seen_at) values ($1, $2) on conflict (name) do update set seen_at = excluded.seen_at`, by, ms(now)); err != nil {
			return err
		}
		seen := ms(now.Add(-silence))
		if err := exec(ctx, tx, `update outbox set state = 0, lease_by = '' where state = 1 and (lease_until < $1
			or lease_by not in (select name from senders where seen_at > $1))`, seen); err != nil {
			return err
		}
		return s.doubt(ctx, tx, `(r.lease_until < $1 or r.lease_by not in (select name from senders where seen_at > $1))`, now, seen)
	})
	if err != nil {
		return fmt.Errorf("give a sign of life: %w", err)
	}
	return nil
}

// Bury notes that a sender is dead: what it had under way is taken over with the next sign of life of any other.
func (s *Store) Bury(ctx context.Context, name string) error {
	err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
		return exec(ctx, tx, `delete from senders where name = $1`, name)
	})
	if err != nil {
		return fmt.Errorf("note that %s is dead: %w", name, err)
	}
	return nil
}

// Leased lists the deliveries that the sender called by has claimed, as far as is known here: it may not know itself,
// when the answer to a claim was lost.
func (s *Store) Leased(ctx context.Context, by string) ([]int64, error) {
	var all []int64
	err := s.each(ctx, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		all = append(all, id)
		return err
	}, `select id from outbox where state = 1 and lease_by = $1`, by)
	if err != nil {
		return nil, fmt.Errorf("list what %s has claimed: %w", by, err)
	}
	return all, nil
}

// LeasedRecipients is Leased for the recipients of broadcasts.
func (s *Store) LeasedRecipients(ctx context.Context, by string) ([]sangkien.Recipient, error) {
	var all []sangkien.Recipient
	err := s.each(ctx, func(scan func(...any) error) error {
		r := sangkien.Recipient{State: sangkien.RecipientSending}
		err := scan(&r.Broadcast, &r.Member)
		all = append(all, r)
		return err
	}, `select r.broadcast_id, r.member_id from `+s.dialect.recipientsBy("recipients_leased")+` where r.state = 'sending' and r.lease_by = $1 order by r.lease_until`, by)
	if err != nil {
		return nil, fmt.Errorf("list the recipients that %s has claimed: %w", by, err)
	}
	return all, nil
}
