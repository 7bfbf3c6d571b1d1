package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/seed"
)

// firstCampaign stores the ready-made campaign where there is none, and its first reminders for each that has none
// and has not closed.
func (a *app) firstCampaign(ctx context.Context) error {
	now := time.Now().In(a.config.zone)
	campaigns, err := a.store.Campaigns(ctx)
	if err != nil {
		return err
	}
	if len(campaigns) == 0 {
		c := seed.Campaign(now.Add(-time.Minute))
		saved, err := c.Save()
		if err != nil {
			return err
		}
		if _, err := a.store.Commit(ctx, sangkien.Commit{Key: "seed:campaign:1", At: now, Effects: []sangkien.Effect{saved}}); err != nil {
			return err
		}
		campaigns = append(campaigns, c)
	}
	rules, err := a.store.Reminders(ctx)
	if err != nil {
		return err
	}
	for _, c := range campaigns {
		has := slices.ContainsFunc(rules, func(r sangkien.Reminder) bool { return r.Campaign == c.ID })
		if has || c.AtLatest().WindowAt(now) == sangkien.Closed {
			continue
		}
		if err := a.firstReminders(ctx, c, now); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) firstReminders(ctx context.Context, c sangkien.Campaign, now time.Time) error {
	var effects []sangkien.Effect
	for _, r := range seed.Reminders(c.ID, newID, now) {
		saved, err := r.Save(now)
		if err != nil {
			return err
		}
		effects = append(effects, saved)
	}
	_, err := a.store.Commit(ctx, sangkien.Commit{Key: fmt.Sprint("seed:reminders:", c.ID), At: now, Effects: effects})
	return err
}
