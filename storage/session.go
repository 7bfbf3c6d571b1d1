package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

// Sessions keeps conversation state in SQL: the embedded default beside storage/redis.
type Sessions struct{ store *Store }

// Sessions returns the session store that lives in this database.
func (s *Store) Sessions() Sessions { return Sessions{store: s} }

// Load returns the session of a chat. A missing or unreadable one is the zero Session: the caller places
// the chat anew, and nothing is lost.
func (s Sessions) Load(ctx context.Context, a sangkien.Address) (sangkien.Session, error) {
	var data string
	err := s.store.row(ctx, `select data from sessions where address = $1`, a.String()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return sangkien.Session{}, nil
	}
	if err != nil {
		return sangkien.Session{}, fmt.Errorf("load the session of a chat of %s: %w", a.Channel, err)
	}
	var session sangkien.Session
	if err := json.Unmarshal([]byte(data), &session); err != nil {
		return sangkien.Session{}, nil //nolint:nilerr // of another release: as good as gone
	}
	return session, nil
}

// Save stores the session of a chat, unless a later revision is there already.
func (s Sessions) Save(ctx context.Context, a sangkien.Address, session sangkien.Session) error {
	data, err := json.Marshal(session)
	if err != nil {
		return fmt.Errorf("write the session of a chat of %s: %w", a.Channel, err)
	}
	err = s.store.apart(ctx, func(ctx context.Context, tx *tx) error {
		return exec(ctx, tx, `insert into sessions(address, revision, data) values ($1, $2, $3)
			on conflict (address) do update set revision = excluded.revision, data = excluded.data
			where sessions.revision < excluded.revision`, a.String(), session.Revision, string(data))
	})
	if err != nil {
		return fmt.Errorf("save the session of a chat of %s: %w", a.Channel, err)
	}
	return nil
}

// Delete forgets the session of a chat.
func (s Sessions) Delete(ctx context.Context, a sangkien.Address) error {
	err := s.store.apart(ctx, func(ctx context.Context, tx *tx) error {
		return exec(ctx, tx, `delete from sessions where address = $1`, a.String())
	})
	if err != nil {
		return fmt.Errorf("delete the session of a chat of %s: %w", a.Channel, err)
	}
	return nil
}
