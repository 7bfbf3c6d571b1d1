package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Control is what telling how broadcasts go needs; storage is one.
type Control interface {
	Broadcasts(ctx context.Context, offset, limit int) ([]sangkien.Broadcast, error)
	BroadcastReasons(ctx context.Context, broadcast int64) ([]sangkien.ReasonCount, error)
	Reach(ctx context.Context, member int64) (to sangkien.Address, ok bool, err error)
	Member(ctx context.Context, id int64) (sangkien.Member, error)
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// How often a broadcast's message changes: every few seconds at the beginning, then once a minute; and for how long
// after its end.
const (
	lively  = 2 * time.Minute
	closing = 24 * time.Hour // the program, or the database, may be away just then
	watched = 50             // broadcasts that are looked at, the newest
)

// Progress is the task that lets the message about a broadcast, which its writer has, say how it stands, and tells them
// once when it is over. say makes the reply, without whom it is for.
func Progress(c Control, say func(sangkien.Broadcast, []sangkien.ReasonCount, time.Time) sangkien.Reply) Task {
	return Task{Name: "progress", Spec: "@every 5s", Do: func(ctx context.Context, now time.Time) error {
		all, err := c.Broadcasts(ctx, 0, watched)
		if err != nil {
			return err
		}
		for _, b := range all {
			if b.By != 0 && moving(b, now) {
				err = errors.Join(err, progress(ctx, c, b, say, now))
			}
		}
		return err
	}}
}

// moving tells whether there may be something new to say.
func moving(b sangkien.Broadcast, now time.Time) bool {
	switch b.State {
	case sangkien.BroadcastRunning, sangkien.BroadcastPaused:
		return now.Sub(b.Started) < lively || now.Second() < 5
	case sangkien.BroadcastDone, sangkien.BroadcastCancelled:
		return now.Sub(b.Ended) < lively || now.Second() < 5 && now.Sub(b.Ended) < closing
	case sangkien.BroadcastWaiting, sangkien.BroadcastDue:
	}
	return false
}

func progress(ctx context.Context, c Control, b sangkien.Broadcast, say func(sangkien.Broadcast, []sangkien.ReasonCount, time.Time) sangkien.Reply, now time.Time) error {
	to, ok, err := c.Reach(ctx, b.By)
	if err != nil || !ok {
		return err
	}
	writer, err := c.Member(ctx, b.By)
	if err != nil {
		return err
	}
	reasons, err := c.BroadcastReasons(ctx, b.ID)
	if err != nil {
		return err
	}
	r := say(b, reasons, now)
	r.To, r.Language, r.Class, r.Revises = to, writer.Language, sangkien.ClassNotice, true
	n := b.Counts
	key := fmt.Sprintf("progress:%d:%s:%d:%d:%d:%d", b.ID, b.State, n.Sent, n.Failed+n.Blocked, n.Skipped, n.Left())
	if err := commitOnce(ctx, c, key, now, r); err != nil {
		return err
	}
	if b.State != sangkien.BroadcastDone {
		return nil
	}
	r.Revises, r.Replaces, r.After = false, "", sangkien.Quiet(now)
	return commitOnce(ctx, c, fmt.Sprintf("broadcast-done:%d:%d", b.ID, b.Ended.UnixMilli()), now, r)
}

func commitOnce(ctx context.Context, c Control, key string, now time.Time, r sangkien.Reply) error {
	_, err := c.Commit(ctx, sangkien.Commit{Key: key, At: now, Replies: []sangkien.Reply{r}})
	return err
}
