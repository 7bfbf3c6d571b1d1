package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// patience is how long one server may take for one question: a person waits for it, and there is another way.
	patience = 500 * time.Millisecond
	// step is the same where several servers may have to be asked, one after the other, and patienceOfMany for all of
	// them: who has waited in vain for a dead one has time left for the one that took its place.
	step           = 400 * time.Millisecond
	patienceOfMany = time.Second
	// askAgain is how long after a failure nobody is asked, so that not everyone who writes to us waits that long.
	askAgain = time.Second
	poolSize = 64
)

// link is the way to one server, to the master that Sentinels name, or to a cluster.
type link struct {
	redis.UniversalClient
	address  address
	patience time.Duration
}

// connect returns a link that fails soon, and asks no server twice without need. It does not wait for an answer.
func connect(text string) (*link, error) {
	a, err := parseAddress(text)
	if err != nil {
		return nil, err
	}
	switch a.scheme {
	case "redis-cluster":
		return a.cluster()
	case "redis-sentinel":
		return a.sentinel()
	}
	o, err := a.single()
	if err != nil {
		return nil, err
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = patience, patience, patience, patience
	o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled, o.PoolSize = -1, 1, true, poolSize
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &link{redis.NewClient(o), a, patience}, nil
}

func (a address) cluster() (*link, error) {
	if err := a.left(0); err != nil && (len(a.path) != 1 || a.path[0] != "0" || len(a.query) > 0) {
		return nil, err
	}
	return &link{redis.NewClusterClient(&redis.ClusterOptions{Addrs: a.hosts, Username: a.user, Password: a.password, TLSConfig: a.tls,
		DialTimeout: step, ReadTimeout: step, WriteTimeout: step, PoolTimeout: step, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true, PoolSize: poolSize,
		DisableRoutingPolicies: true, FailingTimeoutSeconds: 1, ClusterStateReloadInterval: 10 * time.Second,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}}), a, patienceOfMany}, nil
}

func (a address) sentinel() (*link, error) {
	a.sentinelUser, a.sentinelPassword = a.take("sentinel_username"), a.take("sentinel_password")
	if err := a.left(2); err != nil {
		return nil, err
	}
	if len(a.path) == 0 {
		return nil, fmt.Errorf("SANGKIEN_REDIS_URL does not say what the Sentinels call the master: %s", forms)
	}
	o := &redis.FailoverOptions{MasterName: a.path[0], SentinelAddrs: a.hosts, Username: a.user, Password: a.password, TLSConfig: a.tls,
		SentinelUsername: a.sentinelUser, SentinelPassword: a.sentinelPassword,
		DialTimeout: step, ReadTimeout: step, WriteTimeout: step, PoolTimeout: step, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true, PoolSize: poolSize}
	if len(a.path) == 2 {
		var err error
		if o.DB, err = strconv.Atoi(a.path[1]); err != nil {
			return nil, fmt.Errorf("SANGKIEN_REDIS_URL has a database that is no number: %s", forms)
		}
	}
	return &link{redis.NewFailoverClient(o), a, patienceOfMany}, nil
}

// ask asks once, for no longer than its patience. An error comes with what an operator does about it.
func (l *link) ask(ctx context.Context, question func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	err := question(ctx)
	if c, ok := l.UniversalClient.(*redis.ClusterClient); ok && err != nil {
		c.ReloadState(ctx) // a master that is dead does not say who took its place
	}
	return advised(err)
}

// server is where a key lives; empty while that is not known. It asks nobody, unless nothing is known of a cluster yet.
func (l *link) server(ctx context.Context, key string) string {
	c, ok := l.UniversalClient.(*redis.ClusterClient)
	if !ok {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	master, err := c.MasterForKey(ctx, key)
	if err != nil {
		return ""
	}
	return master.Options().Addr
}

// masters does something with each server that is written to.
func (l *link) masters(ctx context.Context, do func(context.Context, *redis.Client) error) error {
	switch c := l.UniversalClient.(type) {
	case *redis.ClusterClient:
		return c.ForEachMaster(ctx, do)
	case *redis.Client:
		return do(ctx, c)
	}
	return errors.New("a client of another kind")
}

// errAway says that Redis did not answer a moment ago and is not asked now.
var errAway = errors.New("no answer from Redis a moment ago")

// breaker asks nobody for a while after a failure; then one caller tries, and the others still ask nobody. It does so
// for each server: of a cluster the others go on.
type breaker struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (b *breaker) do(ctx context.Context, server string, ask func() error) error {
	b.mu.Lock()
	now := time.Now()
	until, failed := b.until[server]
	if failed && now.Before(until) {
		b.mu.Unlock()
		return errAway
	}
	if failed {
		b.until[server] = now.Add(askAgain)
	}
	b.mu.Unlock()
	err := ask()
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		delete(b.until, server)
	case ctx.Err() == nil:
		if b.until == nil {
			b.until = map[string]time.Time{}
		}
		b.until[server] = time.Now().Add(askAgain)
	}
	return err
}
