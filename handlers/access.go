package handlers

import (
	"slices"

	sangkien "github.com/sangkien/sangkien"
)

// subject is what a button of an ability is about.
type subject int

const (
	aboutNothing subject = iota
	aboutIdea            // Press.Idea is an idea: it is loaded, and the rule is asked about it
)

// verb is what a button asks for. A button comes back from outside and can be old, forwarded or forged: the
// rule is asked each time, before anything is done.
type verb struct {
	name  string // [a-z]+, what Press.Verb holds
	needs sangkien.Action
	about subject
	run   func(*turn, sangkien.Press) (outcome, error)
}

// verbs is the table of the buttons that abilities make, beside those of dialog.
func verbs() []verb {
	return slices.Concat(memberVerbs(), deskVerbs(), staffVerbs(), assistVerbs(), eraseForVerbs(), publicVerbs(), resultsVerbs(), myDataVerbs(), requestVerbs(), letterVerbs(), letterDeskVerbs(), documentVerbs(), searchVerbs(), newsVerbs(), bulletinVerbs(), broadcastVerbs(), linkVerbs(), accountVerbs(), topicVerbs(), campaignVerbs())
}

func memberVerbs() []verb {
	return []verb{
		{verbNew, sangkien.ActTakePart, aboutNothing, (*turn).pressedNew},
		{verbLanguage, sangkien.ActTakePart, aboutNothing, (*turn).pressedLanguage},
		{verbProfile, sangkien.ActTakePart, aboutNothing, (*turn).pressedProfile},
		{verbConsent, sangkien.ActTakePart, aboutNothing, (*turn).pressedConsent},
		{verbView, sangkien.ActOwnIdea, aboutIdea, (*turn).pressedView},
		{verbFull, sangkien.ActOwnIdea, aboutIdea, (*turn).pressedFull},
		{verbHistory, sangkien.ActOwnIdea, aboutIdea, (*turn).pressedHistory},
		{verbSupplement, sangkien.ActOwnIdea, aboutIdea, (*turn).pressedSupplement},
		{verbWithdraw, sangkien.ActOwnIdea, aboutIdea, (*turn).askWithdraw},
		{verbReally, sangkien.ActOwnIdea, aboutIdea, (*turn).withdraw},
		{verbDiscard, sangkien.ActOwnIdea, aboutIdea, (*turn).discard},
	}
}

func verbNamed(name string) (verb, bool) {
	for _, v := range verbs() {
		if v.name == name {
			return v, true
		}
	}
	return verb{}, false
}

// viewer is the member with the tree of units, read in this turn: a role that was taken away is gone.
func (t *turn) viewer() (sangkien.Viewer, error) {
	tree, err := t.d.catalogue.tree(t.ctx)
	return sangkien.Viewer{Member: t.chat.Member, Tree: tree}, err
}

// may asks the one rule.
func (t *turn) may(a sangkien.Action, o sangkien.Object) (bool, error) {
	v, err := t.viewer()
	return err == nil && v.May(a, o), err
}

// runCommand runs a command, if the member may.
func (t *turn) runCommand(c Command, payload string) (outcome, error) {
	ok, err := t.may(c.Needs, sangkien.Anything())
	if err != nil {
		return outcome{}, err
	}
	if !ok {
		return t.forbidden()
	}
	return c.run(t, payload)
}

// runVerb does what a button asks for, if the member may. What someone may not see and what does not exist
// are answered alike.
func (t *turn) runVerb(v verb, p sangkien.Press) (outcome, error) {
	about := sangkien.Anything()
	if v.about == aboutIdea {
		idea, err := t.loadIdea(p.Idea)
		if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
			return t.gone(), nil
		}
		if err != nil {
			return outcome{}, err
		}
		about = idea.Object()
	}
	ok, err := t.may(v.needs, about)
	switch {
	case err != nil:
		return outcome{}, err
	case ok:
		return v.run(t, p)
	case v.about == aboutIdea:
		return t.gone(), nil
	}
	return t.forbidden()
}

// gone says that there is no such idea, or none for this person.
func (t *turn) gone() outcome { return t.stay(t.sayKey("idea.gone")) }

// forbidden says that this is for others; the conversation stays where it is.
func (t *turn) forbidden() (outcome, error) {
	line := sangkien.Say("access.denied")
	if t.session.Form != "" && t.session.Mode != sangkien.ModeResume {
		return t.showAgain(line)
	}
	return t.stay(t.say([]sangkien.Line{line}, t.menu()...)), nil
}

// loadIdea loads an idea once for the turn, whoever's it is: the caller asks the rule.
func (t *turn) loadIdea(id int64) (sangkien.Idea, error) {
	if id == 0 {
		return sangkien.Idea{}, sangkien.Errorf(sangkien.ENOTFOUND, "no idea is named")
	}
	if t.idea.ID != id {
		idea, err := t.d.Store.Idea(t.ctx, id)
		if err != nil {
			return sangkien.Idea{}, err
		}
		t.idea = idea
	}
	return t.idea, nil
}

// formOf is the form that an idea was begun under, with a question for each supplement that was asked for.
func (t *turn) formOf(i sangkien.Idea) (sangkien.Form, sangkien.Campaign, error) {
	form, err := t.d.catalogue.form(t.ctx, i.Campaign, i.FormVersion)
	if err != nil {
		return form, sangkien.Campaign{}, err
	}
	if form, err = t.supplemented(form, i); err != nil {
		return form, sangkien.Campaign{}, err
	}
	c, err := t.d.catalogue.campaign(t.ctx, i.Campaign)
	return t.asides(form), c, err
}
