package handlers

import (
	"slices"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// The verbs of the organiser's desk.
const (
	verbDesk        = "dk"  // the list of a state, Value "submitted-0"; "" for the overview
	verbDeskIdea    = "di"  // an idea with what can be done
	verbDeskFull    = "df"  // its answers in full
	verbDeskFiles   = "da"  // its attachments
	verbDeskHistory = "dh"  // how it came to where it stands, with names
	verbReceive     = "dr"  // enter it into the register
	verbAsk         = "ds"  // ask for a supplement
	verbForward     = "dw"  // pass it on for appraisal
	verbDecide      = "dd"  // decide: Value is the outcome
	verbUndo        = "du"  // take the last move back
	verbUnhold      = "dx"  // drop a held decision
	verbHeld        = "dl"  // the held decisions
	verbRelease     = "dly" // release them all
)

// perPage is how many ideas a list shows at once.
const perPage = 8

func deskVerbs() []verb {
	return []verb{
		{verbDesk, sangkien.ActOpenDesk, aboutNothing, (*turn).pressedDesk},
		{verbDeskIdea, sangkien.ActReadIdea, aboutIdea, (*turn).pressedDeskIdea},
		{verbDeskFull, sangkien.ActReadIdea, aboutIdea, (*turn).pressedDeskFull},
		{verbDeskFiles, sangkien.ActReadIdea, aboutIdea, (*turn).pressedDeskFiles},
		{verbDeskHistory, sangkien.ActReadIdea, aboutIdea, (*turn).pressedDeskHistory},
		{verbReceive, sangkien.ActHandle, aboutIdea, (*turn).receive},
		{verbAsk, sangkien.ActHandle, aboutIdea, (*turn).askSupplement},
		{verbForward, sangkien.ActHandle, aboutIdea, (*turn).forward},
		{verbDecide, sangkien.ActDecide, aboutIdea, (*turn).beginDecision},
		{verbUndo, sangkien.ActHandle, aboutIdea, (*turn).undo},
		{verbUnhold, sangkien.ActDecide, aboutIdea, (*turn).unhold},
		{verbHeld, sangkien.ActOpenDesk, aboutNothing, (*turn).held},
		{verbRelease, sangkien.ActDecide, aboutNothing, (*turn).release},
	}
}

// desk is /hoso: how many ideas wait for what.
func (t *turn) desk(string) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	tally, err := t.d.Store.Tally(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	held, err := t.d.Store.HeldIn(t.ctx, v.Scope())
	if err != nil {
		return outcome{}, err
	}
	lines, rows := []sangkien.Line{sangkien.Say("desk.head")}, [][]sangkien.Button(nil)
	counts := v.Count(tally)
	for _, s := range sangkien.States() {
		if counts[s] == 0 {
			continue
		}
		n, state := sangkien.With("n", strconv.Itoa(counts[s])), sangkien.WithKey("state", "desk."+string(s))
		lines = append(lines, sangkien.Say("desk.count", state, n))
		rows = append(rows, []sangkien.Button{t.button("button.desk_state", verbDesk, 0, pageValue(s, 0), state, n)})
	}
	if len(rows) == 0 {
		lines = append(lines, sangkien.Say("desk.empty"))
	}
	rows = append(rows, []sangkien.Button{t.button("button.assist", verbAssist, 0, "")})
	letters, err := t.d.Store.LetterTally(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	if n := v.Letters(letters); n > 0 {
		rows = append(rows, []sangkien.Button{t.button("button.desk_letters", verbLetters, 0, "0", count(n))})
	}
	if n := len(held); n > 0 {
		rows = append(rows, []sangkien.Button{t.button("button.desk_held", verbHeld, 0, "", sangkien.With("n", strconv.Itoa(n)))})
	}
	return t.stay(t.say(lines, rows...)), nil
}

func pageValue(s sangkien.State, page int) string { return string(s) + "-" + strconv.Itoa(page) }

func (t *turn) pressedDesk(p sangkien.Press) (outcome, error) {
	state, number, _ := strings.Cut(p.Value, "-")
	page, err := strconv.Atoi(number)
	if p.Value == "" || err != nil || page < 0 || page > 1_000_000 {
		return t.desk("")
	}
	return t.deskList(sangkien.State(state), page)
}

// deskList is one page of the ideas of a state, the longest waiting first.
func (t *turn) deskList(state sangkien.State, page int) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	ideas, err := t.d.Store.IdeasIn(t.ctx, v.Scope(), state, page*perPage, perPage+1)
	if err != nil {
		return outcome{}, err
	}
	if len(ideas) == 0 || state == sangkien.Draft {
		return t.desk("")
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	lines := []sangkien.Line{sangkien.Say("desk.list", sangkien.WithKey("state", "desk."+string(state)), sangkien.With("page", strconv.Itoa(page+1)))}
	var rows [][]sangkien.Button
	for n, i := range ideas[:min(perPage, len(ideas))] {
		number := sangkien.With("i", strconv.Itoa(page*perPage+n+1))
		lines = append(lines, sangkien.Say("desk.idea", number, sangkien.With("code", i.Code), title(i), sangkien.With("unit", unitOf(units, i))))
		rows = append(rows, []sangkien.Button{numbered(page*perPage+n+1, t.button("button.desk_idea", verbDeskIdea, i.ID, "", number, sangkien.With("code", i.Code)))})
	}
	var nav []sangkien.Button
	if page > 0 {
		nav = append(nav, t.button("button.previous", verbDesk, 0, pageValue(state, page-1)))
	}
	if len(ideas) > perPage {
		nav = append(nav, t.button("button.next", verbDesk, 0, pageValue(state, page+1)))
	}
	nav = append(nav, t.button("button.desk", verbDesk, 0, ""))
	return t.stay(t.say(lines, append(rows, nav)...)), nil
}

// unitOf is the unit of an idea as it is called, or in its author's words.
func unitOf(units *dialog.Units, i sangkien.Idea) string {
	if name := units.Name(i.Unit); name != "" {
		return name
	}
	return i.UnitText
}

func (t *turn) pressedDeskIdea(sangkien.Press) (outcome, error) { return t.deskIdea(t.idea) }

// deskIdea shows an idea to staff with what can be done to it now.
func (t *turn) deskIdea(i sangkien.Idea, before ...sangkien.Line) (outcome, error) {
	author, err := t.d.Store.Member(t.ctx, i.Author)
	if err != nil {
		return outcome{}, err
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	held, isHeld, err := t.d.Store.Held(t.ctx, i.ID)
	if err != nil {
		return outcome{}, err
	}
	by := sangkien.Say("desk.author", sangkien.With("name", author.Name), sangkien.With("unit", unitOf(units, i)))
	if author.Erased {
		by = sangkien.Say("desk.erased_author")
	}
	lines := slices.Concat(before, []sangkien.Line{
		sangkien.Say("idea.head", sangkien.With("code", i.Code), title(i)), by,
		sangkien.Say("idea.state", sangkien.WithKey("state", "state."+string(i.State)), sangkien.WithTime("at", i.SubmittedAt))})
	if !i.Due.IsZero() {
		lines = append(lines, sangkien.Say("notice.due", sangkien.WithTime("due", i.Due)))
	}
	if isHeld {
		lines = append(lines, sangkien.Say("desk.held", sangkien.WithKey("state", "state."+string(held.Outcome)), sangkien.With("number", held.Number)))
	}
	rows, err := t.deskButtons(i, isHeld)
	if err != nil {
		return outcome{}, err
	}
	if i.EnteredBy != 0 && !author.Erased {
		ok, err := t.may(sangkien.ActData, sangkien.Object{Unit: author.Unit})
		if err != nil {
			return outcome{}, err
		}
		if ok {
			rows = append(rows, []sangkien.Button{t.button("button.erase_for", verbEraseFor, i.ID, "")})
		}
	}
	return t.stay(t.say(lines, rows...)), nil
}

// deskMoves is the buttons of the desk by the state to which they lead.
func deskMoves() []struct {
	to          sangkien.State
	key, verb   string
	isAnOutcome bool
} {
	return []struct {
		to          sangkien.State
		key, verb   string
		isAnOutcome bool
	}{
		{sangkien.Received, "button.receive", verbReceive, false},
		{sangkien.UnderAppraisal, "button.forward", verbForward, false},
		{sangkien.Recognised, "button.recognise", verbDecide, true},
		{sangkien.NotRecognised, "button.refuse", verbDecide, true},
		{sangkien.Excluded, "button.exclude", verbDecide, true},
		{sangkien.NeedsSupplement, "button.ask_supplement", verbAsk, false},
	}
}

// deskButtons offers what the idea's life and the viewer's role allow, and nothing else.
func (t *turn) deskButtons(i sangkien.Idea, held bool) ([][]sangkien.Button, error) {
	v, err := t.viewer()
	if err != nil {
		return nil, err
	}
	var rows [][]sangkien.Button
	for _, m := range deskMoves() {
		if _, err := i.Move(m.to, v, "", t.now); err != nil || held {
			continue
		}
		value := ""
		if m.isAnOutcome {
			value = string(m.to)
		}
		key := m.key
		if i.State == sangkien.NeedsSupplement {
			key = "button.receive_anyway" // the only way on for staff
		}
		rows = append(rows, []sangkien.Button{t.button(key, m.verb, i.ID, value)})
	}
	if held && v.May(sangkien.ActDecide, i.Object()) {
		rows = append(rows, []sangkien.Button{t.button("button.unhold", verbUnhold, i.ID, "")})
	}
	history, err := t.d.Store.Moves(t.ctx, i.ID)
	if err != nil {
		return nil, err
	}
	if _, err := i.Undo(history, v, t.now); err == nil && !held {
		rows = append(rows, []sangkien.Button{t.button("button.undo", verbUndo, i.ID, "")})
	}
	if n := len(i.Attachments); n > 0 {
		rows = append(rows, []sangkien.Button{t.button("button.files", verbDeskFiles, i.ID, "", sangkien.With("n", strconv.Itoa(n)))})
	}
	return append(rows,
		[]sangkien.Button{t.button("button.full", verbDeskFull, i.ID, ""), t.button("button.history", verbDeskHistory, i.ID, "")},
		[]sangkien.Button{t.button("button.desk_back", verbDesk, 0, pageValue(i.State, 0))}), nil
}

func (t *turn) lastMove(i sangkien.Idea) (sangkien.Move, error) {
	moves, err := t.d.Store.Moves(t.ctx, i.ID)
	if err != nil || len(moves) == 0 {
		return sangkien.Move{}, err
	}
	return moves[len(moves)-1], nil
}

// pressedDeskFull reads an idea in full, with what its author marked as confidential.
func (t *turn) pressedDeskFull(sangkien.Press) (outcome, error) {
	form, _, err := t.formOf(t.idea)
	if err != nil {
		return outcome{}, err
	}
	o := t.full(t.idea, form)
	o.replies[0].Buttons = [][]sangkien.Button{{t.button("button.back_to_idea", verbDeskIdea, t.idea.ID, "")}}
	return o, nil
}

// pressedDeskFiles sends what came with an idea, each file with its place among them.
func (t *turn) pressedDeskFiles(sangkien.Press) (outcome, error) {
	o := outcome{}
	for n, a := range t.idea.Attachments {
		args := []sangkien.Arg{sangkien.With("code", t.idea.Code), sangkien.With("i", strconv.Itoa(n+1)), sangkien.With("n", strconv.Itoa(len(t.idea.Attachments))), sangkien.With("name", a.File.Name)}
		reply := t.say([]sangkien.Line{sangkien.Say("desk.file_"+string(a.State), args...)}).replies[0]
		if a.State == sangkien.FileStored {
			reply.File = &a.File
		}
		o.replies = append(o.replies, reply)
	}
	if len(o.replies) == 0 {
		return t.deskIdea(t.idea)
	}
	last := &o.replies[len(o.replies)-1]
	last.Buttons = [][]sangkien.Button{{t.button("button.back_to_idea", verbDeskIdea, t.idea.ID, "")}}
	return t.stay(o), nil
}
