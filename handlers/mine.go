package handlers

import (
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// maxListed is how many ideas one message lists, newest first.
const maxListed = 10

// mine is /cuatoi: ideas and drafts, each with its state.
func (t *turn) mine(string) (outcome, error) {
	ideas, err := t.d.Store.IdeasOf(t.ctx, t.chat.Member.ID)
	if err != nil {
		return outcome{}, err
	}
	lines := []sangkien.Line{sangkien.Say("mine.head")}
	var rows [][]sangkien.Button
	for _, i := range ideas {
		if i.State == sangkien.Draft && len(i.Answers)+len(i.Attachments) == 0 {
			continue // an empty draft is as good as none
		}
		if len(rows) == maxListed {
			lines = append(lines, sangkien.Say("mine.more", sangkien.With("n", strconv.Itoa(len(ideas)-maxListed))))
			break
		}
		n := sangkien.With("i", strconv.Itoa(len(rows)+1))
		lines = append(lines, sangkien.Say("mine.idea", n, title(i), sangkien.WithKey("state", "state."+string(i.State)), sangkien.With("code", i.Code)))
		rows = append(rows, []sangkien.Button{numbered(len(rows)+1, t.button("button.view", verbView, i.ID, "", n, title(i)))})
	}
	if len(rows) == 0 {
		return t.stay(t.sayKey("mine.none")), nil
	}
	return t.stay(t.say(lines, rows...)), nil
}

func (t *turn) pressedView(sangkien.Press) (outcome, error) { return t.show(t.idea) }

func (t *turn) pressedFull(sangkien.Press) (outcome, error) {
	form, _, err := t.formOf(t.idea)
	return t.full(t.idea, form), err
}

// show tells where an idea stands and what can be done with it.
func (t *turn) show(i sangkien.Idea) (outcome, error) {
	if i.State == sangkien.Draft {
		line, err := t.whereLine("resume.draft", i)
		if err != nil {
			return outcome{}, err
		}
		line.Args = append(line.Args, sangkien.With("i", ""))
		return t.stay(t.say([]sangkien.Line{line}, []sangkien.Button{t.button("button.go", dialog.VerbGo, i.ID, "")},
			[]sangkien.Button{t.button("button.delete", verbDiscard, i.ID, "")})), nil
	}
	lines := []sangkien.Line{
		sangkien.Say("idea.head", sangkien.With("code", i.Code), title(i)),
		sangkien.Say("idea.state", sangkien.WithKey("state", "state."+string(i.State)), sangkien.WithTime("at", i.SubmittedAt)),
	}
	if i.State == sangkien.NeedsSupplement || i.State.Decided() {
		last, err := t.lastMove(i)
		if err != nil {
			return outcome{}, err
		}
		lines = append(lines, reasonOf(last)...)
	}
	lines = append(lines, sangkien.Say("next."+string(i.State)))
	rows := [][]sangkien.Button{{t.button("button.full", verbFull, i.ID, ""), t.button("button.history", verbHistory, i.ID, "")}}
	if i.State == sangkien.NeedsSupplement {
		rows = append([][]sangkien.Button{{t.button("button.supplement", verbSupplement, i.ID, "")}}, rows...)
	}
	if _, err := i.Move(sangkien.Withdrawn, t.author(), "", t.now); err == nil {
		rows = append(rows, []sangkien.Button{t.button("button.withdraw", verbWithdraw, i.ID, "")})
	}
	if i.EnteredBy == t.chat.Member.ID {
		name, err := t.nameOf(i.Author)
		if err != nil {
			return outcome{}, err
		}
		lines = append(lines, sangkien.Say("assist.for", name))
	}
	return t.stay(t.say(lines, append(rows, []sangkien.Button{t.command("button.mine", "cuatoi")})...)), nil
}

// full reads every answer back, whole.
func (t *turn) full(i sangkien.Idea, form sangkien.Form) outcome {
	lines := []sangkien.Line{sangkien.Say("idea.head", sangkien.With("code", i.Code), title(i))}
	for n, q := range form.Questions {
		a, ok := i.Answers[q.Key]
		if !ok || a.Skipped || !q.Visible(i.Answers) {
			continue
		}
		key := "idea.answer"
		if q.Kind == sangkien.KindFiles {
			key = "idea.files"
		}
		lines = append(lines, sangkien.Say(key, sangkien.With("n", strconv.Itoa(n+1)),
			sangkien.With("name", q.Name.In(t.lang)), dialog.Shown("value", q, a, t.lang, 1<<30)))
	}
	return t.stay(t.say(lines, []sangkien.Button{t.command("button.mine", "cuatoi")}))
}

// askWithdraw asks once before an idea is withdrawn.
func (t *turn) askWithdraw(sangkien.Press) (outcome, error) {
	i := t.idea
	if _, err := i.Move(sangkien.Withdrawn, t.author(), "", t.now); err != nil {
		return t.show(i)
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("withdraw.ask", title(i), sangkien.With("code", i.Code))},
		[]sangkien.Button{aside(t.button("button.withdraw_yes", verbReally, i.ID, ""))},
		[]sangkien.Button{aside(t.button("button.withdraw_no", verbView, i.ID, ""))})), nil
}

func (t *turn) withdraw(sangkien.Press) (outcome, error) {
	i := t.idea
	moved, err := i.Move(sangkien.Withdrawn, t.author(), "", t.now)
	if err != nil {
		return t.show(i) // withdrawn already, or decided meanwhile: say where it stands
	}
	o := t.stay(t.sayKey("withdraw.done", sangkien.With("code", i.Code)))
	o.effects = []sangkien.Effect{moved}
	return o, nil
}

func (t *turn) discard(sangkien.Press) (outcome, error) {
	i := t.idea
	deleted, err := i.Delete(t.author())
	if err != nil {
		return t.show(i)
	}
	o := t.sayKey("cancel.deleted")
	if t.session.Idea != i.ID {
		o = t.stay(o)
	}
	o.effects = []sangkien.Effect{deleted}
	return o, nil
}
