package scheduler

import (
	"context"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Newsroom is what gathering news needs; storage is one.
type Newsroom interface {
	DigestUntil(ctx context.Context, f sangkien.Frequency) (time.Time, error)
	DigestReaders(ctx context.Context, f sangkien.Frequency) ([]sangkien.Member, error)
	NewsBetween(ctx context.Context, from, to time.Time) ([]sangkien.Bulletin, error)
	Units(context.Context) ([]sangkien.Unit, error)
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// Digest is the task that gathers the news of a day or a week for those who want it so. It looks every few minutes:
// after a night in which nothing ran the digest comes late, and holds all that came since the last one.
func Digest(n Newsroom, f sangkien.Frequency, title sangkien.Text, newID func() int64) Task {
	return Task{Name: string(f) + " digest", Spec: "*/5 * * * *", Do: func(ctx context.Context, now time.Time) error {
		due := sangkien.DigestDue(f, now)
		from, err := n.DigestUntil(ctx, f)
		if err != nil || !from.Before(due) {
			return err
		}
		var effects []sangkien.Effect
		if !from.IsZero() { // the first time only says from when on
			planned, err := gather(ctx, n, f, title, newID, from, due, now)
			if err != nil {
				return err
			}
			for _, p := range planned {
				effects = append(effects, p)
			}
		}
		_, err = n.Commit(ctx, sangkien.Commit{Key: fmt.Sprintf("digest:%s:%d", f, due.UnixMilli()), At: now, Effects: append(effects, f.Made(from, due))})
		if sangkien.CodeOf(err) == sangkien.ECONFLICT {
			return nil // another replica was first
		}
		return err
	}}
}

func gather(ctx context.Context, n Newsroom, f sangkien.Frequency, title sangkien.Text, newID func() int64, from, to, now time.Time) ([]sangkien.BroadcastPlanned, error) {
	news, err := n.NewsBetween(ctx, from, to)
	if err != nil || len(news) == 0 {
		return nil, err
	}
	readers, err := n.DigestReaders(ctx, f)
	if err != nil {
		return nil, err
	}
	units, err := n.Units(ctx)
	if err != nil {
		return nil, err
	}
	return sangkien.Gather(f, news, readers, sangkien.NewTree(units), title, newID, now)
}
