package main

import (
	"slices"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestReplicasKeepTheRate: two processes on one PostgreSQL and Redis send a broadcast at Telegram's 30 messages a second.
// By the server's clock no second has more than 30, and the rate is used.
//
// SANGKIEN_RATE_RECIPIENTS says how many there are.
func TestReplicasKeepTheRate(t *testing.T) {
	t.Parallel()
	recipients := fromEnv(t, "SANGKIEN_RATE_RECIPIENTS", 150)
	const rate = 30
	var mu sync.Mutex
	var sent []time.Time
	server := telegramtest.New(t, telegramtest.Options{Keep: 1, OnSend: func(telegramtest.Message) {
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, time.Now())
	}})
	address := testkit.Postgres(t)
	store, err := storage.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	subscribe(t, store, server, recipients)
	env := append(broadcastEnv(t, server, address), "SANGKIEN_REDIS_URL="+testkit.Redis(t))
	var both []*process
	for range 2 {
		p := newProcess(t, env...)
		p.start()
		p.ready(t)
		both = append(both, p)
	}
	b := plan(t, store, sangkien.Broadcast{ID: 70})
	b = awaitDone(t, store, b.ID, both)
	mu.Lock()
	defer mu.Unlock()
	slices.SortFunc(sent, time.Time.Compare)
	if len(sent) != recipients || b.Counts.Sent != recipients {
		t.Fatalf("%d sends, counts %+v", len(sent), b.Counts)
	}
	over, shortest := 0, time.Hour
	for i := range len(sent) - rate {
		gap := sent[i+rate].Sub(sent[i])
		if shortest = min(shortest, gap); gap < time.Second {
			over++
		}
	}
	took := sent[len(sent)-1].Sub(sent[0])
	used := float64(recipients-1) / took.Seconds()
	t.Logf("%d messages by 2 processes in %.1f s: %.2f a second; the %d messages that were closest took %v; %d windows of a second had more than %d",
		recipients, took.Seconds(), used, rate+1, shortest, over, rate)
	if shortest < time.Second-tolerance || used < 0.9*rate {
		t.Error("the rate is exceeded, or not used")
	}
}

// tolerance is how long a message may be on its way where other programs compete for the processor.
const tolerance = 100 * time.Millisecond
