package bot

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// unsteady is a pace that two replicas share and that is away at times.
type unsteady struct {
	*own
	mu   sync.Mutex
	away bool
}

var errAway = errors.New("away")

func (u *unsteady) err() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.away {
		return errAway
	}
	return nil
}

func (u *unsteady) Take(ctx context.Context, class sangkien.ReplyClass, chat sangkien.Address) (time.Duration, bool, error) {
	if err := u.err(); err != nil {
		return 0, false, err
	}
	return u.own.Take(ctx, class, chat)
}

func (u *unsteady) Resume(_ context.Context, until time.Duration) error {
	if err := u.err(); err != nil {
		return err
	}
	u.own.mu.Lock()
	defer u.own.mu.Unlock()
	u.all = later(u.all, time.Now().Add(until+u.global.window))
	return nil
}

func (u *unsteady) Replicas() int { return 2 }

// TestShareWhileRedisIsAway: two replicas lose what they share and find it again, at random moments, each
// time for long enough that both notice. Together they never send more than the rate allows, and never stop for long.
func TestShareWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) { loseAndFind(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func loseAndFind(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	rate := Rate{Global: 30}
	shared := &unsteady{own: newOwn(rate)}
	begun := time.Now()
	ctx, cancel := context.WithDeadline(t.Context(), begun.Add(20*time.Second))
	defer cancel()
	var mu sync.Mutex
	var sent []time.Time
	for i := range 2 {
		p := NewSharedPace(shared, rate, slog.New(slog.DiscardHandler))
		for range 2 {
			class := []sangkien.ReplyClass{sangkien.ClassReply, sangkien.ClassBulk}[i]
			go func() {
				for {
					if _, ok := await(ctx, p, class, sangkien.Address{Chat: "1"}, time.Minute); !ok {
						return
					}
					mu.Lock()
					sent = append(sent, time.Now())
					mu.Unlock()
				}
			}()
		}
	}
	for ctx.Err() == nil {
		Sleep(ctx, time.Duration(2000+r.IntN(3000))*time.Millisecond)
		shared.mu.Lock()
		shared.away = !shared.away
		shared.mu.Unlock()
	}
	synctest.Wait()
	for i := range max(0, len(sent)-30) {
		if gap := sent[i+30].Sub(sent[i]); gap < time.Second {
			t.Errorf("31 messages within %v, after %v", gap, sent[i].Sub(begun))
			return
		}
	}
	if len(sent) < 100 {
		t.Errorf("%d messages in 20 s", len(sent))
	}
}
