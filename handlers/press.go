package handlers

import (
	"slices"
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// The verbs of the buttons that the abilities make, beside those of dialog.
const (
	verbNew      = "n"   // begin a new idea; Value is the campaign when there are several
	verbView     = "v"   // show an idea
	verbFull     = "f"   // read an idea's answers in full
	verbWithdraw = "w"   // ask whether to withdraw an idea
	verbReally   = "wy"  // withdraw it
	verbDiscard  = "rm"  // delete a draft from the list
	verbLanguage = "l"   // speak the language Value
	verbProfile  = "pr"  // change the name or the unit
	verbConsent  = "con" // give or take back the consent Value, "publish-yes"

	verbHistory    = "h"   // how an idea came to where it stands
	verbSupplement = "sup" // give what was asked for
)

// pressed finds what a button belongs to. What is in it comes from outside: every ability checks it again.
func (t *turn) pressed() (outcome, error) {
	p, ok := sangkien.ParsePress(t.update.Press)
	if !ok {
		return t.latePress()
	}
	if !t.typed && t.session.Tapped(t.update, t.now) {
		return outcome{session: t.session, silent: true}, nil
	}
	if v, ok := verbNamed(p.Verb); ok {
		return t.runVerb(v, p)
	}
	switch p.Verb {
	case dialog.VerbCommand:
		if c, ok := commandNamed(p.Value); ok {
			return t.runCommand(c, "")
		}
	case dialog.VerbGo:
		if t.session.Form == "" || t.session.Idea != p.Idea {
			return t.resume(p.Idea)
		}
	}
	if slices.Contains(dialog.Verbs(), p.Verb) {
		return t.pressedForm(p)
	}
	return t.latePress()
}

// pressedForm gives a form's button to the form, if the chat is in one; else it says what became of the idea.
func (t *turn) pressedForm(p sangkien.Press) (outcome, error) {
	if t.session.Form != "" && t.session.Mode != sangkien.ModeResume {
		return t.step(t.session)
	}
	if p.Revision != 0 && p.Revision == t.chat.Revision-1 {
		return outcome{session: t.session, silent: true}, nil // the second tap of a double tap
	}
	idea, _, _, err := t.ideaInHand(p.Idea)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return t.latePress()
	}
	if err != nil {
		return outcome{}, err
	}
	if idea.Open() {
		return t.resume(idea.ID, sangkien.Say("press.late"))
	}
	return t.say([]sangkien.Line{sangkien.Say("press.submitted", title(idea), sangkien.With("code", idea.Code))}, t.menu()...), nil
}

func (t *turn) pressedNew(p sangkien.Press) (outcome, error) {
	if t.session.Form != "" && t.session.Mode != sangkien.ModeResume {
		return t.showAgain(sangkien.Say("press.late"))
	}
	id, err := strconv.ParseInt(p.Value, 36, 64)
	if p.Value == "" || err != nil {
		return t.beginNew()
	}
	open, err := t.d.catalogue.open(t.ctx, t.chat.Member)
	if err != nil {
		return outcome{}, err
	}
	for _, c := range open {
		if c.ID == id {
			return t.submitTo(c)
		}
	}
	return t.beginNew()
}

// latePress says that a button is old or not ours, and shows what is current.
func (t *turn) latePress() (outcome, error) {
	if t.session.Form != "" && t.session.Mode != sangkien.ModeResume {
		return t.showAgain(sangkien.Say("press.late"))
	}
	o := t.stay(t.sayKey("press.old"))
	o.replies[0].Replaces = "late"
	return o, nil
}
