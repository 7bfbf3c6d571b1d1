package handlers

import (
	"slices"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// sheetKind is a form that an ability fills by conversation: who may, and what follows once it is complete.
type sheetKind struct {
	name   string // of its form in Config.Sheets, and Sheet.Kind
	needs  sangkien.Action
	about  subject
	finish func(*turn, sangkien.Sheet) (outcome, error)
}

// sheetKinds is the table of sheets.
func sheetKinds() []sheetKind {
	return slices.Concat(deskSheets(), staffSheets(), assistSheets(), myDataSheets(), requestSheets(), letterSheets(), letterDeskSheets(), documentSheets(), bulletinSheets(), campaignSheets())
}

func sheetNamed(name string) (sheetKind, bool) {
	for _, k := range sheetKinds() {
		if k.name == name {
			return k, true
		}
	}
	return sheetKind{}, false
}

// openSheet goes on with the member's unfinished sheet of a kind about a thing, or begins one. known are the
// answers that need not be asked.
func (t *turn) openSheet(kind string, about int64, known sangkien.Answers, before ...sangkien.Line) (outcome, error) {
	sheet, err := t.d.Store.OpenSheet(t.ctx, t.chat.Member.ID, kind, about)
	if err == nil {
		t.session = sangkien.Session{Form: sangkien.FormSheet, Idea: sheet.ID}
		dt, err := t.sheetTurn(sheet)
		if err != nil {
			return outcome{}, err
		}
		t.session = dt.Form.Place(sheet.Answers, sangkien.Asked{Form: sangkien.FormSheet, Idea: sheet.ID})
		dt.Session = t.session
		return t.fromDialog(dialog.Show(dt, before...)), nil
	}
	if sangkien.CodeOf(err) != sangkien.ENOTFOUND {
		return outcome{}, err
	}
	sheet = sangkien.Sheet{ID: t.d.NewID(), Kind: kind, Member: t.chat.Member.ID, About: about, Answers: known}
	t.session = sangkien.Session{Form: sangkien.FormSheet, Idea: sheet.ID}
	dt, err := t.sheetTurn(sheet)
	if err != nil {
		return outcome{}, err
	}
	return t.fromDialog(dialog.BeginSheet(dt, sheet, before...)), nil
}

// showSheet reads a sheet back, after the lines before, for its member to send it or not.
func (t *turn) showSheet(s sangkien.Sheet, before ...sangkien.Line) (outcome, error) {
	dt, err := t.sheetTurn(s)
	if err != nil {
		return outcome{}, err
	}
	return t.fromDialog(dialog.Show(dt, before...)), nil
}

// sheetTurn is what dialog needs to walk a sheet.
func (t *turn) sheetTurn(s sangkien.Sheet) (dialog.Turn, error) {
	dt := dialog.Turn{Form: t.d.Sheets[s.Kind], Chat: t.chat, Session: t.session, Update: t.update, Language: t.lang, Now: t.now, ID: t.d.NewID()}
	var err error
	if dt.Campaign, err = t.d.catalogue.current(t.ctx); err != nil {
		return dt, err
	}
	if dt.Units, err = t.d.catalogue.units(t.ctx); err != nil {
		return dt, err
	}
	return dialog.OnSheet(dt, s), nil
}

// sheetInHand loads the sheet of the session. One that is closed, someone else's, or that the member may no
// longer fill is ENOTFOUND.
func (t *turn) sheetInHand(id int64) (sangkien.Sheet, sheetKind, error) {
	none := sangkien.Errorf(sangkien.ENOTFOUND, "member %d has no open sheet %d", t.chat.Member.ID, id)
	sheet, err := t.d.Store.Sheet(t.ctx, id)
	if err != nil {
		return sheet, sheetKind{}, err
	}
	kind, ok := sheetNamed(sheet.Kind)
	if !ok || sheet.Closed || sheet.Member != t.chat.Member.ID {
		return sheet, kind, none
	}
	object := sangkien.Anything()
	if kind.about == aboutIdea {
		idea, err := t.loadIdea(sheet.About)
		if err != nil {
			return sheet, kind, err
		}
		object = idea.Object()
	}
	if ok, err := t.may(kind.needs, object); err != nil || !ok {
		return sheet, kind, orElse(err, none)
	}
	return sheet, kind, nil
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// finishSheet acts on a complete sheet and closes it.
func (t *turn) finishSheet(effects []sangkien.Effect) (outcome, error) {
	sheet, kind, err := t.sheetInHand(t.session.Idea)
	if err != nil {
		return outcome{}, err
	}
	for _, e := range effects { // the last answer is not in the store yet
		if a, ok := e.(sangkien.SheetAnswered); ok {
			sheet.Answers[a.Question] = a.Answer
		}
	}
	t.session = sangkien.Session{}
	out, err := kind.finish(t, sheet)
	out.effects = append(effects, out.effects...)
	if !out.open {
		out.effects = append(out.effects, sheet.Done())
	}
	return out, err
}
