package sangkien

import "time"

// State is where an idea stands in its life. The set is closed; moves has every change that exists.
type State string

const (
	Draft           State = "draft"
	Submitted       State = "submitted"
	Received        State = "received"
	NeedsSupplement State = "needs_supplement"
	UnderAppraisal  State = "under_appraisal"
	Recognised      State = "recognised"
	NotRecognised   State = "not_recognised"
	Excluded        State = "excluded" // already recognised at a higher level
	Withdrawn       State = "withdrawn"
)

// moves is the whole life of an idea: from each state, where it can go and by which action.
var moves = map[State]map[State]Action{
	Draft:           {Submitted: ActOwnIdea},
	Submitted:       {Received: ActHandle, NeedsSupplement: ActHandle, Withdrawn: ActOwnIdea},
	Received:        {NeedsSupplement: ActHandle, UnderAppraisal: ActHandle, Excluded: ActDecide, Withdrawn: ActOwnIdea},
	NeedsSupplement: {Submitted: ActOwnIdea, Received: ActHandle, Withdrawn: ActOwnIdea}, // received: nobody waits for ever
	UnderAppraisal:  {Recognised: ActDecide, NotRecognised: ActDecide, Excluded: ActDecide, Withdrawn: ActOwnIdea},
}

// States lists every state, in the order of an idea's life.
func States() []State {
	return []State{Draft, Submitted, Received, NeedsSupplement, UnderAppraisal, Recognised, NotRecognised, Excluded, Withdrawn}
}

// Idea is what a member submits: one idea or initiative of a campaign.
type Idea struct {
	ID          int64
	Campaign    int64
	Author      int64  // the member whose it is
	EnteredBy   int64  // the organiser who wrote it down for them; 0: the author did
	Dossier     int64  // the unit's envelope; 0 until there is one
	Code        string // what a member quotes; "" for a draft
	State       State
	FormVersion int   // the version of the campaign's form that it was begun under
	Unit        int64 // as it was on the day of submission
	UnitText    string
	Created     time.Time
	Updated     time.Time
	SubmittedAt time.Time
	Due         time.Time // until when a supplement is asked for; zero for none
	Answers     Answers
	Attachments []Attachment
}

// Move returns the effect that brings the idea to a state. It returns EFORBIDDEN when the actor may not,
// and ECONFLICT when the idea's life has no such step from where it stands.
func (i Idea) Move(to State, actor Viewer, reason string, now time.Time) (IdeaMoved, error) {
	action, exists := moves[i.State][to]
	if !exists {
		return IdeaMoved{}, Errorf(ECONFLICT, "an idea that is %s cannot become %s", i.State, to)
	}
	if !actor.May(action, i.Object()) {
		return IdeaMoved{}, Errorf(EFORBIDDEN, "member %d may not move idea %d to %s", actor.Member.ID, i.ID, to)
	}
	return IdeaMoved{Idea: i.ID, From: i.State, To: to, Actor: actor.Member.ID, Reason: reason, At: now}, nil
}

// Open tells whether its author can still change the answers: a draft, or one that needs a supplement.
func (i Idea) Open() bool { return i.State == Draft || i.State == NeedsSupplement }

// Title is the answer to the question KeyTitle, by which people know the idea; "" before it is given.
func (i Idea) Title() string { return i.Answers[KeyTitle].Value }

// Delete is the change that deletes a draft, for whose it is only. It returns EFORBIDDEN or ECONFLICT.
func (i Idea) Delete(actor Viewer) (DraftDeleted, error) {
	if !actor.May(ActOwnIdea, i.Object()) {
		return DraftDeleted{}, Errorf(EFORBIDDEN, "member %d may not delete idea %d", actor.Member.ID, i.ID)
	}
	if i.State != Draft {
		return DraftDeleted{}, Errorf(ECONFLICT, "idea %d is %s, no draft", i.ID, i.State)
	}
	return DraftDeleted{Idea: i.ID, Author: i.Author}, nil
}
