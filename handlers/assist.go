package handlers

import (
	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// An organiser writes for someone without a phone: who it is and that they agreed, then the form as usual.
const (
	verbAssist  = "as"
	sheetAssist = "assist"
)

func assistVerbs() []verb {
	return []verb{{verbAssist, sangkien.ActAssist, aboutNothing, (*turn).beginAssist}}
}

func assistSheets() []sheetKind {
	return []sheetKind{{sheetAssist, sangkien.ActAssist, aboutNothing, (*turn).finishAssist}}
}

func (t *turn) beginAssist(sangkien.Press) (outcome, error) {
	open, err := t.d.catalogue.open(t.ctx, sangkien.Member{})
	if err != nil {
		return outcome{}, err
	}
	if len(open) == 0 {
		return t.stay(t.sayKey("campaign.none")), nil
	}
	return t.openSheet(sheetAssist, 0, nil, sangkien.Say("assist.head"))
}

// finishAssist makes the person known and begins their idea.
func (t *turn) finishAssist(s sangkien.Sheet) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	author, effects, err := v.Enter(t.d.NewID(), s.Answers, t.d.Sheets[sheetAssist], t.lang, t.now)
	switch sangkien.CodeOf(err) {
	case "":
	case sangkien.EINVALID:
		return t.sayKey("assist.no_consent"), nil
	case sangkien.EFORBIDDEN:
		t.session = sangkien.Session{Form: sangkien.FormSheet, Idea: s.ID, Mode: sangkien.ModeSummary}
		o, err := t.showSheet(s, sangkien.Say("assist.elsewhere"))
		o.open = true // nothing that was written down is lost: the unit can be corrected
		return o, err
	default:
		return outcome{}, err
	}
	open, err := t.d.catalogue.open(t.ctx, author)
	if err != nil {
		return outcome{}, err
	}
	if len(open) == 0 {
		return t.sayKey("campaign.none"), nil
	}
	dt := dialog.Turn{Campaign: open[0], Author: author, Chat: t.chat, Update: t.update, Language: t.lang, Now: t.now}
	o := t.fromDialog(dialog.Begin(dt, t.d.NewID()))
	o.replies[0].Lines = append([]sangkien.Line{sangkien.Say("assist.begin", sangkien.With("name", author.Name))}, o.replies[0].Lines...)
	o.effects = append(effects, o.effects...)
	return o, nil
}
