// Package scheduler says what falls due. It sends nothing: each task reads and writes rows, and whoever sends
// finds them there. It imports the root only.
package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"
)

// Task is something to do at times. Do may run on several replicas at once and twice for the same time: it
// must not matter.
type Task struct {
	Name string
	Spec string // of robfig/cron, five fields or "@every 1h"
	Do   func(ctx context.Context, now time.Time) error
}

// Guard is do for a Task that does not end the program, and so all other tasks, whatever it meets.
func Guard(do func(context.Context, time.Time) error) func(context.Context, time.Time) error {
	return func(ctx context.Context, now time.Time) (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("panic: %v", r)
			}
		}()
		return do(ctx, now)
	}
}

// Run does the tasks at their times, in zone, until ctx ends; it returns when the last has ended.
func Run(ctx context.Context, zone *time.Location, tasks []Task, logger *slog.Logger) error {
	c := cron.New(cron.WithLocation(zone), cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger)))
	for _, t := range tasks {
		do := Guard(t.Do)
		_, err := c.AddFunc(t.Spec, func() {
			if err := do(ctx, time.Now().In(zone)); err != nil && ctx.Err() == nil {
				logger.ErrorContext(ctx, "scheduled task", "task", t.Name, "error", err)
			}
		})
		if err != nil {
			return fmt.Errorf("plan %s at %q: %w", t.Name, t.Spec, err)
		}
	}
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	return nil
}
