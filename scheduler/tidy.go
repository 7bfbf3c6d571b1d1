package scheduler

import (
	"context"
	"time"
)

// Tidier forgets what nobody needs any more; storage is one.
type Tidier interface {
	Tidy(ctx context.Context, before time.Time) error
}

// keep is how long keys of updates and sent messages are kept: no platform delivers again after a day, and
// an operator may look back for a while.
const keep = 14 * 24 * time.Hour

// Tidy is the task that forgets old keys and sent messages, at night.
func Tidy(t Tidier) Task {
	return Task{Name: "tidy", Spec: "17 3 * * *", Do: func(ctx context.Context, now time.Time) error {
		return t.Tidy(ctx, now.Add(-keep))
	}}
}

// FileTidier forgets files that nobody fetches any more at now; storage.Files is one.
type FileTidier interface {
	Tidy(now time.Time) error
}

// TidyFiles is the task that removes what the program made for sending, at night.
func TidyFiles(t FileTidier) Task {
	return Task{Name: "tidy files", Spec: "37 3 * * *", Do: func(_ context.Context, now time.Time) error { return t.Tidy(now) }}
}
