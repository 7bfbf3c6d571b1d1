package handlers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/chart"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/vntext"
)

// Pictures keeps what the program draws, for the outbox to send. storage.Files is one.
type Pictures interface {
	PutOurs(ctx context.Context, name, mime string, kind sangkien.AttachmentKind, data []byte) (sangkien.File, error)
}

// verbResults shows the figures of a campaign: Value is a resultsView.
const verbResults = "kq"

// What of the results is shown.
const (
	resultsAll    = "s"
	resultsUnits  = "u"
	resultsYears  = "y"
	resultsList   = "l"
	resultsOthers = "o"
)

// resultsView is what of the results a button leads to: "u-1-0-j", numbers but the page in base 36.
type resultsView struct {
	what     string
	campaign int64
	page     int
	unit     int64 // for resultsUnits: whose parts; 0 for the whole list
}

func (v resultsView) value() string {
	return strings.Join([]string{v.what, strconv.FormatInt(v.campaign, 36), strconv.Itoa(v.page), strconv.FormatInt(v.unit, 36)}, "-")
}

// readResultsView reads what value wrote. ok is false for anything else; a view without a unit is of before there
// were any.
func readResultsView(value string) (v resultsView, ok bool) {
	parts := strings.Split(value, "-")
	if len(parts) == 3 {
		parts = append(parts, "0")
	}
	if len(parts) != 4 {
		return v, false
	}
	campaign, err1 := strconv.ParseInt(parts[1], 36, 64)
	page, err2 := strconv.Atoi(parts[2])
	unit, err3 := strconv.ParseInt(parts[3], 36, 64)
	return resultsView{parts[0], campaign, page, unit}, errors.Join(err1, err2, err3) == nil && page >= 0 && page <= 1_000_000
}

func resultsVerbs() []verb {
	return []verb{{verbResults, sangkien.ActTakePart, aboutNothing, (*turn).pressedResults}}
}

// results is /ketqua: the figures of the campaign that opened last.
func (t *turn) results(string) (outcome, error) {
	c, err := t.d.catalogue.current(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	if c.ID == 0 {
		return t.stay(t.sayKey("campaign.none")), nil
	}
	return t.figures(c)
}

func (t *turn) pressedResults(p sangkien.Press) (outcome, error) {
	v, ok := readResultsView(p.Value)
	if !ok {
		return t.results("")
	}
	c, err := t.d.catalogue.campaign(t.ctx, v.campaign)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return t.results("")
	}
	if err != nil {
		return outcome{}, err
	}
	switch v.what {
	case resultsUnits:
		return t.byUnit(c, v)
	case resultsYears:
		return t.byYear(c)
	case resultsList:
		return t.recognisedList(c, v.page)
	case resultsOthers:
		return t.otherCampaigns()
	}
	return t.figures(c)
}

// toResults is a button that leads to a part of the results.
func (t *turn) toResults(key string, v resultsView, args ...sangkien.Arg) sangkien.Button {
	return t.button(key, verbResults, 0, v.value(), args...)
}

// figures says what a campaign brought: in words, which stand on their own, and then as a picture.
func (t *turn) figures(c sangkien.Campaign) (outcome, error) {
	counts, err := t.d.Store.Results(t.ctx, c.ID)
	if err != nil {
		return outcome{}, err
	}
	all := sangkien.Sum(counts)
	lines := append([]sangkien.Line{sangkien.Say("results.head", sangkien.With("campaign", c.Title.In(t.lang)))}, figureLines(all)...)
	field, _ := c.Form.Question(sangkien.KeyField)
	var bars []bar
	for _, s := range sangkien.SumBy(counts, func(c sangkien.ResultCount) string { return c.Field }) {
		name := field.Label(s.Key).In(t.lang)
		if name == "" {
			name = s.Key
		}
		lines, bars = append(lines, shareLine(name, s.Figures)), append(bars, bar{name, s.Figures})
	}
	rows, err := t.resultButtons(c, all)
	if err != nil {
		return outcome{}, err
	}
	return t.withPicture(t.say(lines, rows...), c, "results.picture", bars)
}

