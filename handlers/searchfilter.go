package handlers

import (
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

func (t *turn) choose(key, words string, labels []string, values []view) outcome {
	var rows [][]sangkien.Button
	for n, label := range labels {
		b := t.toView("", words, values[n])
		b.Line, b.Label = sangkien.Line{}, label
		rows = append(rows, []sangkien.Button{b})
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say(key)}, rows...))
}
