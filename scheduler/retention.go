package scheduler

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Archive is what keeping and deleting in time needs; storage is one.
type Archive interface {
	IdleDrafts(ctx context.Context, from, to time.Time) ([]sangkien.Idea, error)
	DecidedBefore(ctx context.Context, before time.Time) ([]sangkien.Idea, error)
	Form(ctx context.Context, campaign int64, version int) (sangkien.Form, error)
	OpenRequests(ctx context.Context, before time.Time) ([]sangkien.DataRequest, error)
	Staff(context.Context) ([]sangkien.Member, error)
	Units(context.Context) ([]sangkien.Unit, error)
	Member(ctx context.Context, id int64) (sangkien.Member, error)
	Reach(ctx context.Context, member int64) (to sangkien.Address, ok bool, err error)
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// Retain is the task that warns authors of drafts that are about to go, deletes those that nobody touched, and
// takes the author out of what was decided long ago. It runs by day, for it tells people.
func Retain(a Archive, policy sangkien.Retention) Task {
	return Task{Name: "retention", Spec: "23 9 * * *", Do: func(ctx context.Context, now time.Time) error {
		return errors.Join(warnDrafts(ctx, a, policy, now), expireDrafts(ctx, a, policy, now), anonymise(ctx, a, policy, now))
	}}
}

// warnDrafts tells an author once: the key of a warning is kept for longer than the few days in which it is due.
func warnDrafts(ctx context.Context, a Archive, policy sangkien.Retention, now time.Time) error {
	due := now.Add(policy.Warning - policy.Drafts)
	drafts, err := a.IdleDrafts(ctx, due.AddDate(0, 0, -3), due)
	if err != nil {
		return err
	}
	for _, d := range drafts {
		to, ok, err := a.Reach(ctx, d.Author)
		if err != nil {
			return err
		}
		author, err := a.Member(ctx, d.Author)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		r := sangkien.Reply{To: to, Language: author.Language, Class: sangkien.ClassNotice, After: sangkien.Quiet(now),
			Lines: []sangkien.Line{sangkien.Say("data.draft_warning", sangkien.With("title", d.Title()))}}
		if err := commit(ctx, a, "draft-warning:"+strconv.FormatInt(d.ID, 10), now, nil, r); err != nil {
			return err
		}
	}
	return nil
}

func expireDrafts(ctx context.Context, a Archive, policy sangkien.Retention, now time.Time) error {
	drafts, err := a.IdleDrafts(ctx, time.UnixMilli(0), now.Add(-policy.Drafts))
	if err != nil {
		return err
	}
	for _, d := range drafts {
		gone, err := d.Expire()
		if err != nil {
			return err
		}
		if err := commit(ctx, a, "draft-expired:"+strconv.FormatInt(d.ID, 10), now, gone); err != nil {
			return err
		}
	}
	return nil
}

func anonymise(ctx context.Context, a Archive, policy sangkien.Retention, now time.Time) error {
	old, err := a.DecidedBefore(ctx, now.Add(-policy.Decided))
	if err != nil {
		return err
	}
	for _, i := range old {
		form, err := a.Form(ctx, i.Campaign, i.FormVersion)
		if err != nil {
			return err
		}
		if err := commit(ctx, a, "anonymised:"+strconv.FormatInt(i.ID, 10), now, i.Anonymise(form, now)); err != nil {
			return err
		}
	}
	return nil
}

// dueSoon is how long before its legal due date a request is brought to mind, each morning.
const dueSoon = 2 * 24 * time.Hour

// RemindRequests is the task that tells administrators of requests about personal data that they see to and that
// are nearly due.
func RemindRequests(a Archive) Task {
	return Task{Name: "data requests", Spec: "3 8 * * 1-5", Do: func(ctx context.Context, now time.Time) error {
		due, err := a.OpenRequests(ctx, now.Add(dueSoon))
		if err != nil || len(due) == 0 {
			return err
		}
		staff, err := a.Staff(ctx)
		if err != nil {
			return err
		}
		units, err := a.Units(ctx)
		if err != nil {
			return err
		}
		tree := sangkien.NewTree(units)
		for _, m := range staff {
			to, ok, err := a.Reach(ctx, m.ID)
			if err != nil {
				return err
			}
			due := sangkien.Viewer{Member: m, Tree: tree}.Requests(due)
			if !ok || len(due) == 0 {
				continue
			}
			r := sangkien.Reply{To: to, Language: m.Language, Class: sangkien.ClassNotice, Lines: []sangkien.Line{
				sangkien.Say("data.reminder", sangkien.With("n", strconv.Itoa(len(due))), sangkien.WithTime("due", due[0].Due))}}
			if err := commit(ctx, a, fmt.Sprintf("data-reminder:%s:%d", now.Format(time.DateOnly), m.ID), now, nil, r); err != nil {
				return err
			}
		}
		return nil
	}}
}

// committer writes the world; storage is one.
type committer interface {
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// commit writes one change once. That the world moved on meanwhile, or another replica was first, is left to the
// next time.
func commit(ctx context.Context, s committer, key string, now time.Time, e sangkien.Effect, replies ...sangkien.Reply) error {
	c := sangkien.Commit{Key: key, At: now, Replies: replies}
	if e != nil {
		c.Effects = []sangkien.Effect{e}
	}
	_, err := s.Commit(ctx, c)
	if sangkien.CodeOf(err) == sangkien.ECONFLICT {
		return nil
	}
	return err
}
