package storage

import (
	"context"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Work is what the store did for a caller.
type Work struct {
	Query        string // of a read, with placeholders only; "" for a change
	Begun, Ended time.Time
	Group        int // changes that shared the transaction of a change
	Err          error
}

// Observer sees what the store does. It must not block.
type Observer struct {
	// Done is told of each read, and of each transaction that a caller's change was in, with the caller's context.
	Done func(context.Context, Work)
	// Trace is what replies that are committed with a context carry, so that their sending can be seen as a part of what
	// brought them about; "" for nothing.
	Trace func(context.Context) string
}

// Observed lets the store be watched. A store that is not costs nothing for it.
func Observed(o Observer) Option { return func(s *Store) { s.observer = &o } }

// reading begins a read. What it returns ends it.
func (s *Store) reading(ctx context.Context, query string) func(error) {
	if s.observer == nil {
		return unwatched
	}
	begun := time.Now()
	return func(err error) {
		s.observer.Done(ctx, Work{Query: query, Begun: begun, Ended: time.Now(), Err: err})
	}
}

func unwatched(error) {}

// changedBy tells of a change that has ended. One that never began has nothing to tell.
func (s *Store) changedBy(w *work, err error) {
	if s.observer != nil && !w.begun.IsZero() {
		s.observer.Done(w.ctx, Work{Begun: w.begun, Ended: time.Now(), Group: w.group, Err: err})
	}
}

// traced lets replies carry what their context is a part of.
func (s *Store) traced(ctx context.Context, replies []sangkien.Reply) []sangkien.Reply {
	if s.observer == nil || len(replies) == 0 {
		return replies
	}
	mark := s.observer.Trace(ctx)
	if mark == "" {
		return replies
	}
	marked := make([]sangkien.Reply, len(replies)) // the caller's stay as they are
	for i, r := range replies {
		r.Trace = mark
		marked[i] = r
	}
	return marked
}
