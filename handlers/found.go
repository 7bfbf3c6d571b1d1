package handlers

import (
	"slices"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

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
	if several && v.unit == 0 {
		narrow = append(narrow, to("button.search_unit", func(n *view) { n.show = viewUnits }))
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
