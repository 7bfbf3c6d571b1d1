// Package redis keeps conversation state in Redis for deployments beyond one machine. Only the place in the
// conversation is here, never an answer: a flush costs nobody anything that SQL does not restore.
package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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
	client *link
	guard  breaker
	watch  watch
}

// Open connects to a server at redis:// or rediss://, to a cluster at redis-cluster://, or to the master that Sentinels
// at redis-sentinel:// name. It does not wait for an answer: see Ping. That Redis is away is told to the logger once.
func Open(address string, logger *slog.Logger) (*Sessions, error) {
	client, err := connect(address)
	if err != nil {
		return nil, err
	}
	return &Sessions{client: client, watch: watch{logger: logger}}, nil
}

// Ping tells whether the server answers; of a cluster, every master.
func (s *Sessions) Ping(ctx context.Context) error {
	err := s.client.ask(ctx, func(ctx context.Context) error {
		return s.client.masters(ctx, func(ctx context.Context, c *redis.Client) error { return c.Ping(ctx).Err() })
	})
	if err != nil {
		return fmt.Errorf("ping Redis: %w", err)
	}
	return nil
}

// Failing is the last failure while Redis fails, also if it answers in between: one that is full answers a Ping.
func (s *Sessions) Failing() error { return s.watch.failing() }

// do asks about a chat, unless the server failed a moment ago.
func (s *Sessions) do(ctx context.Context, a sangkien.Address, question func(context.Context) error) error {
	err := s.guard.do(ctx, s.client.server(ctx, key(a)), func() error { return s.client.ask(ctx, question) })
	if ctx.Err() == nil && !errors.Is(err, errAway) {
		s.watch.note(err)
	}
	return err
}

// Close ends all connections.
func (s *Sessions) Close() error { return s.client.Close() }

// Load returns the session of a chat. A missing or unreadable one is the zero Session.
func (s *Sessions) Load(ctx context.Context, a sangkien.Address) (sangkien.Session, error) {
	var found []any
	err := s.do(ctx, a, func(ctx context.Context) (err error) {
		found, err = s.client.HMGet(ctx, key(a), "data").Result()
		return err
	})
	if err != nil {
		return sangkien.Session{}, fmt.Errorf("load the session of a chat of %s: %w", a.Channel, err)
	}
	data, _ := found[0].(string) // nil where there is none
	if data == "" {
		return sangkien.Session{}, nil
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
	err = s.do(ctx, a, func(ctx context.Context) error {
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
	if err := s.do(ctx, a, func(ctx context.Context) error { return s.client.Del(ctx, key(a)).Err() }); err != nil {
		return fmt.Errorf("delete the session of a chat of %s: %w", a.Channel, err)
	}
	return nil
}
