package handlers

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

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

// maxUnits is how many units are offered; any other is typed.
const maxUnits = 8

// chooseUnit offers units: those whose name has what was typed, which the session keeps, or those where most was found.
func (t *turn) chooseUnit(words string, v view) (outcome, error) {
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	key, name, offered := "search.which_unit", units.Plain, t.busyUnits
	if t.session.Form == "" && t.session.Query != "" { // of one name there may be several: the unit above tells them apart
		key, name, offered = "search.which_of_units", units.Name, t.unitsTyped
	}
	ids, err := offered()
	if err != nil {
		return outcome{}, err
	}
	var labels []string
	var values []view
	for _, id := range ids[:min(maxUnits, len(ids))] {
		next := v
		next.show, next.page, next.unit = viewFound, 0, id
		labels, values = append(labels, name(id)), append(values, next)
	}
	return t.choose(key, words, labels, values), nil
}

func (t *turn) unitsTyped() ([]int64, error) {
	found, _, err := t.findUnits(t.session.Query)
	ids := make([]int64, 0, len(found))
	for _, u := range found {
		ids = append(ids, u.ID)
	}
	return ids, err
}

// busyUnits lists units of today that have ideas which the member may find: their own first, then those with most.
func (t *turn) busyUnits() ([]int64, error) {
	viewer, err := t.viewer()
	if err != nil {
		return nil, err
	}
	heirs, err := t.d.catalogue.heirs(t.ctx)
	if err != nil {
		return nil, err
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return nil, err
	}
	tally, err := t.d.Store.Tally(t.ctx)
	counts := map[int64]int{}
	for _, c := range tally {
		object := sangkien.Object{Unit: c.Unit, State: c.State}
		if today := heirs.Of(c.Unit); units.Plain(today) != "" && (viewer.May(sangkien.ActReadPublic, object) || viewer.May(sangkien.ActReadIdea, object)) {
			counts[today] += c.Count
		}
	}
	ids := slices.SortedFunc(maps.Keys(counts), func(a, b int64) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	own := heirs.Of(t.chat.Member.Unit)
	if at := slices.Index(ids, own); at > 0 {
		ids = slices.Insert(slices.Delete(ids, at, at+1), 0, own)
	}
	return ids, err
}

// findUnits finds units of today and of before by what was typed, for ideas keep the unit of their day. exact tells
// that the first one is meant.
func (t *turn) findUnits(typed string) (found []sangkien.Unit, exact bool, err error) {
	every, err := t.d.catalogue.everyUnit(t.ctx)
	if err != nil {
		return nil, false, err
	}
	found, exact = every.Find(typed)
	return found, exact, nil
}

// unitTyped understands the name of a unit where units are to choose from: one is taken, several are offered. ok is
// false when no unit is called so: then it is words to look for.
func (t *turn) unitTyped(text string, v view) (o outcome, ok bool, err error) {
	if v.show != viewUnits {
		return o, false, nil
	}
	found, exact, err := t.findUnits(text)
	switch {
	case err != nil:
	case len(found) == 0:
		return o, false, nil
	case exact || len(found) == 1:
		v.show, v.page, v.unit = viewFound, 0, found[0].ID
		o, err = t.look(t.session.Search, v)
	default:
		t.session.Query = vntext.Fold(text)
		o, err = t.look(t.session.Search, v)
	}
	return o, true, err
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
