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
	grows := q.Kind == sangkien.KindLong || q.Kind == sangkien.KindFiles
	page, err := strconv.Atoi(p.Value)
	switch {
	case p.Verb == VerbAnswer:
		return t.choose(q, p.Value)
	case p.Verb == VerbSkip && q.Optional:
		return t.skip(q), true
	case p.Verb == VerbDone && (grows || q.Kind == sangkien.KindMulti):
		return t.finish(q), true
	case p.Verb == VerbRedo && grows:
		return t.redo(q), true
	case p.Verb == VerbSame && answered && !a.Open:
		return t.advance(), true
	case p.Verb == VerbBack:
		return Back(t, q.Key), true
	case p.Verb == VerbPage && q.Kind == sangkien.KindUnit && err == nil && page >= 0:
		return t.page(q, page), true
	case p.Verb == VerbOwn && q.Kind == sangkien.KindUnit:
		return t.ownUnit(), true
	}
	return Outcome{}, false
}

// choose takes the choice that a button stands for, if the question has it: a value can be forged.
func (t Turn) choose(q sangkien.Question, value string) (Outcome, bool) {
	own, name := value == valueMe, t.senderName()
	author, _ := t.author()
	switch {
	case q.Kind == sangkien.KindChoice && hasOption(q, value),
		q.Kind == sangkien.KindYesNo && (value == yes || value == no):
		return t.accept(q, sangkien.Answer{Value: value}), true
	case q.Kind == sangkien.KindMulti && hasOption(q, value):
		return t.toggle(q, value), true
	case q.Kind == sangkien.KindUnit:
		return t.chooseUnit(q, value)
	case q.Kind == sangkien.KindShort && own && t.Session.Form == sangkien.FormProfile && q.Key == KeyName && name != "":
		return t.accept(q, sangkien.Answer{Value: name}), true
	case q.Kind == sangkien.KindPeople && own && author.Name != "":
		return t.accept(q, peopleAnswer([]Person{{Name: author.Name, Share: 100}})), true
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