func figureLines(f sangkien.Figures) []sangkien.Line {
	lines := []sangkien.Line{sangkien.Say("results.submitted", count(f.Submitted))}
	for _, l := range []struct {
		key string
		n   int
	}{{"results.waiting", f.Waiting}, {"results.appraised", f.Appraised},
		{"results.recognised", f.Recognised}, {"results.not_recognised", f.NotRecognised}, {"results.excluded", f.Excluded}} {
		if l.n > 0 {
			lines = append(lines, sangkien.Say(l.key, count(l.n)))
		}
	}
	return lines
}

func count(n int) sangkien.Arg { return sangkien.With("n", strconv.Itoa(n)) }

func shareLine(name string, f sangkien.Figures) sangkien.Line {
	return sangkien.Say("results.share", append(shareArgs(f), sangkien.With("name", name))...)
}

func shareArgs(f sangkien.Figures) []sangkien.Arg {
	return []sangkien.Arg{count(f.Submitted), sangkien.With("recognised", strconv.Itoa(f.Recognised))}
}

// resultButtons lead to the ideas themselves, to other sides of the figures and to other campaigns.
func (t *turn) resultButtons(c sangkien.Campaign, all sangkien.Figures) ([][]sangkien.Button, error) {
	campaigns, err := t.d.catalogue.all(t.ctx)
	if err != nil {
		return nil, err
	}
	var rows [][]sangkien.Button
	if all.Recognised > 0 {
		rows = append(rows, []sangkien.Button{t.toResults("button.recognised", resultsView{what: resultsList, campaign: c.ID}, count(all.Recognised))})
	}
	if all.Submitted > 0 {
		rows = append(rows, []sangkien.Button{t.toResults("button.by_unit", resultsView{what: resultsUnits, campaign: c.ID}),
			t.toResults("button.by_year", resultsView{what: resultsYears, campaign: c.ID})})
	}
	if len(campaigns) > 1 {
		rows = append(rows, []sangkien.Button{t.toResults("button.other_campaigns", resultsView{what: resultsOthers, campaign: c.ID})})
	}
	if c.WindowAt(t.now) == sangkien.Open {
		rows = append(rows, []sangkien.Button{t.command("button.gui", "gui")})
	}
	return rows, nil
}

// bar is what a picture shows of one field, unit or year.
type bar struct {
	label string
	sangkien.Figures
}

// withPicture sends an outcome, and after it the same as a picture, if there is anything to compare.
func (t *turn) withPicture(o outcome, c sangkien.Campaign, caption string, bars []bar) (outcome, error) {
	if len(bars) == 0 {
		return t.stay(o), nil
	}
	data, err := t.draw(c, bars[:min(len(bars), chart.MaxLabels)])
	if err != nil {
		return outcome{}, fmt.Errorf("draw the results of campaign %d: %w", c.ID, err)
	}
	f, err := t.d.Pictures.PutOurs(t.ctx, c.Slug+".png", "image/png", sangkien.Photo, data)
	if sangkien.CodeOf(err) == sangkien.ENOSPACE {
		return t.stay(o), nil // the figures are there in words
	}
	if err != nil {
		return outcome{}, err
	}
	o.replies = append(o.replies, sangkien.Reply{To: t.update.Address, Language: t.lang, File: &f,
		Lines: []sangkien.Line{sangkien.Say(caption, sangkien.With("campaign", c.Title.In(t.lang)))}})
	return t.stay(o), nil
}

