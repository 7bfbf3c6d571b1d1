package dialog

import (
	"slices"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// Back goes to the question before the one with the key; with key "" it goes on where the form stands.
// From the summary and from a question chosen there it leads to the last question or to the summary.
func Back(t Turn, key string) Outcome {
	switch {
	case key == "" && t.Session.Mode == sangkien.ModeCancel:
		placed := t.Form.Place(t.Idea.Answers, sangkien.Asked{Mode: sangkien.ModeAsk, Form: t.Session.Form, Idea: t.Session.Idea, Question: t.Session.Question})
		placed.Then = t.Session.Then
		t.Session = placed
		return Show(t)
	case key == "":
		return Show(t)
	case t.Session.Change:
		return t.advance()
	}
	q, ok := t.Form.Before(key, t.Idea.Answers)
	if ok && q.Notice != "" {
		return Show(t, sangkien.Say("back.consent"))
	}
	if !ok {
		return Show(t, sangkien.Say("back.first"))
	}
	return t.ask(q)
}

// BackCommand is /quaylai: one step back from wherever the conversation stands.
func BackCommand(t Turn) Outcome {
	if t.Session.Mode == sangkien.ModeSummary {
		if qs := t.visible(); len(qs) > 0 {
			return t.ask(qs[len(qs)-1])
		}
	}
	if t.Session.Mode == sangkien.ModeAsk {
		return Back(t, t.Session.Question)
	}
	return Back(t, "")
}

// Cancel is /huy: it asks once what to do with the draft.
func Cancel(t Turn) Outcome { return t.askCancel() }

func (t Turn) askCancel(before ...sangkien.Line) Outcome {
	if t.Session.Form == sangkien.FormProfile {
		out := t.leaveWith(sangkien.Say("cancel.profile"))
		return out
	}
	if t.onSheet() {
		return t.askDrop(before...)
	}
	t.Session.Mode = sangkien.ModeCancel
	lines := append(slices.Clone(before), sangkien.Say("cancel.ask"))
	rows := [][]sangkien.Button{{t.button("button.keep", VerbKeep, "", "")}, {t.button("button.go", VerbGo, "", "")}}
	if t.Idea.State == sangkien.Draft {
		rows = append(rows, []sangkien.Button{t.button("button.delete", VerbDelete, "", "")})
	}
	return Outcome{Session: t.Session, Replies: []sangkien.Reply{t.reply(lines, rows...)}}
}

// leave acts on the answer to askCancel.
func (t Turn) leave(verb string) (Outcome, bool) {
	switch {
	case verb == VerbDelete && t.onSheet():
		return t.dropSheet(), true
	case verb == VerbKeep && !t.onSheet():
		return t.leaveWith(sangkien.Say("cancel.kept")), true
	case verb == VerbDelete && t.Idea.State == sangkien.Draft:
		out := t.leaveWith(sangkien.Say("cancel.deleted"))
		out.Effects = []sangkien.Effect{sangkien.DraftDeleted{Idea: t.Idea.ID, Author: t.Idea.Author}}
		return out, true
	case verb == VerbGo:
		return Back(t, ""), true
	}
	return Outcome{}, false
}

func (t Turn) wroteAtCancel(text string) Outcome {
	verbs := []string{VerbKeep, VerbGo, VerbDelete}
	labels := []string{"để lại làm sau", "làm tiếp", "xóa bản nháp"}
	if t.Language == sangkien.English {
		labels = []string{"keep it for later", "go on", "delete the draft"}
	}
	if t.onSheet() {
		verbs, labels = []string{VerbGo, VerbDelete}, []string{"làm tiếp", "bỏ"}
		if t.Language == sangkien.English {
			labels = []string{"go on", "drop it"}
		}
	}
	if fit := vntext.Match(text, labels); len(fit) == 1 {
		if out, ok := t.leave(verbs[fit[0]]); ok {
			return out
		}
	}
	return t.mend(sangkien.Say("mend.cancel"))
}

// edited takes the new words of a message that was an answer, or part of one, of the draft.
func (t Turn) edited() Outcome {
	for _, q := range t.Form.Questions {
		a, ok := t.Idea.Answers[q.Key]
		for i := range a.Parts {
			if ok && t.Update.MessageID != "" && a.Parts[i].Message == t.Update.MessageID {
				return t.editAnswer(q, a, i)
			}
		}
	}
	return Show(t, sangkien.Say("edit.unknown"))
}

func (t Turn) editAnswer(q sangkien.Question, a sangkien.Answer, part int) Outcome {
	parts := append([]sangkien.Part(nil), a.Parts...)
	parts[part].Text = vntext.Clean(t.Update.Text)
	whole := ""
	for i, p := range parts {
		if i > 0 {
			whole += "\n"
		}
		whole += p.Text
	}
	now, mend := Read(q, whole, sangkien.Answer{}, t.Language, t.Now)
	if mend.Key != "" {
		return t.mend(mend)
	}
	now.Open, now.Parts = a.Open, parts
	t.Idea.Answers[q.Key] = now
	out := Show(t, sangkien.Say("edit.done", sangkien.With("name", q.Name.In(t.Language))))
	out.Effects = t.store(q, now)
	return out
}
