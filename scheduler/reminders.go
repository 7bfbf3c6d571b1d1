package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	sangkien "github.com/sangkien/sangkien"
)

// Calendar is what reminders need; storage is one.
type Calendar interface {
	Campaigns(context.Context) ([]sangkien.Campaign, error)
	Units(context.Context) ([]sangkien.Unit, error)
	Reminders(context.Context) ([]sangkien.Reminder, error)
	Occurrences(ctx context.Context, reminder int64) ([]sangkien.Occurrence, error)
	DraftsLeft(ctx context.Context, r sangkien.Reminder, from, before time.Time) ([]sangkien.Idea, error)
	Supplements(ctx context.Context, campaign int64) ([]sangkien.Idea, error)
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// NextTime reads cron expressions of five fields; it is a sangkien.NextTime.
func NextTime(expression string, after time.Time) (time.Time, error) {
	schedule, err := cron.ParseStandard(expression)
	if err != nil {
		return time.Time{}, sangkien.Errorf(sangkien.EINVALID, "%q is no cron expression: %v", expression, err)
	}
	return schedule.Next(after), nil
}

// Remind is the task that lets the rules of campaigns fire, once a minute. newID makes the ids of broadcasts.
func Remind(s Calendar, newID func() int64) Task {
	return Task{Name: "reminders", Spec: "* * * * *", Do: func(ctx context.Context, now time.Time) error {
		return eachRule(ctx, s, func(r sangkien.Reminder, c sangkien.Campaign, tree *sangkien.Tree) error {
			past, err := s.Occurrences(ctx, r.ID)
			if err != nil {
				return err
			}
			due, err := r.Due(c, tree, past, NextTime, now)
			if err != nil {
				return err
			}
			return fire(ctx, s, r, c, due, newID, now)
		})
	}}
}

// RemindAuthors is the task that reminds single authors of a draft that they left and of a supplement that is due,
// once an hour.
func RemindAuthors(s Calendar, newID func() int64) Task {
	return Task{Name: "reminders of authors", Spec: "11 * * * *", Do: func(ctx context.Context, now time.Time) error {
		return eachRule(ctx, s, func(r sangkien.Reminder, c sangkien.Campaign, _ *sangkien.Tree) error {
			switch r.Timing.Event {
			case sangkien.EventDraftLeft:
				return remindDrafts(ctx, s, r, c, newID, now)
			case sangkien.EventSupplementDue:
				return remindSupplements(ctx, s, r, c, newID, now)
			}
			return nil
		})
	}}
}

// eachRule does something for every rule that is on. One that fails does not keep the others from it.
func eachRule(ctx context.Context, s Calendar, do func(sangkien.Reminder, sangkien.Campaign, *sangkien.Tree) error) error {
	rules, err := s.Reminders(ctx)
	if err != nil {
		return err
	}
	campaigns, err := s.Campaigns(ctx)
	if err != nil {
		return err
	}
	units, err := s.Units(ctx)
	if err != nil {
		return err
	}
	tree, byID := sangkien.NewTree(units), map[int64]sangkien.Campaign{}
	for _, c := range campaigns {
		byID[c.ID] = c
	}
	var failed []error
	for _, r := range rules {
		if r.Off {
			continue
		}
		if err := do(r, byID[r.Campaign], tree); err != nil {
			failed = append(failed, fmt.Errorf("reminder %d: %w", r.ID, err))
		}
	}
	return errors.Join(failed...)
}

// fire commits what is decided on each occasion. That another replica was first is no error.
func fire(ctx context.Context, s Calendar, r sangkien.Reminder, c sangkien.Campaign, due []sangkien.Occasion, newID func() int64, now time.Time) error {
	for _, o := range due {
		e, err := r.Fire(o, c, newID(), now)
		if err != nil {
			return err
		}
		if err := commit(ctx, s, fmt.Sprintf("reminder:%d:%s:%d", r.ID, o.What, o.At.UnixMilli()), now, e); err != nil {
			return err
		}
	}
	return nil
}

func remindDrafts(ctx context.Context, s Calendar, r sangkien.Reminder, c sangkien.Campaign, newID func() int64, now time.Time) error {
	late, from, before := r.DraftTimes(now)
	for _, window := range []struct {
		from, before time.Time
		tooLate      bool
	}{{late, from, true}, {from, before, false}} {
		drafts, err := s.DraftsLeft(ctx, r, window.from, window.before)
		if err != nil {
			return err
		}
		id := newID()
		e, ok, err := r.FireDrafts(drafts, window.tooLate, c, id, now)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := commit(ctx, s, fmt.Sprintf("reminder:%d:drafts:%d", r.ID, id), now, e); err != nil {
			return err
		}
	}
	return nil
}

func remindSupplements(ctx context.Context, s Calendar, r sangkien.Reminder, c sangkien.Campaign, newID func() int64, now time.Time) error {
	ideas, err := s.Supplements(ctx, c.ID)
	if err != nil {
		return err
	}
	past, err := s.Occurrences(ctx, r.ID)
	if err != nil {
		return err
	}
	type occasion struct {
		what string
		at   int64
	}
	noted := map[occasion]bool{}
	for _, o := range past {
		noted[occasion{o.What, o.At.UnixMilli()}] = true
	}
	var due []sangkien.Occasion
	for _, i := range ideas {
		if o, ok := r.SupplementOccasion(i, now); ok && !noted[occasion{o.What, o.At.UnixMilli()}] {
			due = append(due, o)
		}
	}
	return fire(ctx, s, r, c, due, newID, now)
}
