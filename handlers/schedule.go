package handlers

import (
	"slices"
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// waitsLong is how many working days an idea may wait to be received before the schedule names it.
const waitsLong = 5

// maxWaiting is how many of them are looked at.
const maxWaiting = 100

// due is one line of the schedule.
type due struct {
	at   time.Time
	line sangkien.Line
}

// schedule is /lich: what is due when, the next first.
func (t *turn) schedule(string) (outcome, error) {
	dates, err := t.campaignDates()
	if err != nil {
		return outcome{}, err
	}
	own, err := t.ownDates()
	if err != nil {
		return outcome{}, err
	}
	dates = append(dates, own...)
	slices.SortStableFunc(dates, func(a, b due) int { return a.at.Compare(b.at) })
	lines := []sangkien.Line{sangkien.Say("schedule.head")}
	for _, d := range dates {
		lines = append(lines, d.line)
	}
	desk, err := t.deskDates()
	if err != nil {
		return outcome{}, err
	}
	lines = append(lines, desk...)
	if len(lines) == 1 {
		lines = append(lines, sangkien.Say("schedule.none"))
	}
	return t.stay(t.say(lines, t.menu()...)), nil
}

// campaignDates is when campaigns open and close for the member's unit, and their further steps.
func (t *turn) campaignDates() ([]due, error) {
	all, err := t.d.catalogue.all(t.ctx)
	if err != nil {
		return nil, err
	}
	tree, err := t.d.catalogue.tree(t.ctx)
	var dates []due
	for _, c := range all {
		c = c.For(t.chat.Member.Unit, tree)
		for _, s := range c.Steps {
			if s.At.After(t.now) {
				dates = append(dates, t.due("schedule.step", s.At, sangkien.With("step", s.Name.In(t.lang)), sangkien.With("campaign", c.Title.In(t.lang))))
			}
		}
		name := sangkien.With("campaign", c.Title.In(t.lang))
		switch c.WindowAt(t.now) {
		case sangkien.NotYetOpen:
			dates = append(dates, t.due("schedule.opens", c.Opens, name))
		case sangkien.Open:
			if c.Closes.IsZero() {
				dates = append(dates, due{line: sangkien.Say("schedule.open", name)})
			} else {
				dates = append(dates, t.due("schedule.closes", c.Closes, name))
			}
		case sangkien.Closed:
		}
	}
	return dates, err
}

// due fills a sentence with a date and how far off it is.
func (t *turn) due(key string, at time.Time, args ...sangkien.Arg) due {
	days := sangkien.DaysUntil(t.now, at)
	left := sangkien.WithKey("left", "schedule.today")
	switch {
	case at.Before(t.now):
		left = sangkien.WithKey("left", "schedule.past")
	case days > 0:
		left = sangkien.WithKey("left", "schedule.left")
	}
	return due{at, sangkien.Say(key, append(args, sangkien.WithTime("at", at), left, sangkien.With("days", strconv.Itoa(days)))...)}
}

// ownDates is what the member's ideas wait for.
func (t *turn) ownDates() ([]due, error) {
	if len(t.before) > 0 {
		return nil, nil
	}
	ideas, err := t.d.Store.IdeasOf(t.ctx, t.chat.Member.ID)
	if err != nil {
		return nil, err
	}
	tree, err := t.d.catalogue.tree(t.ctx)
	var dates []due
	for _, i := range ideas {
		switch {
		case i.State == sangkien.NeedsSupplement && !i.Due.IsZero():
			dates = append(dates, t.due("schedule.supplement", i.Due, sangkien.With("code", i.Code), title(i)))
		case i.State == sangkien.Draft && len(i.Answers) > 0:
			c, err := t.d.catalogue.campaign(t.ctx, i.Campaign)
			if err != nil {
				return nil, err
			}
			if c = c.For(t.chat.Member.Unit, tree); !c.Closes.IsZero() && t.now.Before(c.Closes) {
				dates = append(dates, t.due("schedule.draft", c.Closes, title(i)))
			}
		}
	}
	return dates, err
}

// deskDates is what waits too long at the organiser's desk, ideas and letters, and which supplements are due.
func (t *turn) deskDates() ([]sangkien.Line, error) {
	v, err := t.viewer()
	if err != nil || !v.May(sangkien.ActOpenDesk, sangkien.Anything()) {
		return nil, err
	}
	var lines []sangkien.Line
	waiting, err := t.d.Store.IdeasIn(t.ctx, v.Scope(), sangkien.Submitted, 0, maxWaiting)
	if err != nil {
		return nil, err
	}
	late := 0
	for _, i := range waiting {
		if sangkien.WorkingDays(i.SubmittedAt.In(t.now.Location()), t.now) > waitsLong {
			late++
		}
	}
	if late > 0 {
		lines = append(lines, sangkien.Say("schedule.late", count(late)))
	}
	letters, err := t.d.Store.WaitingLetters(t.ctx, v.Scope(), 0, maxWaiting)
	if err != nil {
		return nil, err
	}
	late = 0
	for _, l := range letters {
		if sangkien.WorkingDays(l.Lines[len(l.Lines)-1].At.In(t.now.Location()), t.now) > answersWithin {
			late++
		}
	}
	if late > 0 {
		lines = append(lines, sangkien.Say("schedule.late_letters", count(late)))
	}
	asked, err := t.d.Store.IdeasIn(t.ctx, v.Scope(), sangkien.NeedsSupplement, 0, perPage)
	if err != nil {
		return nil, err
	}
	for _, i := range asked {
		if !i.Due.IsZero() {
			lines = append(lines, t.due("schedule.supplement", i.Due, sangkien.With("code", i.Code), title(i)).line)
		}
	}
	return lines, nil
}
