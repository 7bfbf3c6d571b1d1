package dialog

import (
	"slices"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
)

// pressed acts on a button of ours. A button can be old, foreign or forged: it acts only where it still means
// what it meant when it was shown (promise 5). Otherwise the member hears so and sees the current question.
func (t Turn) pressed() Outcome {
	p, ok := sangkien.ParsePress(t.Update.Press)
	if !ok || p.Idea != t.Session.Idea {
		return t.late()
	}
	if out, ok := t.anywhere(p); ok {
		return out
	}
	switch {
	case t.Session.Mode == sangkien.ModeSummary && p.Verb == VerbSubmit:
		return t.submit()
	case t.Session.Mode == sangkien.ModeCancel:
		if out, ok := t.leave(p.Verb); ok {
			return out
		}
	case t.Session.Mode == sangkien.ModeAsk && p.Question == t.Session.Question:
		if out, ok := t.pressedAt(p); ok {
			return out
		}
	}
	if t.echo(p) {
		return Outcome{Session: t.Session, Silent: true}
	}
	return t.late()
}

// anywhere handles the buttons that mean the same wherever the draft stands.
func (t Turn) anywhere(p sangkien.Press) (Outcome, bool) {
	switch p.Verb {
	case VerbCancel:
		return t.askCancel(), true
	case VerbGo:
		return Back(t, ""), true
	case VerbEdit:
		if q, ok := t.Form.Question(p.Question); ok && q.Visible(t.Idea.Answers) {
			return t.change(q), true
		}
	}
	return Outcome{}, false
}

// pressedAt handles the buttons of the question that is asked.
func (t Turn) pressedAt(p sangkien.Press) (Outcome, bool) {
	q, ok := t.question()
	if !ok {
		return Outcome{}, false
	}
	a, answered := t.Idea.Answers[q.Key]
	switch p.Verb {
	case VerbAnswer:
		return t.choose(q, p.Value)
	case VerbSkip:
		return t.skip(q), q.Optional
	case VerbDone:
		return t.finish(q), true
	case VerbRedo:
		return t.redo(q), q.Kind == sangkien.KindLong || q.Kind == sangkien.KindFiles
	case VerbSame:
		return t.advance(), answered && !a.Open
	case VerbBack:
		return Back(t, q.Key), true
	case VerbPage:
		page, err := strconv.Atoi(p.Value)
		return t.page(q, page), err == nil && page >= 0
	case VerbOwn:
		return t.ownUnit(q), q.Kind == sangkien.KindUnit
	}
	return Outcome{}, false
}

// choose takes the choice that a button stands for, if the question has it.
func (t Turn) choose(q sangkien.Question, value string) (Outcome, bool) {
	switch q.Kind {
	case sangkien.KindChoice:
		return t.accept(q, sangkien.Answer{Value: value}), hasOption(q, value)
	case sangkien.KindMulti:
		return t.toggle(q, value), hasOption(q, value)
	case sangkien.KindYesNo:
		return t.accept(q, sangkien.Answer{Value: value}), value == yes || value == no
	case sangkien.KindUnit:
		return t.chooseUnit(q, value)
	case sangkien.KindShort:
		return t.accept(q, sangkien.Answer{Value: t.senderName()}), value == valueMe && t.senderName() != ""
	case sangkien.KindPeople:
		if name := t.Chat.Member.Name; value == valueMe && name != "" {
			return t.accept(q, peopleAnswer([]Person{{Name: name, Share: 100}})), true
		}
	}
	return Outcome{}, false
}

func hasOption(q sangkien.Question, key string) bool {
	return slices.ContainsFunc(q.Options, func(o sangkien.Option) bool { return o.Key == key })
}

// toggle adds a choice to a multiple choice, or takes it away. It stays open until "Xong".
func (t Turn) toggle(q sangkien.Question, key string) Outcome {
	chosen := t.chosen(q)
	if i := slices.Index(chosen, key); i >= 0 {
		chosen = slices.Delete(chosen, i, i+1)
	} else {
		chosen = append(chosen, key)
	}
	a := sangkien.Answer{Value: strings.Join(inOrder(q, chosen), ","), Open: true}
	t.Idea.Answers[q.Key] = a
	out := t.ask(q)
	out.Effects = t.store(q, a)
	return out
}

func (t Turn) chosen(q sangkien.Question) []string {
	if v := t.Idea.Answers[q.Key].Value; v != "" {
		return strings.Split(v, ",")
	}
	return nil
}

func inOrder(q sangkien.Question, keys []string) []string {
	var out []string
	for _, o := range q.Options {
		if slices.Contains(keys, o.Key) {
			out = append(out, o.Key)
		}
	}
	return out
}

// echo tells whether the press is the second tap on a button whose first tap was the turn before: it was
// answered, and answering twice would only confuse.
func (t Turn) echo(p sangkien.Press) bool {
	return p.Revision != 0 && p.Revision == t.Chat.Revision-1
}

// late says that a button belongs to an earlier moment, and shows the current one.
func (t Turn) late() Outcome {
	out := Show(t, sangkien.Say("press.late"))
	for i := range out.Replies {
		out.Replies[i].Replaces = "late" // ten taps on old buttons get one answer
	}
	return out
}
