package main

import (
	"context"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/handlers"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/scheduler"
	"github.com/sangkien/sangkien/seed"
	"github.com/sangkien/sangkien/storage"
)

// reminderTasks is what falls due of campaigns and of people's own ideas.
func (a *app) reminderTasks() []scheduler.Task {
	return []scheduler.Task{
		scheduler.Remind(a.store, newID, locale.NewSpeaker(a.config.zone).When),
		scheduler.NudgeDrafts(a.speaking(), handlers.GoOnButtons),
		scheduler.RemindSupplements(a.speaking(), handlers.SupplementButtons),
	}
}

// speaking is the store for those who speak unasked: what they offer can be typed as well as pressed.
func (a *app) speaking() speaking { return speaking{a.store, a.dispatcher} }

type speaking struct {
	*storage.Store
	dispatcher *handlers.Dispatcher
}

// Commit implements the interfaces of scheduler.
func (s speaking) Commit(ctx context.Context, c sangkien.Commit) (sangkien.Facts, error) {
	c.Replies = s.dispatcher.Typed(c.Replies)
	return s.Store.Commit(ctx, c)
}

// firstReminders gives each campaign without rules those that campaigns have if nobody says otherwise.
func firstReminders(ctx context.Context, store *storage.Store, now time.Time) error {
	campaigns, err := store.Campaigns(ctx)
	if err != nil {
		return err
	}
	rules, err := store.Reminders(ctx)
	if err != nil {
		return err
	}
	has := map[int64]bool{}
	for _, r := range rules {
		has[r.Campaign] = true
	}
	for _, c := range campaigns {
		if has[c.ID] || c.WindowAt(now) == sangkien.Closed {
			continue
		}
		var effects []sangkien.Effect
		for _, r := range seed.Reminders(c.ID, newID) {
			saved, err := r.Set(now)
			if err != nil {
				return fmt.Errorf("first reminders: %w", err)
			}
			effects = append(effects, saved)
		}
		if _, err := store.Commit(ctx, sangkien.Commit{Key: fmt.Sprint("seed:reminders:", c.ID), At: now, Effects: effects}); err != nil {
			return err
		}
	}
	return nil
}

type remindersCmd struct {
	List remindersListCmd `cmd:"" help:"List what will be sent next, before anything is sent."`
}

type remindersListCmd struct {
	Days int `default:"60" help:"So many days ahead."`
}

// Run prints the next occurrences of all campaigns.
func (l remindersListCmd) Run(ctx context.Context, c *Config, s *streams) error {
	return withStore(ctx, c, func(store *storage.Store) error {
		campaigns, err := store.Campaigns(ctx)
		if err != nil {
			return err
		}
		rules, err := store.Reminders(ctx)
		if err != nil {
			return err
		}
		units, err := store.Units(ctx)
		if err != nil {
			return err
		}
		now, say := time.Now().In(c.zone), locale.NewSpeaker(c.zone)
		printed := 0
		for _, campaign := range campaigns {
			for _, o := range sangkien.Coming(of(rules, campaign.ID), campaign, sangkien.NewTree(units), scheduler.NextCron, now, now.AddDate(0, 0, l.Days)) {
				for _, r := range of(rules, campaign.ID) {
					if r.ID == o.Reminder {
						printed++
						fmt.Fprintf(s.out, "%s  %s: %s\n", say.When(o.At, sangkien.Vietnamese), campaign.Title.VI, r.Title.VI)
					}
				}
			}
		}
		if printed == 0 {
			fmt.Fprintf(s.out, "Nothing will be sent in the next %d days. A campaign without a closing date reminds of nothing.\n", l.Days)
		}
		return nil
	})
}

func of(rules []sangkien.Reminder, campaign int64) []sangkien.Reminder {
	var mine []sangkien.Reminder
	for _, r := range rules {
		if r.Campaign == campaign {
			mine = append(mine, r)
		}
	}
	return mine
}
