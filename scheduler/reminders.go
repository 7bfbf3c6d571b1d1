package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/robfig/cron/v3"

	sangkien "github.com/sangkien/sangkien"
)

// Calendar is what reminding needs; storage is one.
type Calendar interface {
	Reminders(context.Context) ([]sangkien.Reminder, error)
	Noted(ctx context.Context, reminder int64) ([]sangkien.Occurrence, error)
	Campaigns(context.Context) ([]sangkien.Campaign, error)
	Units(context.Context) ([]sangkien.Unit, error)
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// NextCron returns the first time after a moment at which an expression of five fields falls; zero for one that never
// does or cannot be read.
func NextCron(expression string, after time.Time) time.Time {
	s, err := cron.ParseStandard(expression)
	if err != nil {
		return time.Time{}
	}
	return s.Next(after)
}

// CheckCron returns EINVALID for an expression that cannot be read, or falls more often than once a day: nobody is
// written to more often.
func CheckCron(expression string, now time.Time) error {
	s, err := cron.ParseStandard(expression)
	if err != nil {
		return sangkien.Errorf(sangkien.EINVALID, "%q: %v", expression, err)
	}
	t := s.Next(now)
	for range 40 {
		next := s.Next(t)
		if !next.IsZero() && next.Sub(t) < 20*time.Hour {
			return sangkien.Errorf(sangkien.EINVALID, "%q falls more often than once a day", expression)
		}
		t = next
	}
	return nil
}

// Remind is the task that sends reminders whose time has come, each once: late so long as its rule allows, and noted as
// missed after that. when writes a moment in words.
func Remind(c Calendar, newID func() int64, when func(time.Time, sangkien.Language) string) Task {
	return Task{Name: "reminders", Spec: "* * * * *", Do: func(ctx context.Context, now time.Time) error {
		reminders, err := c.Reminders(ctx)
		if err != nil || len(reminders) == 0 {
			return err
		}
		campaigns, err := c.Campaigns(ctx)
		if err != nil {
			return err
		}
		units, err := c.Units(ctx)
		if err != nil {
			return err
		}
		d := due{calendar: c, tree: sangkien.NewTree(units), newID: newID, when: when, now: now}
		var failed []error
		for _, r := range reminders {
			for _, campaign := range campaigns {
				if campaign.ID == r.Campaign {
					failed = append(failed, d.remind(ctx, r, campaign))
				}
			}
		}
		return errors.Join(failed...)
	}}
}

// due is one look at what is due.
type due struct {
	calendar Calendar
	tree     *sangkien.Tree
	newID    func() int64
	when     func(time.Time, sangkien.Language) string
	now      time.Time
}

func (d due) remind(ctx context.Context, r sangkien.Reminder, c sangkien.Campaign) error {
	noted, err := d.calendar.Noted(ctx, r.ID)
	if err != nil {
		return err
	}
	from := r.Created.Add(-time.Millisecond).In(d.now.Location())
	if r.Cron != "" && len(noted) > 0 && noted[len(noted)-1].At.After(from) {
		from = noted[len(noted)-1].At.In(d.now.Location()) // of an expression nothing lies before the last one
	}
	for _, o := range r.Occurrences(c, d.tree, NextCron, from, d.now) {
		if slices.ContainsFunc(noted, o.Same) {
			continue
		}
		effect, err := r.Decide(c, o, d.newID(), d.when, d.now)
		if err != nil {
			return fmt.Errorf("reminder %d: %w", r.ID, err)
		}
		_, err = d.calendar.Commit(ctx, sangkien.Commit{Key: fmt.Sprintf("reminder:%d:%d:%s", r.ID, o.At.UnixMilli(), o.Part), At: d.now, Effects: []sangkien.Effect{effect}})
		if err != nil && sangkien.CodeOf(err) != sangkien.ECONFLICT { // a conflict: another replica was first
			return err
		}
	}
	return nil
}
