package scheduler

import (
	"context"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Tidier forgets what nobody needs any more; storage is one.
type Tidier interface {
	Tidy(ctx context.Context, policy sangkien.Retention, now time.Time) error
}

// Tidy is the task that forgets what the policy says, at night.
func Tidy(t Tidier, policy sangkien.Retention) Task {
	return Task{Name: "tidy", Spec: "17 3 * * *", Do: func(ctx context.Context, now time.Time) error {
		return t.Tidy(ctx, policy, now)
	}}
}

// TidyFiles is the task that removes files that nobody needs at now, at night.
func TidyFiles(tidy func(ctx context.Context, now time.Time) error) Task {
	return Task{Name: "tidy files", Spec: "37 3 * * *", Do: tidy}
}
