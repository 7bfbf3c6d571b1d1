package scheduler

import (
	"context"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Desk is what reminding people of what is theirs needs; storage is one.
type Desk interface {
	LeftDrafts(ctx context.Context, from, to time.Time) ([]sangkien.Idea, error)
	SupplementsDue(ctx context.Context, from, to time.Time) ([]sangkien.Idea, error)
	Campaigns(context.Context) ([]sangkien.Campaign, error)
	Units(context.Context) ([]sangkien.Unit, error)
	Member(ctx context.Context, id int64) (sangkien.Member, error)
	Reach(ctx context.Context, member int64) (to sangkien.Address, ok bool, err error)
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// Buttons are what a reminder about an idea offers.
type Buttons func(sangkien.Idea) [][]sangkien.Button

// NudgeDrafts is the task that tells authors once of the draft that they left a day ago, so long as it can be
// submitted. Then it is silent for ever.
func NudgeDrafts(d Desk, buttons Buttons) Task {
	return Task{Name: "drafts that were left", Spec: "*/10 * * * *", Do: func(ctx context.Context, now time.Time) error {
		drafts, err := d.LeftDrafts(ctx, now.Add(-sangkien.DraftForgot), now.Add(-sangkien.DraftLeft))
		if err != nil || len(drafts) == 0 {
			return err
		}
		open, err := openFor(ctx, d, now)
		if err != nil {
			return err
		}
		for _, i := range drafts {
			author, err := d.Member(ctx, i.Author)
			if err != nil {
				return err
			}
			say := func() sangkien.Line { return sangkien.Say("nudge.draft", titleOf(i)) }
			if !open(i.Campaign, author.Unit) {
				say = nil // nothing to be done about it: silence
			}
			if err := tellOnce(ctx, d, fmt.Sprintf("nudge:%d", i.ID), i, author, i.Nudge(now), say, buttons, now); err != nil {
				return err
			}
		}
		return nil
	}}
}

// RemindSupplements is the task that tells authors two days before a supplement is due.
func RemindSupplements(d Desk, buttons Buttons) Task {
	return Task{Name: "supplements due", Spec: "*/10 * * * *", Do: func(ctx context.Context, now time.Time) error {
		ideas, err := d.SupplementsDue(ctx, now, now.Add(sangkien.SupplementDue))
		if err != nil {
			return err
		}
		for _, i := range ideas {
			author, err := d.Member(ctx, i.Author)
			if err != nil {
				return err
			}
			say := func() sangkien.Line {
				return sangkien.Say("nudge.supplement", sangkien.With("code", i.Code), titleOf(i), sangkien.WithTime("due", i.Due))
			}
			key := fmt.Sprintf("supplement-due:%d:%d", i.ID, i.Due.UnixMilli())
			if err := tellOnce(ctx, d, key, i, author, i.RemindDue(now), say, buttons, now); err != nil {
				return err
			}
		}
		return nil
	}}
}

// openFor tells which campaigns take ideas of whom.
func openFor(ctx context.Context, d Desk, now time.Time) (func(campaign, unit int64) bool, error) {
	campaigns, err := d.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	units, err := d.Units(ctx)
	if err != nil {
		return nil, err
	}
	tree := sangkien.NewTree(units)
	return func(campaign, unit int64) bool {
		for _, c := range campaigns {
			if c.ID == campaign {
				return c.In(unit, tree).WindowAt(now) == sangkien.Open
			}
		}
		return false
	}, nil
}

// tellOnce notes that the author was reminded, and reminds those who hear and can be reached.
func tellOnce(ctx context.Context, d Desk, key string, i sangkien.Idea, author sangkien.Member, e sangkien.Effect, say func() sangkien.Line, buttons Buttons, now time.Time) error {
	c := sangkien.Commit{Key: key, At: now, Effects: []sangkien.Effect{e}}
	to, ok, err := d.Reach(ctx, author.ID)
	if err != nil {
		return err
	}
	if ok && say != nil && author.Hears() {
		c.Replies = []sangkien.Reply{{To: to, Language: author.Language, Class: sangkien.ClassNotice, After: sangkien.Quiet(now),
			Lines: []sangkien.Line{say()}, Buttons: buttons(i)}}
	}
	_, err = d.Commit(ctx, c)
	if sangkien.CodeOf(err) == sangkien.ECONFLICT {
		return nil // it moved on, or another replica was first
	}
	return err
}

func titleOf(i sangkien.Idea) sangkien.Arg {
	if i.Title() == "" {
		return sangkien.WithKey("title", "idea.untitled")
	}
	return sangkien.With("title", i.Title())
}
