package dialog

import (
	"slices"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The stored values of a yes-or-no question.
const (
	yes = "yes"
	no  = "no"
)

// burst is how long the answer to one of several messages that come at once waits for the next of them.
const burst = 900 * time.Millisecond

// cutAt is the length from which a message is likely to be one part of a paste that the platform cut.
const cutAt = 3900

// ask puts a question, after the lines before.
func (t Turn) ask(q sangkien.Question, before ...sangkien.Line) Outcome {
	if q.Key != t.Session.Question {
		t.Session.Query, t.Session.Page = "", 0
	}
	t.Session.Mode, t.Session.Question = sangkien.ModeAsk, q.Key
	lines := append(slices.Clone(before), t.head(q)...)
	lines = append(lines, t.current(q)...)
	if t.offers(q) {
		lines = append(lines, sangkien.Say("unit.offer", sangkien.With("unit", t.Units.Name(t.Offer))))
	}
	return Outcome{Session: t.Session, Replies: []sangkien.Reply{t.reply(lines, t.buttons(q)...)}}
}

// head is the step, the question and its help.
func (t Turn) head(q sangkien.Question) []sangkien.Line {
	n, of := t.Form.Step(q.Key)
	key := "ask.step"
	if t.Session.Form == sangkien.FormProfile {
		key = "ask.first"
	}
	lines := []sangkien.Line{sangkien.Say(key, count("n", n), count("of", of))}
	if q.Aside {
		lines = nil
	}
	if of == 1 || t.Session.Form == sangkien.FormProfile && t.Session.Change {
		lines = nil // "1/1" tells nobody anything, nor does a step of a form that is not walked
	}
	if q.Notice != "" {
		return append(lines, data(q.Text.In(t.Language)))
	}
	lines = append(lines, bold(q.Text.In(t.Language)))
	if help := q.Help.In(t.Language); help != "" {
		lines = append(lines, data(help))
	}
	return lines
}

// current shows the answer that the question has already: on the way back, and when changing one.
func (t Turn) current(q sangkien.Question) []sangkien.Line {
	a, answered := t.Idea.Answers[q.Key]
	files := t.files(q)
	switch {
	case q.Kind == sangkien.KindFiles && len(files) > 0:
		return []sangkien.Line{sangkien.Say("files.have", count("n", len(files)))}
	case !answered || a.Skipped || a.Value == "":
		return nil
	}
	key := "ask.current"
	if q.Kind == sangkien.KindLong {
		key = "ask.current_long"
	}
	return []sangkien.Line{sangkien.Say(key, Shown("value", q, a, t.Language, 300))}
}

// askMore acknowledges a part of a long text. Parts that come at once get one answer.
func (t Turn) askMore(q sangkien.Question) Outcome {
	t.Session.Mode, t.Session.Question = sangkien.ModeAsk, q.Key
	n := vntext.Length(t.Idea.Answers[q.Key].Value)
	r := t.reply([]sangkien.Line{sangkien.Say("more.text", count("n", n))}, t.growing(q))
	r.Replaces = "more"
	if vntext.Length(t.Update.Text) >= cutAt {
		r.After = burst
	}
	return Outcome{Session: t.Session, Replies: []sangkien.Reply{r}}
}

// growing is the row under an answer that may still grow.
func (t Turn) growing(q sangkien.Question) []sangkien.Button {
	again := "button.redo"
	if q.Kind == sangkien.KindFiles {
		again = "button.redo_files"
	}
	done := aside(t.button("button.done", VerbDone, q.Key, ""))
	done.Main = true
	return []sangkien.Button{done, aside(t.button(again, VerbRedo, q.Key, ""))}
}

func (t Turn) buttons(q sangkien.Question) [][]sangkien.Button {
	var rows [][]sangkien.Button
	switch q.Kind {
	case sangkien.KindChoice:
		rows = t.optionRows(q, nil)
	case sangkien.KindMulti:
		rows = t.optionRows(q, t.chosen(q))
	case sangkien.KindYesNo:
		yesKey, noKey := "button.yes", "button.no"
		if q.Notice != "" {
			yesKey, noKey = "button.agree", "button.disagree"
		}
		rows = [][]sangkien.Button{{t.button(yesKey, VerbAnswer, q.Key, yes), t.button(noKey, VerbAnswer, q.Key, no)}}
	case sangkien.KindUnit:
		rows = t.unitRows(q)
	case sangkien.KindShort:
		rows = t.ownName(q)
	case sangkien.KindPeople:
		only := t.button("button.only_me", VerbAnswer, q.Key, valueMe)
		if author, by := t.author(); by != 0 {
			only.Line = sangkien.Say("button.only_them", sangkien.With("name", author.Name))
		}
		rows = [][]sangkien.Button{{only}}
	case sangkien.KindFiles, sangkien.KindLong:
		if a := t.Idea.Answers[q.Key]; a.Open && a.Value != "" || len(t.files(q)) > 0 && (a.Open || a.Value == "") {
			rows = [][]sangkien.Button{t.growing(q)}
		} else if q.Kind == sangkien.KindLong && a.Value != "" {
			rows = [][]sangkien.Button{{aside(t.button("button.redo", VerbRedo, q.Key, ""))}}
		}
	}
	if nav := t.navigation(q); len(nav) > 0 {
		rows = append(rows, nav)
	}
	return rows
}

// navigation is the last row: keep, skip, back.
func (t Turn) navigation(q sangkien.Question) []sangkien.Button {
	var nav []sangkien.Button
	a, answered := t.Idea.Answers[q.Key]
	if answered && !a.Open && (q.Notice == "" || a.Value == yes) {
		nav = append(nav, aside(t.button("button.same", VerbSame, q.Key, "")))
	}
	if q.Optional && len(t.files(q)) == 0 && (!answered || a.Open && a.Value == "") {
		nav = append(nav, aside(t.button("button.skip", VerbSkip, q.Key, "")))
	}
	if before, ok := t.Form.Before(q.Key, t.Idea.Answers); ok && before.Notice == "" && !t.Session.Change {
		nav = append(nav, aside(t.button("button.back", VerbBack, q.Key, "")))
	}
	return nav
}

// optionRows has one option to a row: labels are whole phrases, and phones are narrow.
func (t Turn) optionRows(q sangkien.Question, chosen []string) [][]sangkien.Button {
	var rows [][]sangkien.Button
	for _, o := range q.Options {
		b := t.press(VerbAnswer, q.Key, o.Key)
		b.Label = o.Label.In(t.Language)
		if slices.Contains(chosen, o.Key) {
			b.Label = "✓ " + b.Label
		}
		rows = append(rows, []sangkien.Button{b})
	}
	if len(chosen) > 0 {
		rows = append(rows, []sangkien.Button{aside(t.button("button.done", VerbDone, q.Key, ""))})
	}
	return rows
}

// ownName offers the name that the platform told, where the member's name is asked.
func (t Turn) ownName(q sangkien.Question) [][]sangkien.Button {
	name := t.senderName()
	if t.Session.Form != sangkien.FormProfile || q.Key != KeyName || name == "" {
		return nil
	}
	b := t.press(VerbAnswer, q.Key, valueMe)
	b.Line = sangkien.Say("button.use_name", sangkien.With("name", name))
	return [][]sangkien.Button{{b}}
}

func (t Turn) senderName() string {
	name := vntext.Clean(t.Update.From.Name)
	if vntext.Blank(name) || vntext.Length(name) > maxName {
		return ""
	}
	return name
}

// Shown fills the placeholder name with one answer as a person reads it; a skipped one is empty.
func Shown(name string, q sangkien.Question, a sangkien.Answer, lang sangkien.Language, most int) sangkien.Arg {
	if q.Kind == sangkien.KindYesNo && a.Value != "" {
		return sangkien.WithKey(name, "word."+a.Value)
	}
	return sangkien.With(name, quote(shown(q, a, lang), most))
}

func shown(q sangkien.Question, a sangkien.Answer, lang sangkien.Language) string {
	switch {
	case a.Skipped:
		return ""
	case q.Kind == sangkien.KindChoice || q.Kind == sangkien.KindMulti:
		return labels(q, a.Value, lang)
	case q.Kind == sangkien.KindPeople:
		return showPeople(a.Value)
	case q.Kind == sangkien.KindDate:
		if d, err := vntext.ParseDate(a.Value, vntext.Date{Year: 9999}); err == nil {
			return d.Display()
		}
	}
	return a.Value
}

// labels turns stored option keys, with commas between, into their labels.
func labels(q sangkien.Question, value string, lang sangkien.Language) string {
	var out []string
	for _, o := range q.Options {
		if slices.Contains(strings.Split(value, ","), o.Key) {
			out = append(out, o.Label.In(lang))
		}
	}
	return strings.Join(out, "; ")
}
