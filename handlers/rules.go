package handlers

import (
	"slices"
	"strconv"
	"strings"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// The rules by which a campaign reminds: see them, switch them, reword them, add one.
const (
	verbRule     = "ru"  // show the rule Idea
	verbSwitch   = "rus" // switch it Value: "on", "off"
	verbReword   = "ruw" // write its text anew
	verbNewRule  = "run" // add one to the campaign Idea
	verbKeepRule = "ruk" // Value of the sheet Idea: "yes" or "no"

	sheetReword = "reword"
	sheetRule   = "rule"
	keyWhen     = "when"
	keyStatus   = "status"
)

func (t *turn) pressedRules(p sangkien.Press) (outcome, error) {
	k, ok, err := t.keep(p.Idea)
	if err != nil {
		return outcome{}, err
	}
	if !ok {
		return t.stay(t.sayKey("campaign.none")), nil
	}
	lines, rows := []sangkien.Line{sangkien.Say("rules.head", sangkien.With("campaign", k.Title.In(t.lang)))}, [][]sangkien.Button{}
	for n, r := range k.rules {
		args := []sangkien.Arg{sangkien.With("i", strconv.Itoa(n+1)), sangkien.With("name", r.Name.In(t.lang)), sangkien.WithKey("on", onOff(r))}
		lines = append(lines, sangkien.Say("rules.one", args...))
		if n%3 == 0 {
			rows = append(rows, nil)
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], t.button("button.rule", verbRule, r.ID, "", args...))
	}
	rows = append(rows, []sangkien.Button{t.button("button.new_rule", verbNewRule, k.ID, ""), t.button("button.campaign", verbCampaign, k.ID, "")})
	return t.stay(t.say(lines, rows...)), nil
}

func onOff(r sangkien.Reminder) string {
	if r.Off {
		return "rules.off"
	}
	return "rules.on"
}

// ruleOf finds a rule with its campaign. ok is false when there is none.
func (t *turn) ruleOf(id int64) (r sangkien.Reminder, k kept, ok bool, err error) {
	all, err := t.d.Store.Reminders(t.ctx)
	if err != nil {
		return r, k, false, err
	}
	n := slices.IndexFunc(all, func(r sangkien.Reminder) bool { return r.ID == id })
	if n < 0 {
		return r, k, false, nil
	}
	k, ok, err = t.keep(all[n].Campaign)
	return all[n], k, ok, err
}

func (t *turn) pressedRule(p sangkien.Press) (outcome, error) {
	r, k, ok, err := t.ruleOf(p.Idea)
	if err != nil {
		return outcome{}, err
	}
	if !ok {
		return t.latePress()
	}
	return t.showRule(r, k)
}

// showRule shows a rule as it will be heard.
func (t *turn) showRule(r sangkien.Reminder, k kept, before ...sangkien.Line) (outcome, error) {
	lines, err := t.ruleLines(r, k)
	if err != nil {
		return outcome{}, err
	}
	toggle := t.button("button.rule_off", verbSwitch, r.ID, "off")
	if r.Off {
		toggle = t.button("button.rule_on", verbSwitch, r.ID, "on")
	}
	return t.stay(t.say(append(before, lines...), []sangkien.Button{toggle, t.button("button.reword", verbReword, r.ID, "")},
		[]sangkien.Button{t.button("button.rules", verbRules, k.ID, "")})), nil
}

// ruleLines is the name of a rule, to whom it goes, its next time and its words.
func (t *turn) ruleLines(r sangkien.Reminder, k kept) ([]sangkien.Line, error) {
	to, err := t.audienceName(r.Audience)
	if err != nil {
		return nil, err
	}
	if r.Timing.Event != "" {
		to = []sangkien.Arg{sangkien.WithKey("to", "audience.author")}
	}
	lines := []sangkien.Line{sangkien.Say("rules.show", append(to, sangkien.With("name", r.Name.In(t.lang)), sangkien.WithKey("on", onOff(r)))...)}
	next, err := r.Upcoming(k.Campaign, k.tree, t.d.NextTime, t.now, 1)
	if err != nil {
		return nil, err
	}
	o := sangkien.Occasion{At: t.now}
	if len(next) > 0 {
		o = next[0]
		lines = append(lines, sangkien.Say("rules.next", sangkien.WithTime("at", r.Preview(o, k.Campaign, t.now).Start)))
	}
	return append(lines, sangkien.Say("rules.text", sangkien.With("text", t.heard(r.Preview(o, k.Campaign, t.now))))), nil
}

func (t *turn) switchRule(p sangkien.Press) (outcome, error) {
	r, k, ok, err := t.ruleOf(p.Idea)
	if err != nil {
		return outcome{}, err
	}
	if !ok {
		return t.latePress()
	}
	after := r.Switch(p.Value == "off", t.now)
	return t.arrange(r, after, k, "rules.switched")
}

