package handlers

import (
	"slices"
	"strconv"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
	"github.com/sangkien/sangkien/vntext"
)

// The verbs and sheets of a campaign's reminders.
const (
	verbRules   = "pl" // the rules of a campaign: Idea
	verbRule    = "px" // one of them: Idea
	verbSwitch  = "ps" // switch a rule on or off
	verbReword  = "pw" // change its words
	verbAddRule = "pa" // add one to a campaign
	sheetReword = "remindtext"
	sheetRule   = "remind"
)

func (t *turn) rulesOf(campaign int64) ([]sangkien.Reminder, error) {
	all, err := t.d.Store.Reminders(t.ctx)
	return slices.DeleteFunc(all, func(r sangkien.Reminder) bool { return r.Campaign != campaign }), err
}

// ruleNamed loads a rule with its campaign.
func (t *turn) ruleNamed(id int64) (r sangkien.Reminder, c sangkien.Campaign, ok bool, err error) {
	all, err := t.d.Store.Reminders(t.ctx)
	i := slices.IndexFunc(all, func(r sangkien.Reminder) bool { return r.ID == id })
	if err != nil || i < 0 {
		return r, c, false, err
	}
	c, ok, err = t.campaignNamed(all[i].Campaign)
	return all[i], c, ok, err
}

// rules lists what a campaign reminds of.
func (t *turn) rules(p sangkien.Press) (outcome, error) {
	c, ok, err := t.campaignNamed(p.Idea)
	if err != nil || !ok {
		return t.campaignsOr(err)
	}
	all, err := t.rulesOf(c.ID)
	if err != nil {
		return outcome{}, err
	}
	lines, rows := []sangkien.Line{sangkien.Say("rule.head", sangkien.With("campaign", c.Title.In(t.lang)))}, [][]sangkien.Button(nil)
	for n, r := range all {
		i := sangkien.With("i", strconv.Itoa(n+1))
		lines = append(lines, sangkien.Say("rule.one", append(t.ruleArgs(r, c), i)...))
		rows = append(rows, []sangkien.Button{t.button("button.rule", verbRule, r.ID, "", i, ruleTitle(r, t.lang))})
	}
	if len(all) == 0 {
		lines = append(lines, sangkien.Say("rule.none"))
	}
	return t.stay(t.say(lines, append(rows, []sangkien.Button{t.button("button.add_rule", verbAddRule, c.ID, ""), t.button("button.campaign_back", verbCampaign, c.ID, "")})...)), nil
}

// ruleArgs say when a rule reminds, whom, and whether it is on.
func (t *turn) ruleArgs(r sangkien.Reminder, c sangkien.Campaign) []sangkien.Arg {
	on := "rule.on"
	if r.Off {
		on = "rule.off"
	}
	args := []sangkien.Arg{ruleTitle(r, t.lang), whom(r.Audience), sangkien.WithKey("on", on), daysArg(max(r.Days, -r.Days)), sangkien.With("clock", r.Clock)}
	switch {
	case r.Cron != "":
		return append(args, sangkien.With("cron", r.Cron), sangkien.WithKey("when", "rule.cron"))
	case !r.At.IsZero():
		return append(args, sangkien.WithTime("at", r.At), sangkien.WithKey("when", "rule.at"))
	}
	step := sangkien.WithKey("step", "step."+r.Step)
	for _, s := range c.Steps {
		if s.Key == r.Step {
			step = sangkien.With("step", s.Name.In(t.lang))
		}
	}
	key := "rule.before"
	switch {
	case r.Days == 0:
		key = "rule.step"
	case r.Days < 0:
		key = "rule.after"
	}
	return append(args, step, sangkien.WithKey("when", key))
}

// ruleTitle is what a rule is known by: its headline, or how it begins.
func ruleTitle(r sangkien.Reminder, lang sangkien.Language) sangkien.Arg {
	name := r.Title.In(lang)
	if name == "" {
		name = r.Text.In(lang)
	}
	return sangkien.With("title", vntext.Truncate(name, 40))
}

// rule shows one with its words and when it comes next.
func (t *turn) rule(p sangkien.Press) (outcome, error) {
	r, c, ok, err := t.ruleNamed(p.Idea)
	if err != nil || !ok {
		return t.campaignsOr(err)
	}
	return t.showRule(r, c)
}

