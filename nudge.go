package sangkien

import "time"

// When people are reminded of what is theirs, once each.
const (
	DraftLeft     = 24 * time.Hour     // a draft that nobody wrote at for so long
	DraftForgot   = 7 * 24 * time.Hour // and not one that was left before this was looked at
	SupplementDue = 2 * 24 * time.Hour // before the date until which a supplement is asked for
)

// DraftNudged notes that an author was told of the draft that they left. A second time is a conflict.
type DraftNudged struct {
	Idea int64
	At   time.Time
}

// SupplementReminded notes that an author was told that a supplement is due soon. A second time for the same date is a
// conflict.
type SupplementReminded struct {
	Idea int64
	Due  time.Time
	At   time.Time
}

func (DraftNudged) effect()        {}
func (SupplementReminded) effect() {}

// Nudge is the change that notes that the author was told of the draft.
func (i Idea) Nudge(now time.Time) DraftNudged { return DraftNudged{Idea: i.ID, At: now} }

// RemindDue is the change that notes that the author was told of the date.
func (i Idea) RemindDue(now time.Time) SupplementReminded {
	return SupplementReminded{Idea: i.ID, Due: i.Due, At: now}
}

// Hears tells whether the member may be told unasked about their own ideas: they agreed to that, and did not mute
// reminders.
func (m Member) Hears() bool {
	return m.Allows(PurposeProcess) && m.Topics[TopicReminders] != Never && !m.Erased
}
