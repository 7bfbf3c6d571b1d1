package scheduler

import (
	"context"
	"log/slog"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

type tidier chan time.Time

func (t tidier) Tidy(_ context.Context, p sangkien.Retention, now time.Time) error {
	t <- now.Add(-p.Keys)
	return nil
}

func TestRunDoesTasksUntilTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	tidied, done := make(tidier), make(chan error)
	task := Tidy(tidied, sangkien.DefaultRetention())
	task.Spec = "@every 1s"
	go func() { done <- Run(ctx, time.UTC, []Task{task}, slog.New(slog.DiscardHandler)) }()
	if age := time.Since(<-tidied); age < sangkien.DefaultRetention().Keys || age > sangkien.DefaultRetention().Keys+time.Minute {
		t.Errorf("tidied what is older than %v", age)
	}
	cancel()
	for {
		select {
		case <-tidied:
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		}
	}
}

func TestRunRefusesANonsenseTime(t *testing.T) {
	t.Parallel()
	if err := Run(t.Context(), time.UTC, []Task{{Name: "x", Spec: "soon"}}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("“soon” was planned")
	}
}
