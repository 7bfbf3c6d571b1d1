package bot

import (
	"context"
	"log/slog"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Shared is a pace that all replicas keep together; storage/redis has one. What keeps it may fail.
type Shared interface {
	Pace
	// Resume says that this replica has sent by itself, and will until so long from now: until one window later nothing
	// is granted to anyone.
	Resume(ctx context.Context, until time.Duration) error
	// Replicas is how many had sent lately, by the last answer; 0 before the first.
	Replicas() int
}

const (
	// askAgain is how long after a failure the shared pace is asked again. It is shorter than a window, so that those
	// who still send by themselves have come back before the first of them is granted anything.
	askAgain = 500 * time.Millisecond
	// fewestReplicas is how many senders a replica counts on that saw fewer: one that was silent may begin at any time,
	// and half of the rate for a while is better than a bot that the platform stops.
	fewestReplicas = 2
	// unknownReplicas is how many it counts on that saw none, because it was started while the shared pace was away.
	unknownReplicas = 4
)

// together keeps the shared pace while that answers, and else this replica's share of it.
type together struct {
	shared Shared
	rate   Rate
	own    *own
	logger *slog.Logger

	mu    sync.Mutex
	down  bool
	again time.Time // when the shared pace is asked next
	last  time.Time // the last moment that was granted here; it may be to come
}

// NewSharedPace returns the pace of a process that sends beside others. While what they share does not answer it sends
// at its share of the rate: the platform's patience is kept, and people are answered. It fails only when ctx ends.
func NewSharedPace(shared Shared, r Rate, logger *slog.Logger) Pace {
	t := &together{shared: shared, rate: r, own: newOwn(r), logger: logger}
	t.own.soon = askAgain / 2 // who sleeps until its moment does not hear that the others are together again
	return t
}

// Take takes the moment for one message.
func (t *together) Take(ctx context.Context, class sangkien.ReplyClass, chat sangkien.Address) (time.Duration, bool, error) {
	if t.up(ctx) {
		wait, taken, err := t.shared.Take(ctx, class, chat)
		if err == nil || ctx.Err() != nil {
			t.granted(wait, taken)
			return wait, taken, err
		}
		t.failed(err)
	}
	wait, taken, err := t.own.Take(ctx, class, chat)
	if t.granted(wait, taken); !taken {
		wait = min(wait, askAgain)
	}
	return wait, taken, err
}

func (t *together) granted(wait time.Duration, taken bool) {
	if taken {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.last = later(t.last, time.Now().Add(wait))
	}
}

// Free is how many bulk messages could be sent now.
func (t *together) Free(ctx context.Context, most int) (int, time.Duration, error) {
	if t.up(ctx) {
		n, wait, err := t.shared.Free(ctx, most)
		if err == nil || ctx.Err() != nil {
			return n, wait, err
		}
		t.failed(err)
	}
	n, wait, err := t.own.Free(ctx, most)
	return n, min(wait, askAgain), err
}

// Hold stops a chat here, and everywhere if the others can be told.
func (t *together) Hold(ctx context.Context, chat sangkien.Address, d time.Duration) error {
	_ = t.own.Hold(ctx, chat, d) // it never fails
	if t.up(ctx) {
		if err := t.shared.Hold(ctx, chat, d); err != nil && ctx.Err() == nil {
			t.failed(err)
		}
	}
	return ctx.Err()
}

// up tells whether the shared pace is to be asked. When it was away for a while one caller tries it.
func (t *together) up(ctx context.Context) bool {
	t.mu.Lock()
	now := time.Now()
	if !t.down || now.Before(t.again) {
		defer t.mu.Unlock()
		return !t.down
	}
	t.again = now.Add(time.Hour) // this caller tries, the others go on
	until := max(0, t.last.Sub(now))
	t.mu.Unlock()
	err := t.shared.Resume(ctx, until)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.again = time.Now().Add(askAgain); err != nil {
		return false
	}
	t.down = false
	t.logger.Info("the shared pace answers again")
	return true
}

func (t *together) failed(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.down {
		return
	}
	t.down, t.again = true, time.Now().Add(askAgain)
	n := max(t.shared.Replicas(), fewestReplicas)
	if t.shared.Replicas() == 0 {
		n = unknownReplicas
	}
	t.own.begin(t.rate.Global/float64(n), later(t.last, time.Now()))
	t.logger.Warn("the shared pace does not answer: sending at a share of the rate", "share", 1/float64(n), "error", err)
}