// draw puts what was received beside what was recognised.
func (t *turn) draw(c sangkien.Campaign, bars []bar) ([]byte, error) {
	received := chart.Series{Name: t.d.Words(sangkien.Say("results.legend_received"), t.lang)}
	recognised := chart.Series{Name: t.d.Words(sangkien.Say("results.legend_recognised"), t.lang)}
	var labels []string
	for _, b := range bars {
		labels = append(labels, vntext.Truncate(b.label, 28))
		received.Values, recognised.Values = append(received.Values, b.Submitted), append(recognised.Values, b.Recognised)
	}
	return chart.Bars{Title: vntext.Truncate(c.Title.In(t.lang), 44), Labels: labels, Series: []chart.Series{received, recognised}}.PNG()
}

func (t *turn) backToFigures(c sangkien.Campaign) []sangkien.Button {
	return []sangkien.Button{t.toResults("button.figures", resultsView{what: resultsAll, campaign: c.ID})}
}

func (t *turn) byYear(c sangkien.Campaign) (outcome, error) {
	counts, err := t.d.Store.Results(t.ctx, c.ID)
	if err != nil {
		return outcome{}, err
	}
	years := sangkien.SumBy(counts, func(c sangkien.ResultCount) int { return c.Year })
	slices.SortFunc(years, func(a, b sangkien.Share[int]) int { return b.Key - a.Key })
	lines := []sangkien.Line{sangkien.Say("results.by_year", sangkien.With("campaign", c.Title.In(t.lang)))}
	var bars []bar
	for _, s := range years {
		name := strconv.Itoa(s.Key)
		lines, bars = append(lines, shareLine(name, s.Figures)), append(bars, bar{name, s.Figures})
	}
	return t.withPicture(t.say(lines, t.backToFigures(c)), c, "results.picture_years", several(bars))
}

// several is the bars, if there is more than one: a single one compares nothing.
func several(bars []bar) []bar {
	if len(bars) < 2 {
		return nil
	}
	return bars
}

// recognisedList is one page of what was recognised, each to be read and copied.
func (t *turn) recognisedList(c sangkien.Campaign, page int) (outcome, error) {
	ideas, err := t.d.Store.RecognisedIn(t.ctx, c.ID, page*perPage, perPage+1)
	if err != nil {
		return outcome{}, err
	}
	if len(ideas) == 0 {
		return t.figures(c)
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	lines := []sangkien.Line{sangkien.Say("results.list", sangkien.With("campaign", c.Title.In(t.lang)), sangkien.With("page", strconv.Itoa(page+1)))}
	var nav []sangkien.Button
	listed, rows := t.publicList(ideas[:min(perPage, len(ideas))], page*perPage, units)
	if page > 0 {
		nav = append(nav, t.toResults("button.previous", resultsView{what: resultsList, campaign: c.ID, page: page - 1}))
	}
	if len(ideas) > perPage {
		nav = append(nav, t.toResults("button.next", resultsView{what: resultsList, campaign: c.ID, page: page + 1}))
	}
	return t.stay(t.say(append(lines, listed...), append(rows, append(nav, t.backToFigures(c)...))...)), nil
}

// publicList numbers recognised ideas from after, each with a button that opens it.
func (t *turn) publicList(ideas []sangkien.Idea, after int, units *dialog.Units) (lines []sangkien.Line, rows [][]sangkien.Button) {
	for n, i := range ideas {
		number := sangkien.With("i", strconv.Itoa(after+n+1))
		lines = append(lines, sangkien.Say("desk.idea", number, sangkien.With("code", i.Code), title(i), sangkien.With("unit", unitOf(units, i))))
		rows = append(rows, []sangkien.Button{numbered(after+n+1, t.button("button.view", verbPublic, i.ID, "", number, title(i)))})
	}
	return lines, rows
}

func (t *turn) otherCampaigns() (outcome, error) {
	campaigns, err := t.d.catalogue.all(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	var rows [][]sangkien.Button
	for _, c := range campaigns[:min(perPage, len(campaigns))] {
		b := t.toResults("", resultsView{what: resultsAll, campaign: c.ID})
		b.Line, b.Label = sangkien.Line{}, c.Title.In(t.lang)
		rows = append(rows, []sangkien.Button{b})
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("results.which")}, rows...)), nil
}
