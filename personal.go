package sangkien

import (
	"slices"
	"time"
)

// DraftRest is how long a draft lies before its author is reminded of it, once.
const DraftRest = 24 * time.Hour

// DraftTimes is the time of the last answer of drafts that a rule reminds of at now: from and before. What lies for
// longer, back to late, is too late for it.
func (r Reminder) DraftTimes(now time.Time) (late, from, before time.Time) {
	late, before = r.Since, now.Add(-DraftRest)
	from = before.Add(-r.grace())
	if from.Before(late) {
		from = late
	}
	return late, from, before
}

// FireDrafts decides on drafts that were left, all at once: their authors hear of it, by day and so long as they can
// still submit. Drafts that were left too long ago are noted without a word. ok is false when there is nothing to do.
func (r Reminder) FireDrafts(drafts []Idea, tooLate bool, c Campaign, id int64, now time.Time) (e Effect, ok bool, err error) {
	if len(drafts) == 0 || r.Off || Quiet(now) > 0 && !tooLate {
		return nil, false, nil
	}
	o := Occasion{At: now, Date: c.Closes, Audience: r.Audience}
	if c.WindowAt(now) == Closed {
		o.Date = time.Time{}
		for _, x := range c.Extensions {
			if now.Before(x.Closes) {
				o.Audience.Units = append(slices.Clone(o.Audience.Units), x.Unit)
			}
		}
		tooLate = tooLate || len(o.Audience.Units) == 0
	}
	var all []Occurrence
	for _, d := range drafts {
		all = append(all, Occurrence{Reminder: r.ID, What: object("idea", d.ID), Missed: tooLate, Broadcast: id, Noted: now})
		if !slices.Contains(o.Audience.Members, d.Author) {
			o.Audience.Members = append(slices.Clone(o.Audience.Members), d.Author)
		}
	}
	if tooLate {
		for i := range all {
			all[i].Broadcast = 0
		}
		return ReminderMissed{Occurrences: all, Since: r.Since, At: now}, true, nil
	}
	planned, err := r.broadcast(o, c, id, now).Plan(now)
	return ReminderFired{Occurrences: all, Since: r.Since, Planned: planned, At: now}, true, err
}

// SupplementOccasion is when the author of an idea is reminded of its supplement; ok is false when there is no date,
// the time has not come, or the request is younger than that.
func (r Reminder) SupplementOccasion(i Idea, now time.Time) (o Occasion, ok bool) {
	if r.Off || i.State != NeedsSupplement || i.Due.IsZero() {
		return o, false
	}
	at := r.Timing.before(i.Due.In(now.Location()))
	o = Occasion{What: object("idea", i.ID), At: at, Date: i.Due, Audience: Audience{Members: []int64{i.Author}}, Code: i.Code}
	return o, !at.After(now) && !at.Before(r.Since) && at.After(i.Updated)
}
