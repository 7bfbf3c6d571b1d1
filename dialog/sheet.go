package dialog

import (
	"maps"

	sangkien "github.com/sangkien/sangkien"
)

// BeginSheet starts a sheet with its first question. Answers that are known already are stored with it.
func BeginSheet(t Turn, s sangkien.Sheet, before ...sangkien.Line) Outcome {
	t = OnSheet(t, s)
	t.Idea.Answers = maps.Clone(s.Answers)
	out := t.advance(before...)
	out.Effects = append(s.Begin(t.Now), out.Effects...)
	return out
}

// OnSheet returns the turn with a sheet in hand: a sheet is walked like an idea.
func OnSheet(t Turn, s sangkien.Sheet) Turn {
	t.Idea = sangkien.Idea{ID: s.ID, Author: s.Member, State: sangkien.Draft, Answers: s.Answers, Attachments: s.Attachments}
	if t.Session.Form != sangkien.FormSheet || t.Session.Idea != s.ID {
		t.Session = sangkien.Session{Form: sangkien.FormSheet, Idea: s.ID}
	}
	return t
}

func (t Turn) onSheet() bool { return t.Session.Form == sangkien.FormSheet }

// done ends a sheet: whoever began it acts on the answers.
func (t Turn) done() Outcome {
	return Outcome{Session: t.Session, Done: true}
}

// askDrop asks whether to throw a sheet away; one without answers goes at once.
func (t Turn) askDrop(before ...sangkien.Line) Outcome {
	if len(t.Idea.Answers) == 0 {
		return t.dropSheet()
	}
	t.Session.Mode = sangkien.ModeCancel
	return Outcome{Session: t.Session, Replies: []sangkien.Reply{t.reply(append(before, sangkien.Say("cancel.sheet")),
		[]sangkien.Button{t.button("button.go", VerbGo, "", "")},
		[]sangkien.Button{t.button("button.drop", VerbDelete, "", "")})}}
}

func (t Turn) dropSheet() Outcome {
	out := t.leaveWith(sangkien.Say("cancel.sheet_dropped"))
	out.Effects = []sangkien.Effect{sangkien.SheetClosed{Sheet: t.Session.Idea, Dropped: true}}
	return out
}
