package handlers

import (
	"slices"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// verbSearch shows another side of what was searched for: Value is a view. The words stand in the session.
const verbSearch = "q"

const (
	perSearch = 6   // how many ideas a page of results shows
	maxPages  = 100 // nobody turns more
	maxSought = 100 // characters of the words that are kept
)

func searchVerbs() []verb {
	return []verb{{verbSearch, sangkien.ActReadPublic, aboutNothing, (*turn).pressedSearch}}
}

// search is /tracuu: a code, or words; without any it asks for them.
func (t *turn) search(payload string) (outcome, error) {
	if code, ok := vntext.FindCode(payload); ok {
		return t.lookUp(code)
	}
	if len(vntext.Words(payload)) == 0 {
		return t.askWords()
	}
	return t.look(vntext.Truncate(strings.Join(strings.Fields(payload), " "), maxSought), view{show: viewFound})
}

// askWords asks what to look for. In the middle of a form the next text is an answer: there the words must come
// with the command.
func (t *turn) askWords() (outcome, error) {
	if t.session.Form != "" {
		return t.showAgain(sangkien.Say("search.ask_form"))
	}
	o := t.say([]sangkien.Line{sangkien.Say("search.ask")}, []sangkien.Button{t.toView("button.search_newest", "", view{show: viewFound, newest: true})})
	o.session = sangkien.Session{Mode: sangkien.ModeSearch}
	return o, nil
}

func (t *turn) toView(key, words string, v view) sangkien.Button {
	return t.button(key, verbSearch, 0, v.value(words))
}

func (t *turn) pressedSearch(p sangkien.Press) (outcome, error) {
	if v, ok := readView(p.Value, t.session.Search); ok {
		return t.look(t.session.Search, v)
	}
	if t.session.Form != "" {
		return t.latePress()
	}
	o, err := t.askWords()
	if err == nil {
		o.replies[0].Lines = []sangkien.Line{sangkien.Say("search.old")}
		o.replies[0].Replaces = "late"
	}
	return o, err
}

// look shows a view of what was searched for. The chat then waits for what to do with it, or for other words;
// a form that it is in the middle of goes on.
func (t *turn) look(words string, v view) (outcome, error) {
	if t.session.Form == "" {
		t.session = sangkien.Session{Mode: sangkien.ModeSearch, Query: t.session.Query}
		if v.show != viewUnits {
			t.session.Query = "" // of a unit that was looked for
		}
	}
	t.session.Search, t.session.View = words, v.value(words)
	switch v.show {
	case viewFields:
		return t.chooseField(words, v)
	case viewYears:
		return t.chooseYear(words, v)
	case viewUnits:
		return t.chooseUnit(words, v)
	}
	return t.lookFound(words, v)
}

func (t *turn) lookFound(words string, v view) (outcome, error) {
	q, err := t.query(words, v)
	if err != nil {
		return outcome{}, err
	}
	ideas, more, err := t.d.Store.Search(t.ctx, q)
	if err != nil {
		return outcome{}, err
	}
	if len(ideas) == 0 && v.page > 0 {
		v.page = 0
		return t.look(words, v)
	}
	lines, err := t.foundLines(words, v, ideas)
	if err != nil {
		return outcome{}, err
	}
	return t.stay(t.say(lines, t.foundButtons(words, v, ideas, more)...)), nil
}

// query is the view as the store is asked: members find what is recognised, organisers also what their units
// submitted.
func (t *turn) query(words string, v view) (sangkien.Query, error) {
	viewer, err := t.viewer()
	q := sangkien.Query{Words: words, Scope: viewer.Scope(), Field: v.field, Year: v.year, Newest: v.newest, Offset: v.page * perSearch, Limit: perSearch}
	if v.unit != 0 {
		q.Within = viewer.Tree.Under(v.unit)
	}
	return q, err
}

// wroteAtSearch understands the number or the words of a button that is shown; anything else is searched for.
func (t *turn) wroteAtSearch() (outcome, error) {
	u := t.update
	if u.Kind != sangkien.UpdateText || vntext.Length(u.Text) > maxSought {
		return t.idle()
	}
	if code, ok := vntext.FindCode(u.Text); ok {
		return t.lookUp(code)
	}
	v, ok := readView(t.session.View, t.session.Search)
	if !ok && t.session.Search != "" {
		v, ok = view{show: viewFound}, true // the session was lost: its words are known
	}
	if ok {
		shown, err := t.look(t.session.Search, v)
		if err != nil {
			return outcome{}, err
		}
		if b, ok := meant(u.Text, shown.replies[0].Buttons, v.show); ok {
			t.update.Press = b.Data
			return t.pressed()
		}
		if o, ok, err := t.unitTyped(u.Text, v); err != nil || ok {
			return o, err
		}
	}
	return t.search(u.Text)
}

// searchWords are the words that stand for a button of the results, by its sentence.
var searchWords = map[string][]string{
	"button.next":         {"tiep", "tiep theo", "trang sau", "xem tiep", "next", "more"},
	"button.previous":     {"truoc", "trang truoc", "previous"},
	"button.search_field": {"linh vuc", "theo linh vuc", "by field"},
	"button.search_year":  {"theo nam", "by year"},
	"button.search_unit":  {"don vi", "theo don vi", "by unit", "unit"},
	"button.search_order": {"moi nhat", "moi nhat truoc", "newest", "newest first"},
	"button.search_all":   {"tat ca", "bo loc", "all"},
}

// meant finds the button that a text names: by its number, by what it says, or by words that stand for it.
func meant(text string, rows [][]sangkien.Button, show string) (sangkien.Button, bool) {
	buttons, folded := slices.Concat(rows...), vntext.Fold(text)
	if show == viewFields || show == viewYears {
		labels := make([]string, len(buttons))
		for n, b := range buttons {
			labels[n] = b.Label
		}
		if fit := vntext.Match(text, labels); len(fit) == 1 {
			return buttons[fit[0]], true
		}
		return sangkien.Button{}, false
	}
	if n, ok := vntext.ChoiceNumber(text); ok && n <= len(buttons) {
		return buttons[n-1], true
	}
	for _, b := range buttons {
		if slices.Contains(searchWords[b.Line.Key], folded) {
			return b, true
		}
	}
	return sangkien.Button{}, false
}
