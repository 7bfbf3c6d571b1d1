package storage

import (
	"context"
	"fmt"
	"time"
)

// Lease takes or renews the lease called name for the process called by; see bot.Leases. Its end is on the clock of the
// database, for those of processes differ. With SQLite there is one process, and it holds all.
func (s *Store) Lease(ctx context.Context, name, by string, d time.Duration) (held bool, err error) {
	if s.Exclusive() {
		return true, nil
	}
	held, err = changed(s.write.ExecContext(ctx, `insert into leases(name, holder, ends_at) values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
		on conflict (name) do update set holder = excluded.holder, ends_at = excluded.ends_at
		where leases.holder = excluded.holder or leases.ends_at < clock_timestamp()`, name, by, d.Milliseconds()))
	if err != nil {
		return false, fmt.Errorf("take the lease of %s: %w", name, err)
	}
	return held, nil
}

// EndLease gives a lease back, if by still holds it.
func (s *Store) EndLease(ctx context.Context, name, by string) error {
	if s.Exclusive() {
		return nil
	}
	if _, err := s.write.ExecContext(ctx, `delete from leases where name = $1 and holder = $2`, name, by); err != nil {
		return fmt.Errorf("end the lease of %s: %w", name, err)
	}
	return nil
}
