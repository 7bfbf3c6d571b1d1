package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// States of a row of the outbox, as stored.
const (
	queued = iota
	sending
	sent
	failed
)

// Claim leases up to limit deliveries of the channels that are due to the sender called by, for as long as lease
// says. Of a chat only the oldest unsent delivery of a class is taken, so that one chat keeps its order; replies
// come before notices, notices before bulk, and neither a notice that waits for the morning nor one that fails
// keeps a reply back. What a dead sender had claimed comes back by Beat.
func (s *Store) Claim(ctx context.Context, by string, channels []string, limit int, now time.Time, lease time.Duration) ([]sangkien.Delivery, error) {
	if len(channels) == 0 || limit == 0 {
		return nil, nil
	}
	var got []sangkien.Delivery
	err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
		return s.claim(ctx, tx, &got, by, channels, limit, now, lease)
	})
	if err == nil {
		err = s.revised(ctx, got)
	}
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	return got, nil
}

// claim fills in what it claims when that is durable: a claim is one way there and back.
func (s *Store) claim(ctx context.Context, tx *tx, got *[]sangkien.Delivery, by string, channels []string, limit int, now time.Time, lease time.Duration) error {
	args := []any{by, lease.Milliseconds(), ms(now), limit}
	for _, c := range channels {
		args = append(args, c)
	}
	if err := s.dialect.walk(ctx, tx); err != nil {
		return err
	}
	return tx.idly(ctx, func(rows cursor) error {
		*got = nil
		for rows.Next() {
			d, err := scanDelivery(rows.Scan)
			if err != nil {
				return err
			}
			*got = append(*got, d)
		}
		return rows.Err()
	}, s.claiming(len(channels)), args...)
}

// claiming is the statement that claims for $1, for the milliseconds $2 from $3 on, at most $4, of so many channels.
func (s *Store) claiming(channels int) string {
	var marks []string
	for i := range channels {
		marks = append(marks, "$"+strconv.Itoa(5+i))
	}
	return `update outbox set state = 1, lease_by = $1, lease_until = ` + s.clock("$3") + ` + $2, attempts = attempts + 1
		where state = 0 and id in (select o.id from outbox o where o.state = 0 and o.due_at <= $3
			and o.channel in (` + strings.Join(marks, ", ") + `)
			and o.id = (select min(p.id) from outbox p where p.address = o.address and p.state < 2 and p.class <= o.class
				and (p.class = 0 or p.due_at <= $3 or p.attempts > 0))
			order by o.class, o.due_at, o.id limit $4` + s.dialect.skipLocked + `)
		returning id, data, attempts, parts, due_at, created_at`
}

// revised finds the messages in whose place replies stand that revise what was sent.
func (s *Store) revised(ctx context.Context, got []sangkien.Delivery) error {
	for i, d := range got {
		if !d.Reply.Revises {
			continue
		}
		err := s.row(ctx, `select message_id from outbox where address = $1 and replaces = $2 and state = 2 and message_id <> ''
			order by id desc limit 1`, d.Reply.To.String(), d.Reply.Replaces).Scan(&got[i].Edits)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("find what delivery %d revises: %w", d.ID, err)
		}
	}
	return nil
}

func scanDelivery(scan func(...any) error) (sangkien.Delivery, error) {
	var d sangkien.Delivery
	var data string
	var due, created int64
	if err := scan(&d.ID, &data, &d.Attempts, &d.Parts, &due, &created); err != nil {
		return d, fmt.Errorf("read a leased row: %w", err)
	}
	if err := json.Unmarshal([]byte(data), &d.Reply); err != nil {
		return d, fmt.Errorf("read delivery %d: %w", d.ID, err)
	}
	d.Attempts--
	d.Due, d.Created = at(due), at(created)
	return d, nil
}

