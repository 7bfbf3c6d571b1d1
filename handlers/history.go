package handlers

import (
	sangkien "github.com/sangkien/sangkien"
)

// pressedHistory shows the author how the idea came to where it stands. What was undone did not happen.
func (t *turn) pressedHistory(sangkien.Press) (outcome, error) {
	moves, err := t.d.Store.Moves(t.ctx, t.idea.ID)
	if err != nil {
		return outcome{}, err
	}
	lines := []sangkien.Line{sangkien.Say("history.head", sangkien.With("code", t.idea.Code), title(t.idea))}
	for _, m := range standing(moves) {
		lines = append(lines, historyLine("history.move", m))
	}
	return t.stay(t.say(append(lines, sangkien.Say("next."+string(t.idea.State))),
		[]sangkien.Button{t.button("button.view_it", verbView, t.idea.ID, ""), t.command("button.mine", "cuatoi")})), nil
}

// pressedDeskHistory shows staff everything, with names.
func (t *turn) pressedDeskHistory(sangkien.Press) (outcome, error) {
	moves, err := t.d.Store.Moves(t.ctx, t.idea.ID)
	if err != nil {
		return outcome{}, err
	}
	lines := []sangkien.Line{sangkien.Say("history.head", sangkien.With("code", t.idea.Code), title(t.idea))}
	for _, m := range moves {
		name, err := t.nameOf(m.Actor)
		if err != nil {
			return outcome{}, err
		}
		key := "history.move_by"
		if m.Undo {
			key = "history.undo_by"
		}
		line := historyLine(key, m)
		line.Args = append(line.Args, name)
		lines = append(lines, line)
	}
	return t.stay(t.say(lines, []sangkien.Button{t.button("button.back_to_idea", verbDeskIdea, t.idea.ID, "")})), nil
}

func historyLine(key string, m sangkien.Move) sangkien.Line {
	l := sangkien.Say(key, sangkien.WithTime("at", m.At), sangkien.WithKey("state", "state."+string(m.To)))
	if m.Reason != "" {
		l.Args = append(l.Args, sangkien.With("why", ": “"+m.Reason+"”"))
	}
	if m.Number != "" {
		l.Args = append(l.Args, sangkien.With("number", " ("+m.Number+")"))
	}
	return l
}

// standing leaves out the moves that were taken back, and the taking back.
func standing(moves []sangkien.Move) []sangkien.Move {
	var left []sangkien.Move
	for _, m := range moves {
		if m.Undo && len(left) > 0 {
			left = left[:len(left)-1]
			continue
		}
		left = append(left, m)
	}
	return left
}