// arrange saves a rule, if the person may, and shows it.
func (t *turn) arrange(before, after sangkien.Reminder, k kept, said string, more ...sangkien.Effect) (outcome, error) {
	v, err := t.viewer()
	if err != nil {
		return outcome{}, err
	}
	saved, err := v.Arrange(before, after, t.now)
	if o, refused := t.badDate(err); refused {
		return t.stay(o), nil
	}
	if err != nil {
		return outcome{}, err
	}
	o, err := t.showRule(after, k, sangkien.Say(said))
	o.effects = append([]sangkien.Effect{saved}, more...)
	return o, err
}

func (t *turn) pressedReword(p sangkien.Press) (outcome, error) {
	r, _, ok, err := t.ruleOf(p.Idea)
	if err != nil {
		return outcome{}, err
	}
	if !ok {
		return t.latePress()
	}
	return t.openSheet(sheetReword, r.ID, nil, sangkien.Say("rules.now", sangkien.With("text", r.Text.VI)))
}

func (t *turn) pressedNewRule(p sangkien.Press) (outcome, error) {
	k, ok, err := t.keep(p.Idea)
	if err != nil {
		return outcome{}, err
	}
	if !ok {
		return t.stay(t.sayKey("campaign.none")), nil
	}
	return t.openSheet(sheetRule, k.ID, nil)
}

// drafted is the rule that a complete sheet asks for, and the one that it takes the place of. ok is false when there
// is nothing to reword any more, EINVALID is a time that was not understood.
func (t *turn) drafted(s sangkien.Sheet) (before, after sangkien.Reminder, k kept, ok bool, err error) {
	text := strings.TrimSpace(s.Answers[keyText].Value)
	if s.Kind == sheetReword {
		before, k, ok, err = t.ruleOf(s.About)
		after = before
		after.Text = sangkien.Text{VI: text}
		return before, after, k, ok, err
	}
	if k, ok, err = t.keep(s.About); err != nil || !ok {
		return before, after, k, ok, err
	}
	when := s.Answers[keyWhen].Value
	timing, err := readTiming(when, k.Campaign, t.d.NextTime, t.now)
	after = sangkien.Reminder{ID: s.ID, Campaign: k.ID, Name: sangkien.Text{VI: vntext.Truncate(when, 60)}, Timing: timing, Text: sangkien.Text{VI: text},
		Audience: sangkien.Audience{Status: sangkien.Status(strings.TrimPrefix(s.Answers[keyStatus].Value, "any"))}, Topic: sangkien.TopicReminders,
		Purpose: sangkien.PurposeNews, Offers: []string{"gui"}, Grace: 12 * 60, Since: t.now}
	v, viewErr := t.viewer()
	if scope := v.Scope(); !scope.All {
		for _, g := range v.Member.Roles { // who sees to some units reminds those
			if g.Unit != 0 && v.May(sangkien.ActCampaign, sangkien.Object{Unit: g.Unit}) {
				after.Audience.Units = append(after.Audience.Units, g.Unit)
			}
		}
	}
	return before, after, k, true, orElse(viewErr, err)
}

// askRule shows a rule as it would be heard, and asks whether to keep it.
func (t *turn) askRule(s sangkien.Sheet) (outcome, error) {
	_, after, k, ok, err := t.drafted(s)
	if sangkien.CodeOf(err) == sangkien.EINVALID {
		return t.say([]sangkien.Line{sangkien.Say("rules.unclear", sangkien.With("when", s.Answers[keyWhen].Value))},
			[]sangkien.Button{t.button("button.new_rule", verbNewRule, k.ID, "")}), nil
	}
	if err != nil {
		return outcome{}, err
	}
	if !ok {
		return t.latePress()
	}
	lines, err := t.ruleLines(after, k)
	if err != nil {
		return outcome{}, err
	}
	o := t.say(append([]sangkien.Line{sangkien.Say("rules.ask")}, lines...),
		[]sangkien.Button{t.button("button.keep_rule", verbKeepRule, s.ID, "yes"), t.button("button.move_no", verbKeepRule, s.ID, "no")})
	o.open = true
	return o, nil
}

func (t *turn) keepRule(p sangkien.Press) (outcome, error) {
	s, ok, err := t.heldSheet(p.Idea, sheetReword, sheetRule)
	if err != nil {
		return outcome{}, err
	}
	if !ok {
		return t.latePress()
	}
	if p.Value != "yes" {
		o := t.stay(t.say([]sangkien.Line{sangkien.Say("rules.left")}, []sangkien.Button{t.command("button.campaign", "dotphatdong")}))
		o.effects = []sangkien.Effect{s.Drop()}
		return o, nil
	}
	before, after, k, ok, err := t.drafted(s)
	if err != nil {
		return outcome{}, err
	}
	if !ok {
		return t.latePress()
	}
	return t.arrange(before, after, k, "rules.kept", s.Done())
}
