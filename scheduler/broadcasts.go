package scheduler

import (
	"context"
	"errors"
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Broadcasts is what starting them needs; storage is one.
type Broadcasts interface {
	BroadcastsIn(context.Context, sangkien.BroadcastState) ([]sangkien.Broadcast, error)
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// StartDue is the task that starts the broadcasts whose time has come, once a minute. Whoever sends finds them
// running.
func StartDue(s Broadcasts) Task {
	return Task{Name: "start broadcasts", Spec: "* * * * *", Do: func(ctx context.Context, now time.Time) error {
		planned, err := s.BroadcastsIn(ctx, sangkien.BroadcastDue)
		if err != nil {
			return err
		}
		var failed []error
		for _, b := range planned {
			if b.Start.After(now) {
				break // the earliest come first
			}
			moved, err := b.Move(sangkien.BroadcastRunning, now)
			if err == nil {
				err = commit(ctx, s, "broadcast:start:"+strconv.FormatInt(b.ID, 10), now, moved)
			}
			failed = append(failed, err)
		}
		return errors.Join(failed...)
	}}
}
