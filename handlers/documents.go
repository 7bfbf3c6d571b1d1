package handlers

import (
	"net/url"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/vntext"
)

// The verbs and sheet of the library of official documents.
const (
	verbPapers    = "vb"  // a page of the library, Value; words of a search are typed
	verbPaper     = "vv"  // one document
	verbAddPaper  = "va"  // add one
	verbEditPaper = "ve"  // correct one
	verbDropPaper = "vr"  // ask whether to take one away
	verbDropYes   = "vry" // take it away
	sheetDocument = "document"
)

func documentVerbs() []verb {
	return []verb{
		{verbPapers, sangkien.ActTakePart, aboutNothing, (*turn).pressedPapers},
		{verbPaper, sangkien.ActTakePart, aboutNothing, (*turn).paper},
		{verbAddPaper, sangkien.ActDocuments, aboutNothing, (*turn).addPaper},
		{verbEditPaper, sangkien.ActDocuments, aboutNothing, (*turn).editPaper},
		{verbDropPaper, sangkien.ActDocuments, aboutNothing, (*turn).askDropPaper},
		{verbDropYes, sangkien.ActDocuments, aboutNothing, (*turn).dropPaper},
	}
}

func documentSheets() []sheetKind {
	return []sheetKind{{sheetDocument, sangkien.ActDocuments, aboutNothing, (*turn).finishDocument}}
}

func paperArgs(p sangkien.Paper) []sangkien.Arg {
	date := p.Date
	if d, err := vntext.ParseDate(p.Date, vntext.Date{Year: 9999}); err == nil {
		date = d.Display()
	}
	var parts []string
	for _, s := range []string{p.Number, date, p.Issuer} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return []sangkien.Arg{sangkien.With("title", p.Title), sangkien.With("about", strings.Join(parts, ", "))}
}

// loadPaper loads a document; one that is gone leads back to the library.
func (t *turn) loadPaper(id int64) (p sangkien.Paper, ok bool, err error) {
	p, err = t.d.Store.Paper(t.ctx, id)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return p, false, nil
	}
	return p, err == nil, err
}

func (t *turn) libraryOr(err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	return t.paperList("", 0)
}

// paper shows a document, with its link and its file.
func (t *turn) paper(pr sangkien.Press) (outcome, error) {
	p, ok, err := t.loadPaper(pr.Idea)
	if err != nil || !ok {
		return t.libraryOr(err)
	}
	lines := []sangkien.Line{sangkien.Say("document.view", paperArgs(p)...)}
	var rows [][]sangkien.Button
	if u, err := url.Parse(p.Link); p.Link != "" && err == nil {
		lines = append(lines, sangkien.Say("document.link", sangkien.With("link", p.Link)))
		rows = append(rows, []sangkien.Button{{Line: sangkien.Say("button.paper_link", sangkien.With("host", u.Hostname())), URL: p.Link}})
	}
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	if v.May(sangkien.ActDocuments, p.Object()) {
		rows = append(rows, []sangkien.Button{t.button("button.edit_paper", verbEditPaper, p.ID, ""), t.button("button.drop_paper", verbDropPaper, p.ID, "")})
	}
	rows = append(rows, []sangkien.Button{t.button("button.papers", verbPapers, 0, "0")})
	if t.session.Form == sangkien.FormIdea {
		rows = append(rows, []sangkien.Button{t.button("button.go", dialog.VerbGo, t.session.Idea, "")})
	}
	o := t.say(lines, rows...)
	o.replies = append(o.replies, t.filesOf(p.Files)...)
	return t.stay(o), nil
}

func (t *turn) addPaper(sangkien.Press) (outcome, error) { return t.openSheet(sheetDocument, 0, nil) }

// editPaper asks the same questions with the answers that are known; the file stays.
func (t *turn) editPaper(pr sangkien.Press) (outcome, error) {
	p, ok, err := t.loadPaper(pr.Idea)
	if err != nil || !ok {
		return t.libraryOr(err)
	}
	if ok, err := t.may(sangkien.ActDocuments, p.Object()); err != nil || !ok {
		return t.notTheirs(err)
	}
	known := sangkien.Answers{keySeen: {Value: seenPaper(p)}, sangkien.PaperFile: {Value: strconv.Itoa(len(p.Files)), Skipped: len(p.Files) == 0}}
	for key, value := range map[string]string{sangkien.PaperTitle: p.Title, sangkien.PaperNumber: p.Number, sangkien.PaperDate: p.Date, sangkien.PaperIssuer: p.Issuer, sangkien.PaperLink: p.Link} {
		known[key] = sangkien.Answer{Value: value, Skipped: value == ""}
	}
	return t.openSheet(sheetDocument, p.ID, known)
}

