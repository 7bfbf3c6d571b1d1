package handlers

import (
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// The verbs and the sheet of those who see to a campaign's dates.
const (
	verbCampaign  = "pc" // a campaign: Idea
	verbDeadline  = "pd" // give it another closing
	sheetDeadline = "deadline"
	comingShown   = 5
	ahead         = 400 * 24 * time.Hour
)

func campaignVerbs() []verb {
	return []verb{
		{verbCampaign, sangkien.ActCampaign, aboutNothing, (*turn).pressedCampaign},
		{verbDeadline, sangkien.ActCampaign, aboutNothing, (*turn).beginDeadline},
		{verbRules, sangkien.ActCampaign, aboutNothing, (*turn).rules},
		{verbRule, sangkien.ActCampaign, aboutNothing, (*turn).rule},
		{verbSwitch, sangkien.ActCampaign, aboutNothing, (*turn).switchRule},
		{verbReword, sangkien.ActCampaign, aboutNothing, (*turn).beginReword},
		{verbAddRule, sangkien.ActCampaign, aboutNothing, (*turn).beginRule},
	}
}

func campaignSheets() []sheetKind {
	return []sheetKind{
		{sheetDeadline, sangkien.ActCampaign, aboutNothing, (*turn).finishDeadline},
		{sheetReword, sangkien.ActCampaign, aboutNothing, (*turn).finishReword},
		{sheetRule, sangkien.ActCampaign, aboutNothing, (*turn).finishRule},
	}
}

// campaigns is /dotphatdong: the campaign that opened last, with a way to the others.
func (t *turn) campaigns(string) (outcome, error) {
	c, err := t.d.catalogue.current(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	return t.showCampaign(c)
}

func (t *turn) pressedCampaign(p sangkien.Press) (outcome, error) {
	c, ok, err := t.campaignNamed(p.Idea)
	if err != nil || !ok {
		return t.campaignsOr(err)
	}
	return t.showCampaign(c)
}

func (t *turn) campaignNamed(id int64) (c sangkien.Campaign, ok bool, err error) {
	c, err = t.d.catalogue.campaign(t.ctx, id)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return c, false, nil
	}
	return c, err == nil, err
}

func (t *turn) campaignsOr(err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	return t.campaigns("")
}

// showCampaign says when what happens, and what will be sent next, before anything is sent.
func (t *turn) showCampaign(c sangkien.Campaign, before ...sangkien.Line) (outcome, error) {
	name := sangkien.With("campaign", c.Title.In(t.lang))
	lines := append(before, sangkien.Say("campaign.head", name))
	if c.Letter != "" {
		lines = append(lines, sangkien.Say("campaign.letter", sangkien.With("letter", c.Letter)))
	}
	lines = append(lines, sangkien.Say("campaign.opens", sangkien.WithTime("at", c.Opens)))
	if c.Closes.IsZero() {
		lines = append(lines, sangkien.Say("campaign.no_closing"))
	} else {
		lines = append(lines, sangkien.Say("campaign.closes", sangkien.WithTime("at", c.Closes)))
	}
	later, err := t.laterLines(c)
	if err != nil {
		return outcome{}, err
	}
	lines = append(lines, later...)
	for _, s := range c.Steps {
		lines = append(lines, sangkien.Say("campaign.step", sangkien.With("step", s.Name.In(t.lang)), sangkien.WithTime("at", s.At)))
	}
	coming, err := t.coming(c)
	if err != nil {
		return outcome{}, err
	}
	rows := [][]sangkien.Button{{t.button("button.deadline", verbDeadline, c.ID, ""), t.button("button.rules", verbRules, c.ID, "")}}
	all, err := t.d.catalogue.all(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	for _, other := range all[:min(perPage, len(all))] {
		if other.ID != c.ID {
			rows = append(rows, []sangkien.Button{t.button("button.campaign", verbCampaign, other.ID, "", sangkien.With("campaign", other.Title.In(t.lang)))})
		}
	}
	return t.stay(t.say(append(lines, coming...), rows...)), nil
}

// laterLines say who has longer.
func (t *turn) laterLines(c sangkien.Campaign) ([]sangkien.Line, error) {
	units, err := t.d.catalogue.units(t.ctx)
	var lines []sangkien.Line
	for _, e := range c.Later {
		for _, u := range e.Units {
			lines = append(lines, sangkien.Say("campaign.later", sangkien.With("unit", units.Name(u)), sangkien.WithTime("at", e.Closes)))
		}
	}
	return lines, err
}

// coming lists what will be sent next.
func (t *turn) coming(c sangkien.Campaign) ([]sangkien.Line, error) {
	rules, err := t.rulesOf(c.ID)
	if err != nil {
		return nil, err
	}
	tree, err := t.d.catalogue.tree(t.ctx)
	if err != nil {
		return nil, err
	}
	next := sangkien.Coming(rules, c, tree, t.d.NextCron, t.now, t.now.Add(ahead))
	if len(next) == 0 {
		return []sangkien.Line{sangkien.Say("campaign.nothing_comes")}, nil
	}
	lines := []sangkien.Line{sangkien.Say("campaign.coming")}
	for _, o := range next[:min(comingShown, len(next))] {
		for _, r := range rules {
			if r.ID == o.Reminder {
				lines = append(lines, sangkien.Say("campaign.next", sangkien.WithTime("at", o.At), ruleTitle(r, t.lang), whom(r.Audience)))
			}
		}
	}
	return lines, nil
}

func (t *turn) beginDeadline(p sangkien.Press) (outcome, error) {
	c, ok, err := t.campaignNamed(p.Idea)
	if err != nil || !ok {
		return t.campaignsOr(err)
	}
	return t.openSheet(sheetDeadline, c.ID, nil)
}

// closingHours are the hours at which a campaign can close, by the choices of the sheet.
var closingHours = map[string][2]int{"17": {17, 0}, "24": {23, 59}}

// finishDeadline moves a closing, and tells those whom it is for if that is wanted.
func (t *turn) finishDeadline(s sangkien.Sheet) (outcome, error) {
	c, ok, err := t.campaignNamed(s.About)
	if err != nil || !ok {
		return t.campaignsOr(err)
	}
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	hour := closingHours[s.Answers["clock"].Value]
	day, derr := time.ParseInLocation(time.DateOnly, s.Answers["date"].Value, t.now.Location())
	closes := time.Date(day.Year(), day.Month(), day.Day(), hour[0], hour[1], 0, 0, t.now.Location())
	var units []int64
	if s.Answers["to"].Value == "unit" {
		units = []int64{s.Answers[dialog.KeyUnit].Unit}
	}
	moved, err := v.MoveDeadline(c, closes, units, t.now)
	switch {
	case derr != nil || sangkien.CodeOf(err) == sangkien.EINVALID:
		return t.sheetAgain(s, whyNot(c, len(units) > 0))
	case sangkien.CodeOf(err) == sangkien.EFORBIDDEN:
		return t.sheetAgain(s, sangkien.Say("campaign.not_yours"))
	case err != nil:
		return outcome{}, err
	}
	c.Closes, c.Later = moved.Closes, moved.Later
	effects := []sangkien.Effect{moved}
	said := sangkien.Say("campaign.moved", sangkien.WithTime("at", closes))
	if s.Answers["tell"].Value == "yes" {
		planned, err := t.announceDeadline(v, c, closes, units)
		if err != nil {
			return outcome{}, err
		}
		effects = append(effects, planned)
		said = sangkien.Say("campaign.moved_told", sangkien.WithTime("at", closes))
	}
	o, err := t.showCampaign(c, said)
	o.session, o.effects = sangkien.Session{}, effects
	return o, err
}

// whyNot says why a closing cannot be moved to a date.
func whyNot(c sangkien.Campaign, some bool) sangkien.Line {
	switch {
	case some && c.Closes.IsZero():
		return sangkien.Say("campaign.none_yet")
	case some:
		return sangkien.Say("campaign.not_later", sangkien.WithTime("closes", c.Closes))
	}
	return sangkien.Say("campaign.bad_date")
}

// announceDeadline is the broadcast that tells of a new closing those who have not submitted.
func (t *turn) announceDeadline(v sangkien.Viewer, c sangkien.Campaign, closes time.Time, units []int64) (sangkien.Effect, error) {
	in := func(key string, lang sangkien.Language) string {
		return t.d.Words(sangkien.Say(key, sangkien.With("campaign", c.Title.In(lang)), sangkien.WithTime("at", closes), sangkien.With("name", sangkien.NamePlaceholder)), lang)
	}
	b := sangkien.Broadcast{ID: t.d.NewID(), Kind: sangkien.BroadcastReminder, Topic: sangkien.TopicReminders, Purpose: sangkien.PurposeNews, Offers: []string{"gui"},
		Title:    sangkien.Text{VI: in("campaign.announce_title", sangkien.Vietnamese), EN: in("campaign.announce_title", sangkien.English)},
		Text:     sangkien.Text{VI: in("campaign.announce", sangkien.Vietnamese), EN: in("campaign.announce", sangkien.English)},
		Audience: sangkien.Audience{Units: units, Campaign: c.ID, Status: sangkien.StatusUnfinished}, Urgent: true, Start: t.now}
	return v.Announce(b, 0, 0, t.now)
}

// sheetAgain shows a sheet that cannot be acted on as it is, and keeps it open.
func (t *turn) sheetAgain(s sangkien.Sheet, why sangkien.Line) (outcome, error) {
	t.session = sangkien.Session{Form: sangkien.FormSheet, Idea: s.ID, Mode: sangkien.ModeSummary}
	o, err := t.showSheet(s, why)
	o.open = true
	return o, err
}

// whom says in words whom a reminder is for.
func whom(a sangkien.Audience) sangkien.Arg {
	key := "whom.all"
	if a.Status != sangkien.StatusAny {
		key = "whom." + string(a.Status)
	}
	return sangkien.WithKey("whom", key)
}

func daysArg(n int) sangkien.Arg { return sangkien.With("days", strconv.Itoa(n)) }
