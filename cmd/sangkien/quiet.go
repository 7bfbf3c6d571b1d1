package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// sayAway says once that the database went away, and once that it is back.
func sayAway(logger *slog.Logger) func(error) {
	var since atomic.Pointer[time.Time]
	return func(err error) {
		now := time.Now()
		if err != nil {
			since.Store(&now)
			logger.Error("the database is away: nothing is confirmed until it is back, and platforms keep what they bring", "error", err)
			return
		}
		if begun := since.Load(); begun != nil {
			logger.Info("the database is back", "after", now.Sub(*begun).Round(time.Millisecond))
		}
	}
}

// quiet is a log without what a store that is away makes everyone say who asks it: that it is away is said already.
type quiet struct{ slog.Handler }

// Handle implements slog.Handler.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	said := false
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		said = ok && sangkien.CodeOf(err) == sangkien.EUNAVAILABLE
		return !said
	})
	if said {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
