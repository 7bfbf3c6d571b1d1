package sangkien

import "time"

// Move is one change of an idea's state, as it is kept for ever: who, when and why.
type Move struct {
	From   State
	To     State
	Actor  int64
	Reason string
	Number string // of the decision, or of the letter
	Due    time.Time
	Undo   bool // it took the move before it back
	At     time.Time
}

// UndoWindow is how long an organiser's move can be taken back.
const UndoWindow = 10 * time.Minute

// Undo returns the effect that takes back the last of the idea's moves, which are in order. It returns ECONFLICT when
// that is not the move of an organiser, was undone or is older than UndoWindow, and EFORBIDDEN when the actor may not.
func (i Idea) Undo(history []Move, actor Viewer, now time.Time) (IdeaMoved, error) {
	if len(history) == 0 {
		return IdeaMoved{}, Errorf(ECONFLICT, "idea %d was never moved", i.ID)
	}
	last := history[len(history)-1]
	action := moves[last.From][last.To]
	switch {
	case last.To != i.State || last.Undo || action != ActHandle && action != ActDecide:
		return IdeaMoved{}, Errorf(ECONFLICT, "idea %d has no move to take back", i.ID)
	case now.Sub(last.At) > UndoWindow:
		return IdeaMoved{}, Errorf(ECONFLICT, "the move of idea %d was %s ago", i.ID, now.Sub(last.At))
	case !actor.May(action, i.Object()):
		return IdeaMoved{}, Errorf(EFORBIDDEN, "member %d may not take back the move of idea %d", actor.Member.ID, i.ID)
	}
	undone := IdeaMoved{Idea: i.ID, From: i.State, To: last.From, Actor: actor.Member.ID, Undo: true, At: now}
	for _, m := range history {
		if last.From == NeedsSupplement && m.To == NeedsSupplement {
			undone.Due = m.Due // what was asked for is waited for again, until the same day
		}
	}
	return undone, nil
}

// Outcomes are the states that a decision can bring.
func Outcomes() []State { return []State{Recognised, NotRecognised, Excluded} }

// Decided tells whether the state is an outcome.
func (s State) Decided() bool { return s == Recognised || s == NotRecognised || s == Excluded }

// Decision is what was decided about an idea. A held one is known at the desk only, until it is released:
// so all authors of a round can hear at the same time.
type Decision struct {
	Idea    int64
	Outcome State
	Reason  string
	Number  string // of the written decision, may be empty
	Actor   int64
	At      time.Time
}

// DecisionHeld keeps a decision that is not told yet; a second one of an idea is a conflict.
type DecisionHeld struct{ Decision Decision }

// DecisionDropped takes a held decision away before it was told.
type DecisionDropped struct {
	Idea  int64
	Actor int64
	At    time.Time
}

func (DecisionHeld) effect()    {}
func (DecisionDropped) effect() {}

// Decide returns the move that a decision is. It returns EINVALID for no outcome, and what Move returns.
func (i Idea) Decide(d Decision, actor Viewer, now time.Time) (IdeaMoved, error) {
	if !d.Outcome.Decided() {
		return IdeaMoved{}, Errorf(EINVALID, "%s is no outcome", d.Outcome)
	}
	moved, err := i.Move(d.Outcome, actor, d.Reason, now)
	moved.Number = d.Number
	return moved, err
}

// Release returns the move that tells a held decision. It returns what Decide returns.
func (i Idea) Release(d Decision, actor Viewer, now time.Time) (IdeaMoved, error) {
	moved, err := i.Decide(d, actor, now)
	moved.Held = true
	return moved, err
}

// Hold returns the effect that keeps a decision for later. Whoever could not decide now cannot hold either.
func (i Idea) Hold(d Decision, actor Viewer, now time.Time) (DecisionHeld, error) {
	if _, err := i.Decide(d, actor, now); err != nil {
		return DecisionHeld{}, err
	}
	d.Idea, d.Actor, d.At = i.ID, actor.Member.ID, now
	return DecisionHeld{Decision: d}, nil
}

// Unhold returns the effect that takes a held decision away. It returns EFORBIDDEN when the actor may not.
func (i Idea) Unhold(actor Viewer, now time.Time) (DecisionDropped, error) {
	if !actor.May(ActDecide, i.Object()) {
		return DecisionDropped{}, Errorf(EFORBIDDEN, "member %d may not drop the decision on idea %d", actor.Member.ID, i.ID)
	}
	return DecisionDropped{Idea: i.ID, Actor: actor.Member.ID, At: now}, nil
}

// AskSupplement returns the move that asks the author for more, until due (zero: no date).
func (i Idea) AskSupplement(what string, due time.Time, actor Viewer, now time.Time) (IdeaMoved, error) {
	moved, err := i.Move(NeedsSupplement, actor, what, now)
	moved.Due = due
	return moved, err
}
