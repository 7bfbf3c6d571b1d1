package handlers

import (
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// gatherFor is how long a notice of a new idea waits for others, so that a busy hour is one message.
const gatherFor = time.Minute

// tell adds what others hear of a change: the author of what was done to their idea, the organisers of what
// came to their desk.
func (t *turn) tell(o outcome) (outcome, error) {
	for _, e := range o.effects {
		moved, ok := e.(sangkien.IdeaMoved)
		if !ok {
			continue
		}
		replies, err := t.noticesOf(moved, o)
		if err != nil {
			return o, err
		}
		o.replies = append(o.replies, replies...)
	}
	return o, nil
}

func (t *turn) noticesOf(m sangkien.IdeaMoved, o outcome) ([]sangkien.Reply, error) {
	idea, err := t.loadIdea(m.Idea)
	if err != nil {
		return nil, err
	}
	switch {
	case m.To == sangkien.Submitted && !m.Undo:
		return t.tellDesk(idea, m)
	case m.To == sangkien.Withdrawn:
		return t.tellWithdrawn(idea, erases(sangkien.Commit{Effects: o.effects}))
	}
	return t.tellAuthor(idea, m, o.tell)
}

// tellAuthor says to the author, once, what became of the idea, with the reason and what they can do. It waits
// so long as told, and for the morning.
func (t *turn) tellAuthor(i sangkien.Idea, m sangkien.IdeaMoved, wait time.Duration) ([]sangkien.Reply, error) {
	to, lang, ok, err := t.reach(i.Author)
	if err == nil && !ok && i.EnteredBy != 0 { // who has no phone hears it from whom they spoke to
		to, lang, ok, err = t.reach(i.EnteredBy)
	}
	if err != nil || !ok {
		return nil, err
	}
	r := sangkien.Reply{To: to, Language: lang, Class: sangkien.ClassNotice, After: wait + sangkien.Quiet(t.now.Add(wait))}
	name := noticeOf(i.ID)
	head := []sangkien.Arg{sangkien.With("code", i.Code), title(i)}
	if m.Undo {
		r.Retracts = name
		r.Lines = []sangkien.Line{sangkien.Say("notice.undone", append(head, sangkien.WithKey("state", "state."+string(m.To)))...)}
		r.Buttons = t.authorButtons(i, m.To)
		return []sangkien.Reply{r}, nil
	}
	r.Replaces = name
	r.Lines = []sangkien.Line{sangkien.Say("notice."+string(m.To), head...)}
	if m.From == sangkien.NeedsSupplement {
		r.Lines = append(r.Lines, sangkien.Say("notice.no_more"))
	}
	r.Lines = append(r.Lines, reasonOf(sangkien.Move{Reason: m.Reason, Number: m.Number, Due: m.Due})...)
	r.Lines = append(r.Lines, sangkien.Say("next."+string(m.To)))
	r.Buttons = t.authorButtons(i, m.To)
	return []sangkien.Reply{r}, nil
}

// authorButtons is what the author can do with an idea that came to a state.
func (t *turn) authorButtons(i sangkien.Idea, state sangkien.State) [][]sangkien.Button {
	row := []sangkien.Button{t.foreign("button.view_it", verbView, i.ID, "")}
	if state == sangkien.NeedsSupplement {
		row = append([]sangkien.Button{t.foreign("button.supplement", verbSupplement, i.ID, "")}, row...)
	}
	return [][]sangkien.Button{row}
}

// reasonOf says why an idea was moved, by which decision, and until when its author can answer.
func reasonOf(m sangkien.Move) []sangkien.Line {
	var lines []sangkien.Line
	if m.Reason != "" {
		lines = append(lines, sangkien.Say("notice.reason", sangkien.With("reason", m.Reason)))
	}
	if m.Number != "" {
		lines = append(lines, sangkien.Say("notice.number", sangkien.With("number", m.Number)))
	}
	if !m.Due.IsZero() {
		lines = append(lines, sangkien.Say("notice.due", sangkien.WithTime("due", m.Due)))
	}
	return lines
}

// noticeOf is the name under which the author's notices of an idea replace each other while they are unsent.
func noticeOf(idea int64) string { return "idea:" + strconv.FormatInt(idea, 36) }

// tellDesk tells the organisers whose desk the idea comes to. What comes within a minute is one message.
func (t *turn) tellDesk(i sangkien.Idea, m sangkien.IdeaMoved) ([]sangkien.Reply, error) {
	i.State = m.To
	if i.Code == "" { // submitted in this very commit: it gets the unit of today
		author, err := t.d.Store.Member(t.ctx, i.Author)
		if err != nil {
			return nil, err
		}
		i.Unit = author.Unit
	}
	tally, err := t.d.Store.TallyIn(t.ctx, sangkien.Submitted)
	if err != nil {
		return nil, err
	}
	tally = append(tally, sangkien.Tally{Unit: i.Unit, State: m.To, Count: 1})
	return t.toDesk(i, func(v sangkien.Viewer, r sangkien.Reply) sangkien.Reply {
		r.Replaces, r.Gather, r.After = "desk", true, gatherFor+sangkien.Quiet(t.now.Add(gatherFor))
		n := v.Count(tally)[sangkien.Submitted]
		r.Lines = []sangkien.Line{sangkien.Say("notice.desk", title(i), sangkien.With("code", i.Code), sangkien.With("n", strconv.Itoa(n)))}
		r.Buttons = [][]sangkien.Button{{t.foreign("button.open_idea", verbDeskIdea, i.ID, "")},
			{t.foreign("button.desk_list", verbDesk, 0, pageValue(sangkien.Submitted, 0), sangkien.With("n", strconv.Itoa(n)))}}
		return r
	})
}

// tellWithdrawn tells the desk that there is nothing more to do; of someone who is erased nothing but the code.
func (t *turn) tellWithdrawn(i sangkien.Idea, erased bool) ([]sangkien.Reply, error) {
	return t.toDesk(i, func(_ sangkien.Viewer, r sangkien.Reply) sangkien.Reply {
		r.After = sangkien.Quiet(t.now)
		r.Lines = []sangkien.Line{sangkien.Say("notice.withdrawn", sangkien.With("code", i.Code), title(i))}
		if erased {
			r.Lines = []sangkien.Line{sangkien.Say("notice.gone", sangkien.With("code", i.Code))}
		}
		return r
	})
}

// toDesk makes a reply for everyone who may handle the idea.
func (t *turn) toDesk(i sangkien.Idea, make func(sangkien.Viewer, sangkien.Reply) sangkien.Reply) ([]sangkien.Reply, error) {
	return t.staffWho(sangkien.ActHandle, i.Object(), func(v sangkien.Viewer, r sangkien.Reply) sangkien.Reply {
		r.Idea = i.ID
		return make(v, r)
	})
}

// staffWho makes a reply for everyone who may do something, in the chat that they used last.
func (t *turn) staffWho(a sangkien.Action, o sangkien.Object, make func(sangkien.Viewer, sangkien.Reply) sangkien.Reply) ([]sangkien.Reply, error) {
	return t.staffWhere(func(v sangkien.Viewer) bool { return v.May(a, o) }, make)
}

// staffWhere makes a reply for everyone with a role for whom the rule holds.
func (t *turn) staffWhere(rule func(sangkien.Viewer) bool, make func(sangkien.Viewer, sangkien.Reply) sangkien.Reply) ([]sangkien.Reply, error) {
	staff, err := t.d.Store.Staff(t.ctx)
	if err != nil {
		return nil, err
	}
	tree, err := t.d.catalogue.tree(t.ctx)
	if err != nil {
		return nil, err
	}
	var replies []sangkien.Reply
	for _, m := range staff {
		v := sangkien.Viewer{Member: m, Tree: tree}
		if !rule(v) {
			continue
		}
		to, ok, err := t.d.Store.Reach(t.ctx, m.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			replies = append(replies, make(v, sangkien.Reply{To: to, Language: m.Language, Class: sangkien.ClassNotice}))
		}
	}
	return replies, nil
}

// reach finds where and in which language a member can be written to.
func (t *turn) reach(member int64) (to sangkien.Address, lang sangkien.Language, ok bool, err error) {
	if to, ok, err = t.d.Store.Reach(t.ctx, member); err != nil || !ok {
		return to, lang, ok, err
	}
	m, err := t.d.Store.Member(t.ctx, member)
	return to, m.Language, ok, err
}

// foreign makes a button for someone else's chat: its revision is not known, and such verbs do not need it.
func (t *turn) foreign(key, verb string, idea int64, value string, args ...sangkien.Arg) sangkien.Button {
	b := t.button(key, verb, idea, value, args...)
	p := sangkien.Press{Verb: verb, Idea: idea, Value: value}
	if encoded, err := p.Encode(); err == nil {
		b.Data = encoded
	}
	return b
}
