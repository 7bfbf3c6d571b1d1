// Package redis keeps conversation state in Redis for deployments beyond one machine. Only the place in the
// conversation is here, never an answer: a flush costs nobody anything that SQL does not restore.
package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	sangkien "github.com/sangkien/sangkien"
)

// keep is how long an untouched session stays. A later return is placed from the answers.
const keep = 90 * 24 * time.Hour

// save stores a session unless a later revision is there already.
var save = redis.NewScript(`
local rev = redis.call('HGET', KEYS[1], 'rev')
if rev and tonumber(rev) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'rev', ARGV[1], 'data', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`)

// Sessions keeps conversation state. It is safe for concurrent use.
type Sessions struct {
	client *redis.Client
	guard  breaker
}

// Open connects to a server at redis:// or rediss://. It does not wait for the server to answer: see Ping.
func Open(address string) (*Sessions, error) {
	client, err := connect(address)
	if err != nil {
		return nil, err
	}
	return &Sessions{client: client}, nil
}

// Ping tells whether the server answers.
func (s *Sessions) Ping(ctx context.Context) error {
	if err := s.client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ping Redis: %w", err)
	}
	return nil
}

// Close ends all connections.
func (s *Sessions) Close() error { return s.client.Close() }

// Load returns the session of a chat. A missing or unreadable one is the zero Session.
func (s *Sessions) Load(ctx context.Context, a sangkien.Address) (sangkien.Session, error) {
	var data string
	err := s.guard.do(ctx, func() (err error) {
		data, err = s.client.HGet(ctx, key(a), "data").Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
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
func (s *Sessions) Save(ctx context.Context, a sangkien.Address, session sangkien.Session) error {
	data, err := json.Marshal(session)
	if err != nil {
		return fmt.Errorf("write the session of a chat of %s: %w", a.Channel, err)
	}
	err = s.guard.do(ctx, func() error {
		return save.Run(ctx, s.client, []string{key(a)}, session.Revision, data, keep.Milliseconds()).Err()
	})
	if err != nil {
		return fmt.Errorf("save the session of a chat of %s: %w", a.Channel, err)
	}
	return nil
}

func key(a sangkien.Address) string { return "session:{" + a.String() + "}" }

// Delete forgets the session of a chat.
func (s *Sessions) Delete(ctx context.Context, a sangkien.Address) error {
	if err := s.guard.do(ctx, func() error { return s.client.Del(ctx, key(a)).Err() }); err != nil {
		return fmt.Errorf("delete the session of a chat of %s: %w", a.Channel, err)
	}
	return nil
}
