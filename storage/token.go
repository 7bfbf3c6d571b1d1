package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

const tokenColumns = `name, version, sealed, seed, expires_at, renewed_at, lasts_ms, tries, tried_at, failure, refused <> 0, dead_at, alarmed_at`

// Token loads a token. One that is not there has version 0.
func (s *Store) Token(ctx context.Context, name string) (sangkien.Token, error) {
	t, err := scanToken(s.row(ctx, `select `+tokenColumns+` from tokens where name = $1`, name).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return sangkien.Token{Name: name}, nil
	}
	if err != nil {
		return t, fmt.Errorf("load token %s: %w", name, err)
	}
	return t, nil
}

func scanToken(scan func(...any) error) (sangkien.Token, error) {
	var t sangkien.Token
	var expires, renewed, lasts, tried, dead, alarmed int64
	err := scan(&t.Name, &t.Version, &t.Sealed, &t.Seed, &expires, &renewed, &lasts, &t.Tries, &tried, &t.Failure, &t.Refused, &dead, &alarmed)
	t.Expires, t.Renewed, t.Tried, t.Dead, t.Alarmed = at(expires), at(renewed), at(tried), at(dead), at(alarmed)
	t.Lasts = time.Duration(lasts) * time.Millisecond
	return t, err
}

// LockToken gives the token to the renewer called by for as long as it is from now until the time, and returns it as it
// stands then. ok is false when another holds it, or there is none.
func (s *Store) LockToken(ctx context.Context, name, by string, now, until time.Time) (t sangkien.Token, ok bool, err error) {
	err = s.apart(ctx, func(ctx context.Context, tx *tx) error {
		clock, err := s.moment(ctx, tx, now)
		if err != nil {
			return err
		}
		t, err = scanToken(tx.QueryRowContext(ctx, `update tokens set lock_by = $2, lock_until = $4
			where name = $1 and lock_until <= $3 returning `+tokenColumns, name, by, ms(clock), ms(clock.Add(until.Sub(now)))).Scan)
		if ok = err == nil; errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return t, false, fmt.Errorf("lock token %s: %w", name, err)
	}
	return t, ok, nil
}

// UnlockToken gives a token back that the renewer called by holds.
func (s *Store) UnlockToken(ctx context.Context, name, by string) error {
	return s.ownToken(ctx, `update tokens set lock_by = '', lock_until = 0 where name = $1 and lock_by = $2`, name, by)
}

// TryToken notes, before it is, that a renewal is begun: its answer may never arrive. It returns ECONFLICT when the
// renewer called by does not hold the token any more.
func (s *Store) TryToken(ctx context.Context, name, by string, now time.Time) error {
	return s.ownToken(ctx, `update tokens set tries = tries + 1, tried_at = $3, failure = '' where name = $1 and lock_by = $2 and lock_until > `+s.clock("$3"), name, by, ms(now))
}

// FailToken notes how a renewal ended that brought nothing, and gives the token back: refused by the platform, and
// perhaps so that no other can succeed.
func (s *Store) FailToken(ctx context.Context, name, by, failure string, refused, dead bool, now time.Time) error {
	died := int64(0)
	if dead {
		died = ms(now)
	}
	return s.ownToken(ctx, `update tokens set failure = $3, refused = $4, dead_at = $5, lock_by = '', lock_until = 0 where name = $1 and lock_by = $2`,
		name, by, failure, flag(refused), died)
}

func (s *Store) ownToken(ctx context.Context, query, name, by string, args ...any) error {
	err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
		ok, err := changed(tx.ExecContext(ctx, query, append([]any{name, by}, args...)...))
		return mustChange(ok, err, "the token is held by another")
	})
	if err != nil {
		return fmt.Errorf("change token %s: %w", name, err)
	}
	return nil
}

// SaveToken stores a token in the place of the one with the version before, and gives it back. It returns ECONFLICT,
// with nothing stored, when there is another: what is newer stays.
func (s *Store) SaveToken(ctx context.Context, t sangkien.Token) error {
	err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
		ok, err := changed(tx.ExecContext(ctx, `insert into tokens(name, version, sealed, seed, expires_at, renewed_at, lasts_ms)
			select $1, cast($2 as bigint), $3, $4, $5, $6, $7 where $2 = 1 or exists (select 1 from tokens where name = $1)
			on conflict (name) do update set version = excluded.version, sealed = excluded.sealed, seed = excluded.seed, expires_at = excluded.expires_at,
				renewed_at = excluded.renewed_at, lasts_ms = excluded.lasts_ms, lock_by = '', lock_until = 0, tries = 0, tried_at = 0, failure = '', refused = 0, dead_at = 0
			where tokens.version = excluded.version - 1`,
			t.Name, t.Version, t.Sealed, t.Seed, ms(t.Expires), ms(t.Renewed), t.Lasts.Milliseconds()))
		return mustChange(ok, err, "there is a token newer than version %d", t.Version-1)
	})
	if err != nil {
		return fmt.Errorf("save token %s: %w", t.Name, err)
	}
	return nil
}

// AlarmToken notes since when administrators are told that something is wrong with a token, in the place of what was
// noted before; the zero time: they were told that it is well. Another that was noted meanwhile stays.
func (s *Store) AlarmToken(ctx context.Context, name string, before, since time.Time) error {
	err := s.apart(ctx, func(ctx context.Context, tx *tx) error {
		return exec(ctx, tx, `update tokens set alarmed_at = $3 where name = $1 and alarmed_at = $2`, name, ms(before), ms(since))
	})
	if err != nil {
		return fmt.Errorf("note the alarm about token %s: %w", name, err)
	}
	return nil
}
