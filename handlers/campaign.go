package handlers

import (
	"slices"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The verbs of those who keep the calendar of a campaign.
const (
	verbCampaign = "cp"  // show a campaign: Idea is its id
	verbRules    = "cpr" // list its reminders

	maxNext = 6 // how many occasions to come are shown
)

func campaignVerbs() []verb {
	return []verb{
		{verbCampaign, sangkien.ActCampaign, aboutNothing, (*turn).pressedCampaign},
		{verbRules, sangkien.ActCampaign, aboutNothing, (*turn).pressedRules},
		{verbDate, sangkien.ActCampaign, aboutNothing, (*turn).pressedDate},
		{verbDateYes, sangkien.ActCampaign, aboutNothing, (*turn).redate},
		{verbRule, sangkien.ActCampaign, aboutNothing, (*turn).pressedRule},
		{verbSwitch, sangkien.ActCampaign, aboutNothing, (*turn).switchRule},
		{verbReword, sangkien.ActCampaign, aboutNothing, (*turn).pressedReword},
		{verbNewRule, sangkien.ActCampaign, aboutNothing, (*turn).pressedNewRule},
		{verbKeepRule, sangkien.ActCampaign, aboutNothing, (*turn).keepRule},
	}
}

func (t *turn) pressedCampaign(p sangkien.Press) (outcome, error) { return t.showCampaign(p.Idea) }

// campaign is /dotphatdong: the dates of a campaign and what will be sent when, before anything is sent.
func (t *turn) campaign(string) (outcome, error) { return t.showCampaign(0) }

// kept is a campaign as an organiser changes it: read from the store, not from memory.
type kept struct {
	sangkien.Campaign
	tree  *sangkien.Tree
	rules []sangkien.Reminder
	other []sangkien.Campaign
}

// keep loads a campaign with its rules: the one with the id, or the one that opened last. ok is false when there
// is none at all.
func (t *turn) keep(id int64) (k kept, ok bool, err error) {
	all, err := t.d.Store.Campaigns(t.ctx)
	if err != nil || len(all) == 0 {
		return k, false, err
	}
	n := max(0, slices.IndexFunc(all, func(c sangkien.Campaign) bool { return c.ID == id }))
	k.Campaign = all[n]
	k.other = slices.Delete(slices.Clone(all), n, n+1)
	if k.tree, err = t.d.catalogue.tree(t.ctx); err != nil {
		return k, false, err
	}
	rules, err := t.d.Store.Reminders(t.ctx)
	k.rules = slices.DeleteFunc(rules, func(r sangkien.Reminder) bool { return r.Campaign != k.ID })
	return k, true, err
}

func (t *turn) showCampaign(id int64, before ...sangkien.Line) (outcome, error) {
	k, ok, err := t.keep(id)
	if err != nil {
		return outcome{}, err
	}
	if !ok {
		return t.stay(t.sayKey("campaign.none")), nil
	}
	dates, err := t.dateLines(k)
	if err != nil {
		return outcome{}, err
	}
	lines := slices.Concat(before, []sangkien.Line{sangkien.Say("calendar.head", sangkien.With("campaign", k.Title.In(t.lang)))}, dates)
	next, err := t.nextLines(k, k.rules)
	if err != nil {
		return outcome{}, err
	}
	lines = append(append(lines, sangkien.Say("calendar.next_head")), next...)
	rows := [][]sangkien.Button{
		{t.button("button.move_closes", verbDate, k.ID, sangkien.StepCloses)},
		{t.button("button.move_opens", verbDate, k.ID, sangkien.StepOpens), t.button("button.move_results", verbDate, k.ID, sangkien.StepResults)},
		{t.button("button.rules", verbRules, k.ID, ""), t.button("button.new_rule", verbNewRule, k.ID, "")},
	}
	for _, c := range k.other[:min(3, len(k.other))] {
		b := t.button("", verbCampaign, c.ID, "")
		b.Line, b.Label = sangkien.Line{}, vntext.Truncate(c.Title.In(t.lang), 40)
		rows = append(rows, []sangkien.Button{b})
	}
	return t.stay(t.say(lines, rows...)), nil
}

// dateLines is the calendar, a line for each date.
func (t *turn) dateLines(k kept) ([]sangkien.Line, error) {
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return nil, err
	}
	lines := []sangkien.Line{sangkien.Say("calendar.date", sangkien.WithKey("step", "step.opens"), sangkien.WithTime("at", k.Opens))}
	if k.Closes.IsZero() {
		lines = append(lines, sangkien.Say("calendar.no_date", sangkien.WithKey("step", "step.closes")))
	} else {
		lines = append(lines, sangkien.Say("calendar.date", sangkien.WithKey("step", "step.closes"), sangkien.WithTime("at", k.Closes)))
	}
	for _, e := range k.Extensions {
		if e.Closes.After(k.Closes) {
			lines = append(lines, sangkien.Say("calendar.extension", sangkien.With("unit", units.Name(e.Unit)), sangkien.WithTime("at", e.Closes)))
		}
	}
	for _, s := range k.Steps {
		lines = append(lines, sangkien.Say("calendar.date", t.stepName(s.Key, s.Name), sangkien.WithTime("at", s.At)))
	}
	return lines, nil
}

