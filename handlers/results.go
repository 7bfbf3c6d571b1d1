package handlers

import (
	"context"
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

// verbResults shows the figures of a campaign: Value is what, which campaign in base 36, and the page.
const verbResults = "kq"

// What of the results is shown.
const (
	resultsAll    = "s"
	resultsUnits  = "u"
	resultsYears  = "y"
	resultsList   = "l"
	resultsOthers = "o"
	maxUnits      = 10
)

func resultsVerbs() []verb {
	return []verb{{verbResults, sangkien.ActTakePart, aboutNothing, (*turn).pressedResults}}
}

func resultsValue(what string, campaign int64, page int) string {
	return what + "-" + strconv.FormatInt(campaign, 36) + "-" + strconv.Itoa(page)
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
	parts := strings.Split(p.Value, "-")
	if len(parts) != 3 {
		return t.results("")
	}
	id, err := strconv.ParseInt(parts[1], 36, 64)
	page, errPage := strconv.Atoi(parts[2])
	c, errCampaign := t.d.catalogue.campaign(t.ctx, id)
	if err != nil || errPage != nil || page < 0 || page > 1_000_000 || sangkien.CodeOf(errCampaign) == sangkien.ENOTFOUND {
		return t.results("")
	}
	if errCampaign != nil {
		return outcome{}, errCampaign
	}
	switch parts[0] {
	case resultsUnits:
		return t.byUnit(c)
	case resultsYears:
		return t.byYear(c)
	case resultsList:
		return t.recognisedList(c, page)
	case resultsOthers:
		return t.otherCampaigns()
	}
	return t.figures(c)
}

// figures says what a campaign brought: in words, which stand on their own, and then as a picture.
func (t *turn) figures(c sangkien.Campaign) (outcome, error) {
	counts, err := t.d.Store.Results(t.ctx, c.ID)
	if err != nil {
		return outcome{}, err
	}
	all := sangkien.Sum(counts)
	lines := append([]sangkien.Line{sangkien.Say("results.head", sangkien.With("campaign", c.Title.In(t.lang)))}, figureLines(all)...)
	shares := sangkien.SumBy(counts, func(c sangkien.ResultCount) string { return c.Field })
	field, _ := c.Form.Question(sangkien.KeyField)
	labels := make([]string, len(shares))
	for n, s := range shares {
		if labels[n] = field.Label(s.Key).In(t.lang); labels[n] == "" {
			labels[n] = s.Key
		}
		lines = append(lines, shareLine(labels[n], s.Figures))
	}
	rows, err := t.resultButtons(c, all)
	if err != nil {
		return outcome{}, err
	}
	o := t.stay(t.say(lines, rows...))
	if len(shares) > 0 {
		picture, err := t.picture(c, labels, shares)
		if err != nil {
			return outcome{}, err
		}
		o.replies = append(o.replies, picture)
	}
	return o, nil
}

func figureLines(f sangkien.Figures) []sangkien.Line {
	lines := []sangkien.Line{sangkien.Say("results.submitted", count(f.Submitted))}
	for _, l := range []struct {
		key string
		n   int
	}{{"results.open", f.Open}, {"results.recognised", f.Recognised}, {"results.not_recognised", f.NotRecognised}, {"results.excluded", f.Excluded}} {
		if l.n > 0 {
			lines = append(lines, sangkien.Say(l.key, count(l.n)))
		}
	}
	return lines
}

func count(n int) sangkien.Arg { return sangkien.With("n", strconv.Itoa(n)) }

func shareLine(name string, f sangkien.Figures) sangkien.Line {
	return sangkien.Say("results.share", sangkien.With("name", name), count(f.Submitted), sangkien.With("recognised", strconv.Itoa(f.Recognised)))
}

// resultButtons lead to the ideas themselves, to other sides of the figures and to other campaigns.
func (t *turn) resultButtons(c sangkien.Campaign, all sangkien.Figures) ([][]sangkien.Button, error) {
	campaigns, err := t.d.catalogue.all(t.ctx)
	if err != nil {
		return nil, err
	}
	var rows [][]sangkien.Button
	if all.Recognised > 0 {
		rows = append(rows, []sangkien.Button{t.button("button.recognised", verbResults, 0, resultsValue(resultsList, c.ID, 0), count(all.Recognised))})
	}
	if all.Submitted > 0 {
		rows = append(rows, []sangkien.Button{t.button("button.by_unit", verbResults, 0, resultsValue(resultsUnits, c.ID, 0)),
			t.button("button.by_year", verbResults, 0, resultsValue(resultsYears, c.ID, 0))})
	}
	if len(campaigns) > 1 {
		rows = append(rows, []sangkien.Button{t.button("button.other_campaigns", verbResults, 0, resultsValue(resultsOthers, c.ID, 0))})
	}
	if c.WindowAt(t.now) == sangkien.Open {
		rows = append(rows, []sangkien.Button{t.command("button.gui", "gui")})
	}
	return rows, nil
}

// picture draws the fields.
func (t *turn) picture(c sangkien.Campaign, labels []string, shares []sangkien.Share[string]) (sangkien.Reply, error) {
	received, recognised, short := []int{}, []int{}, []string{}
	for n, s := range shares[:min(len(shares), chart.MaxLabels)] {
		short = append(short, vntext.Truncate(labels[n], 28))
		received, recognised = append(received, s.Submitted), append(recognised, s.Recognised)
	}
	words := map[sangkien.Language][2]string{sangkien.Vietnamese: {"Đã nhận", "Được công nhận"}, sangkien.English: {"Received", "Recognised"}}[t.lang]
	data, err := chart.Bars{Title: vntext.Truncate(c.Title.In(t.lang), 44), Labels: short,
		Series: []chart.Series{{Name: words[0], Values: received}, {Name: words[1], Values: recognised}}}.PNG()
	if err != nil {
		return sangkien.Reply{}, fmt.Errorf("draw the results of campaign %d: %w", c.ID, err)
	}
	f, err := t.d.Pictures.PutOurs(t.ctx, c.Slug+".png", "image/png", sangkien.Photo, data)
	if err != nil {
		return sangkien.Reply{}, err
	}
	return sangkien.Reply{To: t.update.Address, Language: t.lang, File: &f,
		Lines: []sangkien.Line{sangkien.Say("results.picture", sangkien.With("campaign", c.Title.In(t.lang)))}}, nil
}

// byUnit counts every idea for the unit of today, whichever it was on the day.
func (t *turn) byUnit(c sangkien.Campaign) (outcome, error) {
	counts, err := t.d.Store.Results(t.ctx, c.ID)
	if err != nil {
		return outcome{}, err
	}
	heirs, err := t.d.catalogue.heirs(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	lines := []sangkien.Line{sangkien.Say("results.by_unit", sangkien.With("campaign", c.Title.In(t.lang)))}
	for n, s := range sangkien.SumBy(counts, func(c sangkien.ResultCount) int64 { return heirs.Of(c.Unit) }) {
		if n == maxUnits {
			lines = append(lines, sangkien.Say("results.more_units"))
			break
		}
		line := shareLine(units.Name(s.Key), s.Figures)
		if s.Key == 0 {
			line = sangkien.Say("results.share_other", count(s.Submitted), sangkien.With("recognised", strconv.Itoa(s.Recognised)))
		}
		lines = append(lines, line)
	}
	return t.stay(t.say(lines, t.backToFigures(c))), nil
}

func (t *turn) backToFigures(c sangkien.Campaign) []sangkien.Button {
	return []sangkien.Button{t.button("button.figures", verbResults, 0, resultsValue(resultsAll, c.ID, 0))}
}

func (t *turn) byYear(c sangkien.Campaign) (outcome, error) {
	counts, err := t.d.Store.Results(t.ctx, c.ID)
	if err != nil {
		return outcome{}, err
	}
	years := sangkien.SumBy(counts, func(c sangkien.ResultCount) int { return c.Year })
	slices.SortFunc(years, func(a, b sangkien.Share[int]) int { return b.Key - a.Key })
	lines := []sangkien.Line{sangkien.Say("results.by_year", sangkien.With("campaign", c.Title.In(t.lang)))}
	for _, s := range years {
		lines = append(lines, shareLine(strconv.Itoa(s.Key), s.Figures))
	}
	return t.stay(t.say(lines, t.backToFigures(c))), nil
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
		nav = append(nav, t.button("button.previous", verbResults, 0, resultsValue(resultsList, c.ID, page-1)))
	}
	if len(ideas) > perPage {
		nav = append(nav, t.button("button.next", verbResults, 0, resultsValue(resultsList, c.ID, page+1)))
	}
	return t.stay(t.say(append(lines, listed...), append(rows, append(nav, t.backToFigures(c)...))...)), nil
}

// publicList numbers recognised ideas from after, each with a button that opens it.
func (t *turn) publicList(ideas []sangkien.Idea, after int, units *dialog.Units) (lines []sangkien.Line, rows [][]sangkien.Button) {
	for n, i := range ideas {
		number := sangkien.With("i", strconv.Itoa(after+n+1))
		lines = append(lines, sangkien.Say("desk.idea", number, sangkien.With("code", i.Code), title(i), sangkien.With("unit", unitOf(units, i))))
		rows = append(rows, []sangkien.Button{t.button("button.view", verbPublic, i.ID, "", number, title(i))})
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
		b := t.button("", verbResults, 0, resultsValue(resultsAll, c.ID, 0))
		b.Line, b.Label = sangkien.Line{}, c.Title.In(t.lang)
		rows = append(rows, []sangkien.Button{b})
	}
	return t.stay(t.say([]sangkien.Line{sangkien.Say("results.which")}, rows...)), nil
}
