package dialog

import (
	"cmp"
	"slices"
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// shownInSummary is how much of an answer the summary repeats, in characters.
const shownInSummary = 160

// summary reads everything back, with a button to change each answer.
func (t Turn) summary(before ...sangkien.Line) Outcome {
	t.Session.Mode, t.Session.Question, t.Session.Change = sangkien.ModeSummary, "", false
	head, send, foot := sangkien.Say("summary.head"), aside(t.button("button.submit", VerbSubmit, "", "")), sangkien.Say("summary.foot")
	send.Main = true
	cancel := aside(t.button("button.cancel", VerbCancel, "", ""))
	switch {
	case t.Idea.State == sangkien.NeedsSupplement:
		send.Line = sangkien.Say("button.submit_more")
		foot = sangkien.Say("summary.sheet", t.sending())
	case t.onSheet():
		cancel.Line = sangkien.Say("button.drop")
		head, send.Label = bold(t.Form.Title.In(t.Language)), t.Form.Send.In(t.Language)
		foot = sangkien.Say("summary.sheet", t.sending())
	}
	lines := append(slices.Clone(before), head)
	rows := [][]sangkien.Button{{send}}
	for i, q := range t.visible() {
		if _, answered := t.Idea.Answers[q.Key]; q.Aside && !answered {
			continue // offered below
		}
		lines = append(lines, t.summaryLine(i+1, q))
		b := t.press(VerbEdit, q.Key, "")
		b.Line, b.Number = sangkien.Say("button.edit", sangkien.With("name", q.Name.In(t.Language))), i+1
		if last := len(rows) - 1; last == 0 || len(rows[last]) == 2 {
			rows = append(rows, []sangkien.Button{b})
		} else {
			rows[last] = append(rows[last], b)
		}
	}
	more, others := t.similar()
	lines = append(append(lines, more...), foot)
	rows = append(append(rows, others...), []sangkien.Button{cancel})
	return Outcome{Session: t.Session, Replies: []sangkien.Reply{t.reply(lines, rows...)}}
}

// similar names recognised ideas that are like this one, and offers to tell what is different about it. It is no
// condition: whoever submits at once has submitted.
func (t Turn) similar() (lines []sangkien.Line, rows [][]sangkien.Button) {
	if len(t.Similar) == 0 {
		return nil, nil
	}
	lines = []sangkien.Line{sangkien.Say("similar.head")}
	var read []sangkien.Button
	for _, s := range t.Similar {
		lines = append(lines, sangkien.Say("similar.idea", sangkien.With("title", s.Idea.Title()), sangkien.With("code", s.Idea.Code)))
		read = append(read, s.Read)
	}
	rows = [][]sangkien.Button{read}
	for n, q := range t.visible() {
		if _, answered := t.Idea.Answers[q.Key]; q.Aside && !answered {
			b := t.press(VerbEdit, q.Key, "")
			b.Line, b.Number = sangkien.Say("button.different", sangkien.With("name", q.Name.In(t.Language))), n+1
			lines = append(lines, sangkien.Say("similar.ask", count("n", n+1)))
			rows = append(rows, []sangkien.Button{b})
		}
	}
	return lines, rows
}

func (t Turn) summaryLine(n int, q sangkien.Question) sangkien.Line {
	args := []sangkien.Arg{count("n", n), sangkien.With("name", q.Name.In(t.Language))}
	if q.Kind == sangkien.KindFiles {
		if files := t.files(q); len(files) > 0 {
			return sangkien.Say("summary.files", append(args, count("count", len(files)))...)
		}
		if a := t.Idea.Answers[q.Key]; t.onSheet() && !a.Skipped && a.Value != "" { // files of what the sheet corrects
			return sangkien.Say("summary.files", append(args, sangkien.With("count", a.Value))...)
		}
		return sangkien.Say("summary.line", args...)
	}
	return sangkien.Say("summary.line", append(args, Shown("value", q, t.Idea.Answers[q.Key], t.Language, shownInSummary))...)
}

// visible lists the questions that apply, given the answers; one that stands aside only where there is a reason
// for it.
func (t Turn) visible() []sangkien.Question {
	var qs []sangkien.Question
	for _, q := range t.Form.Questions {
		_, answered := t.Idea.Answers[q.Key]
		if q.Visible(t.Idea.Answers) && (!q.Aside || answered || len(t.Similar) > 0) {
			qs = append(qs, q)
		}
	}
	return qs
}

// wroteAtSummary understands "gửi", a yes, or the number or name of an answer to change.
func (t Turn) wroteAtSummary(text string) Outcome {
	folded := vntext.Fold(text)
	if t.onSheet() && folded == vntext.Fold(t.Form.Send.In(t.Language)) {
		return t.submit()
	}
	if slices.Contains([]string{"gui", "gui di", "gui luon", "gui nhe", "gui a", "gui y tuong", "gui bo sung", "dong y gui", "submit", "send"}, folded) {
		return t.submit()
	}
	if slices.Contains([]string{"thoi", "khong gui", "ko gui", "khong gui nua", "ko gui nua", "thoi khong gui nua", "thoi ko gui nua", "de sau", "de mai", "not now"}, folded) {
		return t.askCancel()
	}
	if agreed, ok := vntext.YesNo(text); ok {
		if agreed {
			return t.submit()
		}
		return t.mend(sangkien.Say("summary.what"))
	}
	qs := t.visible()
	names := make([]string, len(qs))
	for i, q := range qs {
		names[i] = q.Name.In(t.Language)
	}
	fit := vntext.Match(trimLead(folded, "sua ", "doi ", "change "), names)
	if len(fit) == 1 {
		return t.change(qs[fit[0]])
	}
	return t.mend(sangkien.Say("mend.summary", count("max", len(qs)), t.sending()))
}

// sending is what is on the button that sends what was read back.
func (t Turn) sending() sangkien.Arg {
	switch {
	case t.Idea.State == sangkien.NeedsSupplement:
		return sangkien.WithKey("send", "button.submit_more")
	case t.onSheet():
		return sangkien.With("send", t.Form.Send.In(t.Language))
	}
	return sangkien.WithKey("send", "button.submit")
}

// change asks one question again; its answer leads back to the summary.
func (t Turn) change(q sangkien.Question) Outcome {
	t.Session.Change = true
	return t.ask(q)
}

// submit moves the draft to the organisers, if the campaign takes ideas now. Otherwise the draft stays.
func (t Turn) submit() Outcome {
	if _, open := t.Form.Next(t.Idea.Answers); open {
		return t.advance(sangkien.Say("submit.incomplete"))
	}
	if t.onSheet() {
		return t.done()
	}
	switch window := t.Campaign.WindowAt(t.Now); {
	case t.Idea.State == sangkien.NeedsSupplement: // what was asked for is taken after the closing too
	case window == sangkien.NotYetOpen:
		return t.leaveWith(sangkien.Say("submit.not_yet", sangkien.WithTime("opens", t.Campaign.Opens)))
	case window == sangkien.Closed:
		return t.leaveWith(sangkien.Say("submit.closed", sangkien.WithTime("closed", t.Campaign.Closes)))
	}
	moved, err := t.Idea.Move(sangkien.Submitted, sangkien.Viewer{Member: t.Chat.Member}, "", t.Now)
	if err != nil {
		return t.leaveWith(sangkien.Say("submit.already"))
	}
	received := sangkien.Say("submitted")
	if t.Idea.Code != "" {
		received = sangkien.Say("submitted.again", sangkien.With("code", t.Idea.Code))
	}
	r := t.reply([]sangkien.Line{received, data(t.Campaign.Next.In(t.Language)), sangkien.Say("submitted.look")},
		[]sangkien.Button{{Line: sangkien.Say("button.copy_code"), Copy: cmp.Or(t.Idea.Code, "{code}")}},
		[]sangkien.Button{t.command("button.mine", "cuatoi"), t.command("button.another", "gui")})
	if contact := t.contact(); contact != "" {
		r.Lines = append(r.Lines, sangkien.Say("submitted.contact", sangkien.With("contact", contact)))
	}
	r.Idea = t.Idea.ID
	return Outcome{Effects: []sangkien.Effect{moved}, Replies: []sangkien.Reply{r}}
}

// leaveWith ends the turn outside of the form, with the draft untouched.
func (t Turn) leaveWith(line sangkien.Line) Outcome {
	return Outcome{Replies: []sangkien.Reply{t.reply([]sangkien.Line{line},
		[]sangkien.Button{t.command("button.mine", "cuatoi"), t.command("button.help", "trogiup")})}}
}

// command is a button that stands for a command.
func (t Turn) command(key, name string) sangkien.Button {
	return CommandButton(key, name, t.Chat.Revision+1)
}

// VerbCommand is the verb of a button that stands for the command in its value.
const VerbCommand = sangkien.VerbCommand

// CommandButton makes a button for a command of a chat whose next revision is given.
func CommandButton(key, name string, revision int64) sangkien.Button {
	p := sangkien.Press{Verb: VerbCommand, Revision: revision, Value: name}
	encoded, err := p.Encode()
	if err != nil {
		encoded = "" // names of commands are ours and short
	}
	return sangkien.Button{Line: sangkien.Say(key), Data: encoded}
}

func trimLead(s string, leads ...string) string {
	for _, l := range leads {
		if len(s) > len(l) && s[:len(l)] == l {
			return s[len(l):]
		}
	}
	return s
}

func showShare(p Person, alone bool) string {
	if alone {
		return p.Name
	}
	return p.Name + " " + strconv.Itoa(p.Share) + "%"
}
