package handlers

import (
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// The sheets of the desk, and the questions that the program reads from them.
const (
	sheetAsk       = "ask"
	sheetRecognise = "recognise"
	sheetRefuse    = "refuse"
	sheetExclude   = "exclude"

	keyWhat   = "what"   // what is asked for
	keyDays   = "days"   // within how many days, "d7"; "none"
	keyReason = "reason" // of a decision, or a word to the author
	keyNumber = "number" // of the written decision
	keyTell   = "tell"   // when the author hears: "wait", "now" or "hold"
)

var decisionSheets = map[sangkien.State]string{
	sangkien.Recognised: sheetRecognise, sangkien.NotRecognised: sheetRefuse, sangkien.Excluded: sheetExclude,
}

func deskSheets() []sheetKind {
	return []sheetKind{
		{sheetAsk, sangkien.ActHandle, aboutIdea, (*turn).finishAsk},
		{sheetRecognise, sangkien.ActDecide, aboutIdea, (*turn).finishDecision},
		{sheetRefuse, sangkien.ActDecide, aboutIdea, (*turn).finishDecision},
		{sheetExclude, sangkien.ActDecide, aboutIdea, (*turn).finishDecision},
	}
}

func (t *turn) receive(sangkien.Press) (outcome, error) { return t.moveOn(sangkien.Received) }
func (t *turn) forward(sangkien.Press) (outcome, error) { return t.moveOn(sangkien.UnderAppraisal) }

// moveOn brings the idea to a state that needs no words.
func (t *turn) moveOn(to sangkien.State) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	moved, err := t.idea.Move(to, v, "", t.now)
	if err != nil {
		return t.movedMeanwhile(t.idea)
	}
	return t.done("desk.done_"+string(to), moved, 0)
}

// done says what was done, that the author hears of it and when, and offers to take it back.
func (t *turn) done(key string, moved sangkien.IdeaMoved, wait time.Duration) (outcome, error) {
	o := t.stay(t.say([]sangkien.Line{sangkien.Say(key, sangkien.With("code", t.idea.Code), title(t.idea)), sangkien.Say("desk.undo")},
		[]sangkien.Button{t.button("button.undo", verbUndo, t.idea.ID, "")},
		[]sangkien.Button{t.button("button.open_idea", verbDeskIdea, t.idea.ID, ""), t.button("button.desk_back", verbDesk, 0, pageValue(moved.From, 0))}))
	o.effects, o.tell = []sangkien.Effect{moved}, wait
	return o, nil
}

// movedMeanwhile says that someone else was first, and shows where the idea stands now.
func (t *turn) movedMeanwhile(i sangkien.Idea) (outcome, error) {
	last, err := t.lastMove(i)
	if err != nil {
		return outcome{}, err
	}
	name, err := t.nameOf(last.Actor)
	if err != nil {
		return outcome{}, err
	}
	if last.Actor == i.Author {
		name = sangkien.WithKey("name", "desk.the_author")
	}
	key := "desk.meanwhile"
	if last.Actor == t.chat.Member.ID {
		key = "desk.already"
	}
	return t.deskIdea(i, sangkien.Say(key, sangkien.With("code", i.Code), name,
		sangkien.WithKey("state", "state."+string(i.State)), sangkien.WithTime("at", last.At)))
}

// heldMeanwhile says, if it is so, that someone decided already and holds the decision.
func (t *turn) heldMeanwhile() (o outcome, held bool, err error) {
	d, held, err := t.d.Store.Held(t.ctx, t.idea.ID)
	if err != nil || !held {
		return outcome{}, false, err
	}
	name, err := t.nameOf(d.Actor)
	if err != nil {
		return outcome{}, true, err
	}
	o, err = t.deskIdea(t.idea, sangkien.Say("desk.held_meanwhile", sangkien.With("code", t.idea.Code), name, sangkien.WithTime("at", d.At)))
	return o, true, err
}

// nameOf fills {name} with what a member is called.
func (t *turn) nameOf(member int64) (sangkien.Arg, error) {
	m, err := t.d.Store.Member(t.ctx, member)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND || err == nil && m.Name == "" {
		return sangkien.WithKey("name", "desk.someone"), nil
	}
	return sangkien.With("name", m.Name), err
}

func (t *turn) askSupplement(sangkien.Press) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	if _, err := t.idea.Move(sangkien.NeedsSupplement, v, "", t.now); err != nil {
		return t.movedMeanwhile(t.idea)
	}
	return t.openSheet(sheetAsk, t.idea.ID, nil, sangkien.Say("desk.about", sangkien.With("code", t.idea.Code), title(t.idea)))
}

func (t *turn) finishAsk(s sangkien.Sheet) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	moved, err := t.idea.AskSupplement(s.Answers[keyWhat].Value, dueIn(s.Answers[keyDays].Value, t.now), v, t.now)
	if err != nil {
		return t.movedMeanwhile(t.idea)
	}
	return t.done("desk.done_"+string(sangkien.NeedsSupplement), moved, 0)
}

// dueIn is the end of the day so many days from now: "d7" is a week; anything else is no date.
func dueIn(choice string, now time.Time) time.Time {
	if choice == "" || choice[0] != 'd' {
		return time.Time{}
	}
	days, err := strconv.Atoi(choice[1:])
	if err != nil {
		return time.Time{}
	}
	return time.Date(now.Year(), now.Month(), now.Day()+days, 23, 59, 59, 0, now.Location())
}

