package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// patience is how long one question may take: a person waits for it, and there is another way.
	patience = 500 * time.Millisecond
	// askAgain is how long after a failure nobody is asked, so that not everyone who writes to us waits that long.
	askAgain = time.Second
)

// connect returns a client that fails soon, and asks nothing twice. It does not wait for the server to answer.
func connect(address string) (*redis.Client, error) {
	options, err := redis.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("read the Redis address: %w", err)
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = patience, patience, patience, patience
	options.MaxRetries, options.DialerRetries, options.ContextTimeoutEnabled, options.PoolSize = -1, 1, true, 64
	return redis.NewClient(options), nil
}

// errAway says that Redis did not answer a moment ago and is not asked now.
var errAway = errors.New("no answer from Redis a moment ago")

// breaker asks nobody for a while after a failure; then one caller tries, and the others still ask nobody.
type breaker struct {
	mu    sync.Mutex
	until time.Time
}

func (b *breaker) do(ctx context.Context, ask func() error) error {
	b.mu.Lock()
	now := time.Now()
	if now.Before(b.until) {
		b.mu.Unlock()
		return errAway
	}
	if !b.until.IsZero() {
		b.until = now.Add(askAgain)
	}
	b.mu.Unlock()
	err := ask()
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil || errors.Is(err, redis.Nil):
		b.until = time.Time{}
	case ctx.Err() == nil:
		b.until = time.Now().Add(askAgain)
	}
	return err
}
