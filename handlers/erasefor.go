package handlers

import (
	sangkien "github.com/sangkien/sangkien"
)

// Who has no phone asks by word of mouth that their data be deleted: an administrator does it from one of their ideas.
const (
	verbEraseFor    = "xe"  // ask whether to delete what is known of the author
	verbEraseForYes = "xey" // delete it
)

func eraseForVerbs() []verb {
	return []verb{
		{verbEraseFor, sangkien.ActReadIdea, aboutIdea, (*turn).askEraseFor},
		{verbEraseForYes, sangkien.ActReadIdea, aboutIdea, (*turn).eraseFor},
	}
}

// erasable loads the author of the idea in hand, if they have no account and the member may delete what is known of them.
func (t *turn) erasable() (p sangkien.Person, effects []sangkien.Effect, ok bool, err error) {
	v, err := t.viewer()
	if err != nil {
		return p, nil, false, err
	}
	if p, err = t.d.Store.Person(t.ctx, t.idea.Author); err != nil {
		return p, nil, false, err
	}
	forms := map[int64]sangkien.Form{}
	for _, i := range p.Ideas {
		if forms[i.ID], _, err = t.formOf(i); err != nil {
			return p, nil, false, err
		}
	}
	effects, err = p.EraseFor(forms, v, t.now)
	return p, effects, err == nil, nil
}

func (t *turn) askEraseFor(sangkien.Press) (outcome, error) {
	p, _, ok, err := t.erasable()
	if err != nil || !ok {
		return t.notErasable(p, err)
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("erase_for.ask", sangkien.With("name", p.Member.Name)), sangkien.Say("erase_for.stays")},
		[]sangkien.Button{t.button("button.erase_yes", verbEraseForYes, t.idea.ID, "")}, []sangkien.Button{t.button("button.back_to_idea", verbDeskIdea, t.idea.ID, "")})), nil
}

func (t *turn) eraseFor(sangkien.Press) (outcome, error) {
	p, effects, ok, err := t.erasable()
	if err != nil || !ok {
		return t.notErasable(p, err)
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say("erase_for.done")}, []sangkien.Button{t.button("button.desk", verbDesk, 0, "")}))
	o.effects = append([]sangkien.Effect{p.Member.Request(t.d.NewID(), sangkien.RightDelete, "", true, t.now)}, effects...)
	return o, nil
}

func (t *turn) notErasable(p sangkien.Person, err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	if p.Member.Erased {
		return t.deskIdea(t.idea) // it says so
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("erase_for.not")}, []sangkien.Button{t.button("button.back_to_idea", verbDeskIdea, t.idea.ID, "")})), nil
}
