package handlers

import (
	"hash/fnv"
	"slices"
	"strconv"
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

// What a view shows.
const (
	viewFound  = "r" // a page of results
	viewFields = "f" // the fields to choose from
	viewYears  = "y" // the years to choose from
)

func searchVerbs() []verb {
	return []verb{{verbSearch, sangkien.ActReadPublic, aboutNothing, (*turn).pressedSearch}}
}

// view is where a search stands, as a button carries it: all but the words.
type view struct {
	show   string
	page   int
	unit   int64 // that the results are within; 0 for all
	year   int
	newest bool
	field  string
}

// value writes the view for a button, after a tag of the words that it belongs to.
func (v view) value(words string) string {
	order := "b"
	if v.newest {
		order = "n"
	}
	return strings.Join([]string{tagOf(words), v.show, strconv.Itoa(v.page), strconv.FormatInt(v.unit, 36), strconv.Itoa(v.year), order, v.field}, "-")
}

// tagOf tells words apart: an old button must not act on what was searched for later.
func tagOf(words string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(words)) // a hash's Write never fails
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// readView reads what value wrote. ok is false for anything else, and for other words.
func readView(value, words string) (v view, ok bool) {
	parts := strings.SplitN(value, "-", 7)
	if len(parts) != 7 || parts[0] != tagOf(words) {
		return view{}, false
	}
	page, err1 := strconv.Atoi(parts[2])
	unit, err2 := strconv.ParseInt(parts[3], 36, 64)
	year, err3 := strconv.Atoi(parts[4])
	v = view{show: parts[1], page: page, unit: unit, year: year, newest: parts[5] == "n", field: parts[6]}
	return v, err1 == nil && err2 == nil && err3 == nil && page >= 0 && page < maxPages && year >= 0 && unit >= 0
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
		t.session = sangkien.Session{Mode: sangkien.ModeSearch}
	}
	t.session.Search, t.session.View = words, v.value(words)
	switch v.show {
	case viewFields:
		return t.chooseField(words, v)
	case viewYears:
		return t.chooseYear(words, v)
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

func (t *turn) foundLines(words string, v view, ideas []sangkien.Idea) ([]sangkien.Line, error) {
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return nil, err
	}
	sought, key := sangkien.With("words", vntext.Truncate(words, 60)), "search.head"
	switch {
	case len(ideas) == 0 && words == "":
		key = "search.none_at_all"
	case len(ideas) == 0:
		key = "search.none"
	case words == "":
		key = "search.newest"
	}
	lines := []sangkien.Line{sangkien.Say(key, sought, sangkien.With("page", strconv.Itoa(v.page+1)))}
	if v.filtered() {
		label, err := t.fieldLabel(v.field)
		if err != nil {
			return nil, err
		}
		lines = append(lines, sangkien.Say("search.only", sangkien.With("what", joined(label, units.Name(v.unit), yearText(v.year)))))
	}
	for n, i := range ideas {
		line := sangkien.Say("search.idea", sangkien.With("i", strconv.Itoa(n+1)), sangkien.With("code", i.Code), title(i),
			sangkien.With("unit", unitOf(units, i)))
		if i.State != sangkien.Recognised {
			line.Key = "search.idea_state"
			line.Args = append(line.Args, sangkien.WithKey("state", "state."+string(i.State)))
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func (v view) filtered() bool { return v.field != "" || v.unit != 0 || v.year != 0 }

func yearText(year int) string {
	if year == 0 {
		return ""
	}
	return strconv.Itoa(year)
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

// foundButtons opens each idea, turns the pages, and narrows: by field, year and the member's own unit.
func (t *turn) foundButtons(words string, v view, ideas []sangkien.Idea, more bool) [][]sangkien.Button {
	var rows [][]sangkien.Button
	for n, i := range ideas {
		verb := verbPublic
		if i.State != sangkien.Recognised {
			verb = verbDeskIdea
		}
		rows = append(rows, []sangkien.Button{numbered(n+1, t.button("button.view", verb, i.ID, "", sangkien.With("i", strconv.Itoa(n+1)), title(i)))})
	}
	to := func(key string, change func(*view)) sangkien.Button {
		next := v
		next.page = 0
		change(&next)
		return t.toView(key, words, next)
	}
	var turn, narrow []sangkien.Button
	if v.page > 0 {
		turn = append(turn, to("button.previous", func(n *view) { n.page = v.page - 1 }))
	}
	if more && v.page+1 < maxPages {
		turn = append(turn, to("button.next", func(n *view) { n.page = v.page + 1 }))
	}
	several := len(ideas) > 1 || v.page > 0
	if (more || v.page > 0) && words != "" && !v.newest {
		turn = append(turn, to("button.search_order", func(n *view) { n.newest = true }))
	}
	if several && v.field == "" {
		narrow = append(narrow, to("button.search_field", func(n *view) { n.show = viewFields }))
	}
	if several && v.year == 0 {
		narrow = append(narrow, to("button.search_year", func(n *view) { n.show = viewYears }))
	}
	if unit := t.chat.Member.Unit; several && v.unit == 0 && unit != 0 {
		narrow = append(narrow, to("button.search_unit", func(n *view) { n.unit = unit }))
	}
	if v.filtered() {
		narrow = append(narrow, to("button.search_all", func(n *view) { n.field, n.unit, n.year = "", 0, 0 }))
	}
	for _, row := range [][]sangkien.Button{turn, narrow} {
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// fields is the fields of all campaigns, each once.
func (t *turn) fields() ([]sangkien.Option, error) {
	campaigns, err := t.d.catalogue.all(t.ctx)
	if err != nil {
		return nil, err
	}
	var all []sangkien.Option
	for _, c := range campaigns {
		q, _ := c.Form.Question(sangkien.KeyField)
		for _, o := range q.Options {
			if !slices.ContainsFunc(all, func(have sangkien.Option) bool { return have.Key == o.Key }) {
				all = append(all, o)
			}
		}
	}
	return all, nil
}

// fieldLabel is the name of a field; "" for none, and its key for one that no campaign has any more.
func (t *turn) fieldLabel(key string) (string, error) {
	fields, err := t.fields()
	for _, f := range fields {
		if f.Key == key {
			return f.Label.In(t.lang), err
		}
	}
	return vntext.Truncate(key, 20), err
}

func (t *turn) chooseField(words string, v view) (outcome, error) {
	fields, err := t.fields()
	if err != nil {
		return outcome{}, err
	}
	labels, values := make([]string, 0, len(fields)), make([]view, 0, len(fields))
	for _, f := range fields {
		next := v
		next.show, next.page, next.field = viewFound, 0, f.Key
		labels, values = append(labels, f.Label.In(t.lang)), append(values, next)
	}
	return t.choose("search.which_field", words, labels, values), nil
}

func (t *turn) chooseYear(words string, v view) (outcome, error) {
	years, err := t.d.Store.Years(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	var labels []string
	var values []view
	for _, y := range years[:min(12, len(years))] {
		next := v
		next.show, next.page, next.year = viewFound, 0, y
		labels, values = append(labels, strconv.Itoa(y)), append(values, next)
	}
	return t.choose("search.which_year", words, labels, values), nil
}

func (t *turn) choose(key, words string, labels []string, values []view) outcome {
	var rows [][]sangkien.Button
	for n, label := range labels {
		b := t.toView("", words, values[n])
		b.Line, b.Label = sangkien.Line{}, label
		rows = append(rows, []sangkien.Button{b})
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say(key)}, rows...))
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
	}
	return t.search(u.Text)
}

// searchWords are the words that stand for a button of the results, by its sentence.
var searchWords = map[string][]string{
	"button.next":         {"tiep", "tiep theo", "trang sau", "xem tiep", "next", "more"},
	"button.previous":     {"truoc", "trang truoc", "previous"},
	"button.search_field": {"linh vuc", "theo linh vuc", "by field"},
	"button.search_year":  {"theo nam", "by year"},
	"button.search_unit":  {"don vi cua toi", "don vi toi", "my unit"},
	"button.search_order": {"moi nhat", "moi nhat truoc", "newest", "newest first"},
	"button.search_all":   {"tat ca", "bo loc", "all"},
}

// meant finds the button that a text names: by its number, by what it says, or by words that stand for it.
func meant(text string, rows [][]sangkien.Button, show string) (sangkien.Button, bool) {
	buttons, folded := slices.Concat(rows...), vntext.Fold(text)
	if show != viewFound {
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

// lookUp answers a code that was typed. It is an address, not a key: what someone may not see and what does not
// exist are answered by the same question to the store and in the same words.
func (t *turn) lookUp(code string) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	id, err := t.d.Store.FindCode(t.ctx, code, t.chat.Member.ID, v.Scope())
	if err != nil {
		return outcome{}, err
	}
	if id == 0 {
		return t.stay(t.sayKey("code.unknown", sangkien.With("code", code))), nil
	}
	i, err := t.loadIdea(id)
	switch {
	case sangkien.CodeOf(err) == sangkien.ENOTFOUND:
	case err != nil:
		return outcome{}, err
	case v.May(sangkien.ActOwnIdea, i.Object()):
		return t.show(i)
	case v.May(sangkien.ActReadIdea, i.Object()):
		return t.deskIdea(i)
	case v.May(sangkien.ActReadPublic, i.Object()):
		return t.pressedPublic(sangkien.Press{})
	}
	return t.stay(t.sayKey("code.unknown", sangkien.With("code", code))), nil
}