// beginDecision asks for what belongs to a decision.
func (t *turn) beginDecision(p sangkien.Press) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	outcomeState := sangkien.State(p.Value)
	sheet, ok := decisionSheets[outcomeState]
	if !ok {
		return t.latePress()
	}
	if o, held, err := t.heldMeanwhile(); err != nil || held {
		return o, err
	}
	if _, err := t.idea.Move(outcomeState, v, "", t.now); err != nil {
		return t.movedMeanwhile(t.idea)
	}
	return t.openSheet(sheet, t.idea.ID, nil, sangkien.Say("desk.about", sangkien.With("code", t.idea.Code), title(t.idea)))
}

// finishDecision decides: told after the time in which it can be undone, at once, or held.
func (t *turn) finishDecision(s sangkien.Sheet) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	if o, held, err := t.heldMeanwhile(); err != nil || held {
		return o, err
	}
	d := sangkien.Decision{Reason: s.Answers[keyReason].Value, Number: s.Answers[keyNumber].Value}
	for state, sheet := range decisionSheets {
		if sheet == s.Kind {
			d.Outcome = state
		}
	}
	if s.Answers[keyTell].Value == "hold" {
		return t.hold(d, v)
	}
	moved, err := t.idea.Decide(d, v, t.now)
	if err != nil {
		return t.movedMeanwhile(t.idea)
	}
	switch {
	case s.Answers[keyTell].Value == "now" && sangkien.Quiet(t.now) > 0:
		return t.done("desk.done_morning", moved, 0)
	case s.Answers[keyTell].Value == "now":
		return t.done("desk.done_now", moved, 0)
	}
	return t.done("desk.done_wait", moved, sangkien.UndoWindow)
}

func (t *turn) hold(d sangkien.Decision, v sangkien.Viewer) (outcome, error) {
	held, err := t.idea.Hold(d, v, t.now)
	if err != nil {
		return t.movedMeanwhile(t.idea)
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say("desk.done_hold", sangkien.With("code", t.idea.Code))},
		[]sangkien.Button{t.button("button.open_idea", verbDeskIdea, t.idea.ID, ""), t.button("button.desk", verbDesk, 0, "")}))
	o.effects = []sangkien.Effect{held}
	return o, nil
}

func (t *turn) unhold(sangkien.Press) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	_, held, err := t.d.Store.Held(t.ctx, t.idea.ID)
	if err != nil {
		return outcome{}, err
	}
	dropped, err := t.idea.Unhold(v, t.now)
	if err != nil || !held {
		return t.movedMeanwhile(t.idea)
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say("desk.unheld", sangkien.With("code", t.idea.Code))},
		[]sangkien.Button{t.button("button.open_idea", verbDeskIdea, t.idea.ID, "")}))
	o.effects = []sangkien.Effect{dropped}
	return o, nil
}

// held lists the decisions that nobody was told of yet.
func (t *turn) held(sangkien.Press) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	all, err := t.d.Store.HeldIn(t.ctx, v.Scope())
	if err != nil {
		return outcome{}, err
	}
	if len(all) == 0 {
		return t.desk("")
	}
	lines := []sangkien.Line{sangkien.Say("desk.held_head", sangkien.With("n", strconv.Itoa(len(all))))}
	for n, d := range all {
		if n == perPage {
			lines = append(lines, sangkien.Say("desk.held_more", sangkien.With("n", strconv.Itoa(len(all)-perPage))))
			break
		}
		i, err := t.d.Store.Idea(t.ctx, d.Idea)
		if err != nil {
			return outcome{}, err
		}
		lines = append(lines, sangkien.Say("desk.held_idea", sangkien.With("i", strconv.Itoa(n+1)), sangkien.With("code", i.Code), title(i),
			sangkien.WithKey("state", "state."+string(d.Outcome))))
	}
	return t.stay(t.say(lines, []sangkien.Button{aside(t.button("button.release", verbRelease, 0, "", sangkien.With("n", strconv.Itoa(len(all)))))},
		[]sangkien.Button{aside(t.button("button.desk", verbDesk, 0, ""))})), nil
}

// release tells all held decisions of the desk at the same time.
func (t *turn) release(sangkien.Press) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	all, err := t.d.Store.HeldIn(t.ctx, v.Scope())
	if err != nil {
		return outcome{}, err
	}
	var effects []sangkien.Effect
	for _, d := range all {
		i, err := t.d.Store.Idea(t.ctx, d.Idea)
		if err != nil {
			return outcome{}, err
		}
		if moved, err := i.Release(d, v, t.now); err == nil { // one's own idea waits for someone else
			effects = append(effects, moved)
		}
	}
	if len(effects) == 0 {
		return t.desk("")
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say("desk.released", sangkien.With("n", strconv.Itoa(len(effects))))},
		[]sangkien.Button{t.button("button.desk", verbDesk, 0, "")}))
	o.effects = effects
	return o, nil
}

// undo takes the last move back, within its time. If the author was told already, they hear of it.
func (t *turn) undo(sangkien.Press) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	history, err := t.d.Store.Moves(t.ctx, t.idea.ID)
	if err != nil {
		return outcome{}, err
	}
	moved, err := t.idea.Undo(history, v, t.now)
	if err != nil {
		return t.deskIdea(t.idea, sangkien.Say("desk.no_undo"))
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say("desk.undone", sangkien.With("code", t.idea.Code), sangkien.WithKey("state", "state."+string(moved.To)))},
		[]sangkien.Button{t.button("button.open_idea", verbDeskIdea, t.idea.ID, ""), t.button("button.desk", verbDesk, 0, "")}))
	o.effects = []sangkien.Effect{moved}
	return o, nil
}