func (t *turn) showRule(r sangkien.Reminder, c sangkien.Campaign, before ...sangkien.Line) (outcome, error) {
	tree, err := t.d.catalogue.tree(t.ctx)
	if err != nil {
		return outcome{}, err
	}
	lines := append(before, sangkien.Say("rule.view", t.ruleArgs(r, c)...), sangkien.Say("", sangkien.With("text", r.Text.In(t.lang))))
	if next := sangkien.Coming([]sangkien.Reminder{r}, c, tree, t.d.NextCron, t.now, t.now.Add(ahead)); len(next) > 0 {
		lines = append(lines, sangkien.Say("rule.next", sangkien.WithTime("at", next[0].At)))
	} else {
		lines = append(lines, sangkien.Say("rule.never"))
	}
	key := "button.rule_off"
	if r.Off {
		key = "button.rule_on"
	}
	return t.stay(t.say(lines, []sangkien.Button{t.button(key, verbSwitch, r.ID, onValue(r.Off)), t.button("button.reword", verbReword, r.ID, "")},
		[]sangkien.Button{t.button("button.rules_back", verbRules, c.ID, "")})), nil
}

func onValue(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// switchRule switches a rule on or off, as its button says; on again it misses nothing of the time in between.
func (t *turn) switchRule(p sangkien.Press) (outcome, error) {
	r, c, ok, err := t.ruleNamed(p.Idea)
	if err != nil || !ok {
		return t.campaignsOr(err)
	}
	if r.Off == (p.Value == "off") {
		return t.showRule(r, c) // pressed twice
	}
	r.Off = p.Value == "off"
	if !r.Off {
		r.Created = t.now
	}
	return t.saveRule(r, c, "rule.switched_"+onValue(!r.Off))
}

func (t *turn) saveRule(r sangkien.Reminder, c sangkien.Campaign, said string) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	saved, err := r.Save(v, t.now)
	switch sangkien.CodeOf(err) {
	case sangkien.EFORBIDDEN:
		return t.showRule(r, c, sangkien.Say("rule.not_yours"))
	case sangkien.EINVALID:
		return t.showRule(r, c, sangkien.Say("rule.invalid"))
	}
	if err != nil {
		return outcome{}, err
	}
	o, err := t.showRule(saved.Reminder, c, sangkien.Say(said))
	o.effects = append(o.effects, saved)
	return o, err
}

func (t *turn) beginReword(p sangkien.Press) (outcome, error) {
	r, _, ok, err := t.ruleNamed(p.Idea)
	if err != nil || !ok {
		return t.campaignsOr(err)
	}
	return t.openSheet(sheetReword, r.ID, nil)
}

func (t *turn) finishReword(s sangkien.Sheet) (outcome, error) {
	r, c, ok, err := t.ruleNamed(s.About)
	if err != nil || !ok {
		return t.campaignsOr(err)
	}
	r.Text = sangkien.Text{VI: s.Answers[keyText].Value}
	return t.saveRule(r, c, "rule.saved")
}

func (t *turn) beginRule(p sangkien.Press) (outcome, error) {
	c, ok, err := t.campaignNamed(p.Idea)
	if err != nil || !ok {
		return t.campaignsOr(err)
	}
	return t.openSheet(sheetRule, c.ID, nil)
}

// finishRule adds a rule of the campaign, for the people to whom the member may write.
func (t *turn) finishRule(s sangkien.Sheet) (outcome, error) {
	c, ok, err := t.campaignNamed(s.About)
	if err != nil || !ok {
		return t.campaignsOr(err)
	}
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	r := sangkien.Reminder{ID: s.ID, Campaign: c.ID, Text: sangkien.Text{VI: s.Answers[keyText].Value}, Topic: sangkien.TopicReminders,
		Purpose: sangkien.PurposeNews, Offers: []string{"gui"}, Late: sangkien.Duration(24 * time.Hour), Created: t.now}
	r.Audience.Units, _ = v.Reach() // whoever has none may not, which Save tells
	if status := s.Answers["whom"].Value; status != "all" {
		r.Audience.Status = sangkien.Status(status)
	}
	switch s.Answers["when"].Value {
	case "weekly":
		r.Cron = "0 8 * * 1"
	case "date":
		day, err := time.ParseInLocation(time.DateOnly, s.Answers["date"].Value, t.now.Location())
		if r.At = day.Add(8 * time.Hour); err != nil || !r.At.After(t.now) {
			return t.sheetAgain(s, sangkien.Say("rule.past"))
		}
	default:
		days, err := strconv.ParseFloat(s.Answers["days"].Value, 64)
		if err != nil {
			return t.sheetAgain(s, sangkien.Say("rule.invalid"))
		}
		r.Step, r.Days, r.Clock = sangkien.StepCloses, int(days), "08:00"
	}
	return t.saveRule(r, c, "rule.saved")
}

// GoOnButtons lead back to a draft, from any message.
func GoOnButtons(i sangkien.Idea) [][]sangkien.Button {
	return [][]sangkien.Button{{act("button.nudge", dialog.VerbGo, i.ID)}}
}

// SupplementButtons lead to what was asked for, from any message.
func SupplementButtons(i sangkien.Idea) [][]sangkien.Button {
	return [][]sangkien.Button{{act("button.supplement", verbSupplement, i.ID), act("button.view_it", verbView, i.ID)}}
}
