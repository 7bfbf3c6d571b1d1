package handlers

import (
	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// unitPart is the figures of one of the units within another.
type unitPart = sangkien.Share[int64]

// byUnit counts every idea for the unit of today, whichever it was on the day, and for those above it: one level of
// the tree at a time, from where it begins to have parts.
func (t *turn) byUnit(c sangkien.Campaign, v resultsView) (outcome, error) {
	counts, heirs, units, err := t.countedUnits(c)
	if err != nil {
		return outcome{}, err
	}
	begin := heirs.Top(counts)
	if v.unit = heirs.Of(v.unit); units.Plain(v.unit) == "" {
		v.unit = begin
	}
	parts := heirs.By(counts, v.unit)
	if len(parts) == 0 {
		return t.figures(c)
	}
	v.page = min(v.page, (len(parts)-1)/perPage)
	lines := unitHead(c.Title.In(t.lang), v, units, sangkien.Sum(heirs.Within(counts, v.unit)))
	var rows [][]sangkien.Button
	var bars []bar
	for _, p := range parts[v.page*perPage : min((v.page+1)*perPage, len(parts))] {
		line, label := t.unitLine(p, v.unit, units)
		lines, bars = append(lines, line), append(bars, bar{label, p.Figures})
		if p.Key != v.unit && heirs.Deeper(counts, p.Key) {
			rows = append(rows, []sangkien.Button{t.toUnit(label, resultsView{what: resultsUnits, campaign: c.ID, unit: p.Key})})
		}
	}
	rows = append(rows, t.unitPages(v, len(parts))...)
	if v.unit != begin {
		rows = append(rows, []sangkien.Button{t.toResults("button.unit_above", resultsView{what: resultsUnits, campaign: c.ID, unit: heirs.Above(v.unit)})})
	}
	return t.withPicture(t.say(lines, append(rows, t.backToFigures(c))...), c, "results.picture_units", several(bars))
}

// countedUnits loads what figures by unit are made of.
func (t *turn) countedUnits(c sangkien.Campaign) ([]sangkien.ResultCount, sangkien.Heirs, *dialog.Units, error) {
	counts, err := t.d.Store.Results(t.ctx, c.ID)
	if err != nil {
		return nil, sangkien.Heirs{}, nil, err
	}
	heirs, err := t.d.catalogue.heirs(t.ctx)
	if err != nil {
		return nil, sangkien.Heirs{}, nil, err
	}
	units, err := t.d.catalogue.units(t.ctx)
	return counts, heirs, units, err
}

// unitHead says what is shown: of a unit also what it is altogether.
func unitHead(campaign string, v resultsView, units *dialog.Units, all sangkien.Figures) []sangkien.Line {
	lines := []sangkien.Line{sangkien.Say("results.by_unit", sangkien.With("campaign", campaign))}
	if v.unit != 0 {
		lines = append(lines, sangkien.Say("results.unit", append(shareArgs(all), sangkien.With("name", units.Name(v.unit)))...))
	}
	return lines
}

// unitLine is the figures of a part of a unit, and what the part is called in a picture.
func (t *turn) unitLine(p unitPart, of int64, units *dialog.Units) (line sangkien.Line, label string) {
	name := units.Plain(p.Key)
	switch {
	case name == "":
		line = sangkien.Say("results.share_other", shareArgs(p.Figures)...)
		return line, t.d.Words(sangkien.Say("results.legend_other"), t.lang)
	case p.Key == of:
		line = sangkien.Say("results.share_own", append(shareArgs(p.Figures), sangkien.With("name", name))...)
		return line, name
	}
	return shareLine(name, p.Figures), name
}

func (t *turn) toUnit(name string, v resultsView) sangkien.Button {
	b := t.toResults("", v)
	b.Line, b.Label = sangkien.Line{}, name
	return b
}

// unitPages is the row that turns pages of so many parts; none for one page.
func (t *turn) unitPages(v resultsView, parts int) [][]sangkien.Button {
	var row []sangkien.Button
	before, after := v, v
	before.page, after.page = v.page-1, v.page+1
	if v.page > 0 {
		row = append(row, t.toResults("button.previous", before))
	}
	if after.page*perPage < parts {
		row = append(row, t.toResults("button.next", after))
	}
	if len(row) == 0 {
		return nil
	}
	return [][]sangkien.Button{row}
}
