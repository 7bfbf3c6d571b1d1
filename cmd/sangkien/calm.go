package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// mostAlike is how many warnings of the same words the log takes a minute. A full disk, or a store that is away, makes
// every update say the same; the log, on the same disk perhaps, shall not fill up with it.
const mostAlike = 20

// calm is a log that leaves out what was said mostAlike times within the minute, and says with the next how many were.
type calm struct {
	slog.Handler
	said *alike
}

// alike counts what was said, by its words.
type alike struct {
	mu    sync.Mutex
	now   func() time.Time
	since time.Time // when the minute began
	count map[string]int
	left  map[string]int // of the minute before
}

func newCalm(h slog.Handler, now func() time.Time) calm {
	return calm{h, &alike{now: now, count: map[string]int{}, left: map[string]int{}}}
}

// Handle implements slog.Handler.
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn {
		return c.Handler.Handle(ctx, r)
	}
	pass, left := c.said.take(r.Message)
	if !pass {
		return nil
	}
	if left > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("left_out_before", left))
	}
	return c.Handler.Handle(ctx, r)
}

// take tells whether a message passes, and how many of its kind were left out in the minute before.
func (a *alike) take(message string) (pass bool, left int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := a.now(); now.Sub(a.since) >= time.Minute {
		a.since = now
		clear(a.left)
		for m, n := range a.count {
			a.left[m] = n - mostAlike
		}
		clear(a.count)
	}
	a.count[message]++
	left = a.left[message]
	delete(a.left, message)
	return a.count[message] <= mostAlike, max(left, 0)
}

// WithAttrs implements slog.Handler.
func (c calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	return calm{c.Handler.WithAttrs(attrs), c.said}
}

// WithGroup implements slog.Handler.
func (c calm) WithGroup(name string) slog.Handler { return calm{c.Handler.WithGroup(name), c.said} }