// Finish notes what became of deliveries that the sender called by had leased, all at once. One that is no
// longer its own is passed over: whoever holds the lease now tells how it ended. more tells that others wait in their chats,
// which could not be claimed before.
func (s *Store) Finish(ctx context.Context, by string, results []sangkien.DeliveryResult) (more bool, err error) {
	err = s.apart(ctx, func(ctx context.Context, tx *tx) error {
		if err := s.dialect.walk(ctx, tx); err != nil {
			return err
		}
		var all, over []int64
		for _, r := range results {
			if err := finish(ctx, tx, by, r); err != nil {
				return err
			}
			all = append(all, r.ID)
			if r.State != sangkien.DeliveryLater {
				over = append(over, r.ID)
			}
		}
		if err := s.othersWait(ctx, tx, all, &more); err != nil {
			return err
		}
		// The last word to someone who was erased leaves nothing at all.
		return exec(ctx, tx, `delete from outbox where replaces = $2 and `+s.dialect.among("id", "cast($1 as text)"), numbers(over), sangkien.LastWord)
	})
	if err != nil {
		return false, fmt.Errorf("finish %d deliveries: %w", len(results), err)
	}
	return more, nil
}

// othersWait fills in whether anything waits in the chats of deliveries.
func (s *Store) othersWait(ctx context.Context, tx *tx, ids []int64, more *bool) error {
	return tx.idly(ctx, func(rows cursor) error {
		var n int
		if err := (&first{cursor: rows}).Scan(&n); err != nil {
			return err
		}
		*more = n > 0
		return nil
	}, `select count(*) from outbox where state < 2 and state <> 1 and address`+fmt.Sprintf(s.dialect.isIn,
		`select address from outbox where `+s.dialect.among("id", "cast($1 as text)")), numbers(ids))
}

func finish(ctx context.Context, tx *tx, by string, r sangkien.DeliveryResult) error {
	state := map[sangkien.DeliveryState]int{sangkien.DeliverySent: sent, sangkien.DeliveryLater: queued,
		sangkien.DeliveryFailed: failed, sangkien.DeliveryUnreachable: failed}[r.State]
	if r.State == sangkien.DeliveryUnreachable {
		if err := exec(ctx, tx, `update chats set reachable = 0 where address = (select address from outbox
			where id = $1 and lease_by = $2 and state = 1)`, r.ID, by); err != nil {
			return err
		}
	}
	if r.Counted > 0 {
		if err := countDelivery(ctx, tx, by, r); err != nil {
			return err
		}
	}
	holder := by
	if state == queued {
		holder = ""
	}
	// What was said is not kept once it is said.
	return exec(ctx, tx, `update outbox set state = $3, message_id = $4, error = $5, parts = $6,
		due_at = coalesce(nullif(cast($7 as bigint), 0), due_at), lease_by = $8, data = case when cast($3 as bigint) = 2 then '{}' else data end
		where id = $1 and lease_by = $2 and state = 1`, r.ID, by, state, r.MessageID, r.Reason, r.Parts, ms(r.Due), holder)
}

// countDelivery counts what was sent of a row that the sender still holds.
func countDelivery(ctx context.Context, tx *tx, by string, r sangkien.DeliveryResult) error {
	var address string
	var class sangkien.ReplyClass
	err := tx.QueryRowContext(ctx, `select address, class from outbox where id = $1 and lease_by = $2 and state = 1`, r.ID, by).Scan(&address, &class)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look up delivery %d: %w", r.ID, err)
	}
	return count(ctx, tx, address, class, r.Counted, r.At)
}

// Release gives back what earlier processes had leased, at the start of the only process that uses this
// database: nobody else is sending. Beyond one process leases run out by themselves.
func (s *Store) Release(ctx context.Context, now time.Time) error {
	err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
		if err := exec(ctx, tx, `update outbox set state = 0, lease_by = '' where state = 1`); err != nil {
			return err
		}
		return s.doubt(ctx, tx, `true`, now)
	})
	if err != nil {
		return fmt.Errorf("release leases: %w", err)
	}
	return nil
}

// Exclusive tells whether only one process can use the database at a time, as with the embedded one.
func (s *Store) Exclusive() bool { return s.dialect.name == sqlite.name }
