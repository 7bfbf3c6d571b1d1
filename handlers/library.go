package handlers

import (
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// documents is /vanban, with words to look for or without.
func (t *turn) documents(words string) (outcome, error) {
	return t.paperList(vntext.Truncate(strings.Join(strings.Fields(words), " "), maxSought), 0)
}

// pressedPapers turns to a page of what was looked for; of an older search, and of none, to a page of the library.
func (t *turn) pressedPapers(p sangkien.Press) (outcome, error) {
	tag, number, searched := strings.Cut(p.Value, "-")
	if !searched {
		number = p.Value
	}
	page, err := strconv.Atoi(number)
	if err != nil || page < 0 || page > 1_000_000 {
		page = 0
	}
	switch {
	case !searched:
		return t.paperList("", page)
	case tag != tagOf(t.session.Search):
		return t.paperList("", 0)
	}
	return t.paperList(t.session.Search, page)
}

// toPapers is a button that leads to a page of what was looked for.
func (t *turn) toPapers(key, words string, page int) sangkien.Button {
	value := strconv.Itoa(page)
	if words != "" {
		value = tagOf(words) + "-" + value
	}
	return t.button(key, verbPapers, 0, value)
}

// paperList is one page of the library, or of what was found in it. The chat then waits for words to look for; a
// form that it is in the middle of goes on.
func (t *turn) paperList(words string, page int) (outcome, error) {
	papers, err := t.d.Store.Papers(t.ctx, words, page*perPage, perPage+1)
	if err != nil {
		return outcome{}, err
	}
	if len(papers) == 0 && page > 0 {
		return t.paperList(words, 0)
	}
	if t.session.Form == "" {
		t.session = sangkien.Session{Mode: sangkien.ModePapers}
	}
	t.session.Search, t.session.View = words, ""
	lines := paperLines(words, page, papers)
	if len(papers) > 0 {
		lines = append(lines, t.paperHint())
	}
	var rows [][]sangkien.Button
	for n, p := range papers[:min(perPage, len(papers))] {
		number := sangkien.With("i", strconv.Itoa(page*perPage+n+1))
		rows = append(rows, []sangkien.Button{numbered(page*perPage+n+1, t.button("button.paper", verbPaper, p.ID, "", number, sangkien.With("title", vntext.Truncate(p.Title, 40))))})
	}
	var turn []sangkien.Button
	if page > 0 {
		turn = append(turn, t.toPapers("button.previous", words, page-1))
	}
	if len(papers) > perPage {
		turn = append(turn, t.toPapers("button.next", words, page+1))
	}
	rows = append(rows, turn)
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	if v.May(sangkien.ActDocuments, sangkien.Anything()) {
		rows = append(rows, []sangkien.Button{t.button("button.add_paper", verbAddPaper, 0, "")})
	}
	if words != "" {
		rows = append(rows, []sangkien.Button{t.button("button.papers", verbPapers, 0, "0")})
	}
	return t.stay(t.say(lines, rows...)), nil
}

func paperLines(words string, page int, papers []sangkien.Paper) []sangkien.Line {
	sought := sangkien.With("words", vntext.Truncate(words, 60))
	switch {
	case len(papers) == 0 && words == "":
		return []sangkien.Line{sangkien.Say("document.none")}
	case len(papers) == 0:
		return []sangkien.Line{sangkien.Say("document.not_found", sought)}
	}
	lines := []sangkien.Line{sangkien.Say("document.head")}
	if words != "" {
		lines[0] = sangkien.Say("document.found", sought)
	}
	for n, p := range papers[:min(perPage, len(papers))] {
		number := sangkien.With("i", strconv.Itoa(page*perPage+n+1))
		lines = append(lines, sangkien.Say("document.one", append(paperArgs(p), number)...))
	}
	return lines
}

// paperHint says how to search: in the middle of a form the next text is an answer, so there the words come with the
// command.
func (t *turn) paperHint() sangkien.Line {
	if t.session.Form != "" {
		return sangkien.Say("document.hint_form")
	}
	return sangkien.Say("document.hint")
}

// wroteAtPapers understands the number of a document that is listed, or a page; anything else is looked for in the
// library. A code is a code everywhere.
func (t *turn) wroteAtPapers() (outcome, error) {
	u := t.update
	if u.Kind != sangkien.UpdateText || vntext.Length(u.Text) > maxSought || vntext.Blank(u.Text) {
		return t.idle()
	}
	if code, ok := vntext.FindCode(u.Text); ok {
		return t.lookUp(code)
	}
	if n, ok := vntext.ChoiceNumber(u.Text); ok {
		papers, err := t.d.Store.Papers(t.ctx, t.session.Search, n-1, 1)
		if err != nil {
			return outcome{}, err
		}
		if len(papers) == 1 {
			return t.paper(sangkien.Press{Idea: papers[0].ID})
		}
	}
	return t.documents(u.Text)
}