// finishDocument stores a document, or the correction of one.
func (t *turn) finishDocument(s sangkien.Sheet) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	p, earlier := sangkien.PaperOf(s), sangkien.Paper{}
	if s.About != 0 {
		p.ID = s.About
		var ok bool
		if earlier, ok, err = t.loadPaper(s.About); err != nil || !ok {
			return t.paperGone(err)
		}
		if seenPaper(earlier) != s.Answers[keySeen].Value {
			return t.correctedMeanwhile(s, earlier)
		}
	}
	saved, err := p.Save(s, earlier, v, t.now)
	switch sangkien.CodeOf(err) {
	case sangkien.EINVALID:
		t.session = sangkien.Session{Form: sangkien.FormSheet, Idea: s.ID, Mode: sangkien.ModeSummary}
		o, err := t.showSheet(s, sangkien.Say("document.bad_link"))
		o.open = true
		return o, err
	case sangkien.EFORBIDDEN:
		return t.notTheirs(nil)
	}
	o := t.say([]sangkien.Line{sangkien.Say("document.saved", sangkien.With("title", p.Title))}, []sangkien.Button{t.button("button.open_paper", verbPaper, p.ID, ""), t.button("button.papers", verbPapers, 0, "0")})
	o.effects = []sangkien.Effect{saved}
	return o, nil
}

// notTheirs says that a document is changed by those whose it is.
func (t *turn) notTheirs(err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("document.not_yours")}, []sangkien.Button{t.button("button.papers", verbPapers, 0, "0")})), nil
}

// seenPaper tells one version of a document from another.
func seenPaper(p sangkien.Paper) string { return strconv.FormatInt(p.At.UnixMilli(), 36) }

// paperGone says that what was corrected is not in the library any more.
func (t *turn) paperGone(err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	return t.say([]sangkien.Line{sangkien.Say("document.gone")}, []sangkien.Button{t.button("button.papers", verbPapers, 0, "0")}), nil
}

// correctedMeanwhile shows what someone else made of the document, and keeps what was written to be saved or dropped.
func (t *turn) correctedMeanwhile(s sangkien.Sheet, now sangkien.Paper) (outcome, error) {
	s.Answers[keySeen] = sangkien.Answer{Value: seenPaper(now)}
	t.session = sangkien.Session{Form: sangkien.FormSheet, Idea: s.ID, Mode: sangkien.ModeSummary}
	o, err := t.showSheet(s, sangkien.Say("document.meanwhile", paperArgs(now)...))
	o.effects, o.open = []sangkien.Effect{s.Note(keySeen, s.Answers[keySeen], t.now)}, true
	return o, err
}

func (t *turn) askDropPaper(pr sangkien.Press) (outcome, error) {
	p, ok, err := t.loadPaper(pr.Idea)
	if err != nil || !ok {
		return t.libraryOr(err)
	}
	if ok, err := t.may(sangkien.ActDocuments, p.Object()); err != nil || !ok {
		return t.notTheirs(err)
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("document.drop_ask", paperArgs(p)...)}, []sangkien.Button{t.button("button.drop_paper_yes", verbDropYes, p.ID, ""), t.button("button.open_paper", verbPaper, p.ID, "")})), nil
}

func (t *turn) dropPaper(pr sangkien.Press) (outcome, error) {
	p, ok, err := t.loadPaper(pr.Idea)
	if err != nil || !ok {
		return t.libraryOr(err)
	}
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	removed, err := p.Remove(v, t.now)
	if err != nil {
		return t.notTheirs(nil)
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say("document.dropped")}, []sangkien.Button{t.button("button.papers", verbPapers, 0, "0")}))
	o.effects = []sangkien.Effect{removed}
	return o, nil
}
