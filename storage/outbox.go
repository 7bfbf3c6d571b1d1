package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
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

// Claim leases up to limit deliveries that are due to the sender called by, until now plus lease.
// Of a chat only the oldest unsent delivery is taken, so that one chat keeps its order; replies come
// before notices, notices before bulk. A delivery whose sender's lease ran out is claimed anew.
func (s *Store) Claim(ctx context.Context, by string, limit int, now time.Time, lease time.Duration) ([]sangkien.Delivery, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin claim: %w", err)
	}
	got, err := s.claim(ctx, tx, by, limit, now, lease)
	if err != nil {
		_ = tx.Rollback() // the claim's own error says more
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("commit claim: %w", err)
	}
	return got, nil
}

func (s *Store) claim(ctx context.Context, tx *sql.Tx, by string, limit int, now time.Time, lease time.Duration) ([]sangkien.Delivery, error) {
	if err := exec(ctx, tx, `update outbox set state = 0, lease_by = '' where state = 1 and lease_until < $1`, ms(now)); err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `update outbox set state = 1, lease_by = $1, lease_until = $2, attempts = attempts + 1
		where state = 0 and id in (select o.id from outbox o where o.state = 0 and o.due_at <= $3
			and not exists (select 1 from outbox p where p.address = o.address and p.id < o.id and p.state < 2)
			order by o.class, o.due_at, o.id limit $4`+s.dialect.skipLocked+`)
		returning id, data, attempts, due_at`, by, ms(now.Add(lease)), ms(now), limit)
	if err != nil {
		return nil, fmt.Errorf("lease rows: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err below tells what went wrong
	var got []sangkien.Delivery
	for rows.Next() {
		var d sangkien.Delivery
		var data string
		var due int64
		if err := rows.Scan(&d.ID, &data, &d.Attempts, &due); err != nil {
			return nil, fmt.Errorf("read a leased row: %w", err)
		}
		if err := json.Unmarshal([]byte(data), &d.Reply); err != nil {
			return nil, fmt.Errorf("read delivery %d: %w", d.ID, err)
		}
		d.Attempts--
		d.Due = at(due)
		got = append(got, d)
	}
	return got, rows.Err()
}

// Sent notes that the platform took a delivery, under its message id. It returns ECONFLICT when the lease
// is no longer the caller's.
func (s *Store) Sent(ctx context.Context, by string, id int64, messageID string) error {
	return s.finish(ctx, `update outbox set state = 2, message_id = $3, error = '' where id = $1 and lease_by = $2 and state = 1`, id, by, messageID)
}

// Failed notes that a delivery will not be tried again, and why.
func (s *Store) Failed(ctx context.Context, by string, id int64, reason string) error {
	return s.finish(ctx, `update outbox set state = 3, error = $3 where id = $1 and lease_by = $2 and state = 1`, id, by, reason)
}

// Later gives a delivery back, to be tried again at due.
func (s *Store) Later(ctx context.Context, by string, id int64, due time.Time, reason string) error {
	return s.finish(ctx, `update outbox set state = 0, lease_by = '', due_at = $4, error = $3 where id = $1 and lease_by = $2 and state = 1`, id, by, reason, ms(due))
}

func (s *Store) finish(ctx context.Context, query string, args ...any) error {
	ok, err := changed(s.write.ExecContext(ctx, query, args...))
	if err != nil {
		return fmt.Errorf("finish delivery %d: %w", args[0], err)
	}
	return mustChange(ok, nil, "delivery %d is leased to another sender", args[0])
}