func (t *turn) stepName(key string, name sangkien.Text) sangkien.Arg {
	if name.VI != "" {
		return sangkien.With("step", name.In(t.lang))
	}
	return sangkien.WithKey("step", "step."+key)
}

// nextLines is the next occasions of rules: when, to whom, and the very words.
func (t *turn) nextLines(k kept, rules []sangkien.Reminder) ([]sangkien.Line, error) {
	type next struct {
		sangkien.Occasion
		rule sangkien.Reminder
	}
	var all []next
	for _, r := range rules {
		occasions, err := r.Upcoming(k.Campaign, k.tree, t.d.NextTime, t.now, 2)
		if err != nil {
			return nil, err
		}
		for _, o := range occasions {
			all = append(all, next{o, r})
		}
	}
	if len(all) == 0 {
		return []sangkien.Line{sangkien.Say("calendar.next_none")}, nil
	}
	slices.SortStableFunc(all, func(a, b next) int { return a.At.Compare(b.At) })
	var lines []sangkien.Line
	for _, n := range all[:min(maxNext, len(all))] {
		to, err := t.audienceName(n.Audience)
		if err != nil {
			return nil, err
		}
		b := n.rule.Preview(n.Occasion, k.Campaign, t.now)
		lines = append(lines, sangkien.Say("calendar.next", append(to, sangkien.WithTime("at", b.Start), sangkien.With("text", vntext.Truncate(t.heard(b), 120)))...))
	}
	return lines, nil
}

// audienceName fills {to} and {where}.
func (t *turn) audienceName(a sangkien.Audience) ([]sangkien.Arg, error) {
	units, err := t.d.catalogue.units(t.ctx)
	if err != nil {
		return nil, err
	}
	status := "any"
	if a.Status != sangkien.StatusAny {
		status = string(a.Status)
	}
	args := []sangkien.Arg{sangkien.WithKey("to", "audience."+status)}
	if len(a.Units) > 0 {
		args = append(args, sangkien.WithKey("where", "audience.unit"), sangkien.With("unit", units.Name(a.Units[0])))
	} else if n := len(a.Except); n > 0 {
		args = append(args, sangkien.WithKey("where", "audience.except"), sangkien.With("n", strconv.Itoa(n)))
	}
	return args, nil
}

// heard is the text of a broadcast as the organiser would hear it.
func (t *turn) heard(b sangkien.Broadcast) string {
	name := t.chat.Member.Name
	if name == "" {
		name = t.d.Words(sangkien.Say("calendar.you"), t.lang)
	}
	return strings.ReplaceAll(b.Text.In(t.lang), sangkien.NamePlaceholder, name)
}
