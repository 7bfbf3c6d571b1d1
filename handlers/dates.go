package handlers

import (
	"errors"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/dialog"
)

// Moving a date of a campaign, for all or for one unit: a sheet, then one question with all that changes.
const (
	verbDate    = "dm"  // move the step Value of the campaign Idea
	verbDateYes = "dmy" // Value of the sheet Idea: "tell", "quiet" or "no"

	keyDay   = "day"   // the new date
	keyHour  = "hour"  // "h8", "h17", "h24"
	keyWho   = "who"   // "all" or "unit"
	dateTell = "tell"  // move and announce
	dateHush = "quiet" // move
	dateNo   = "no"    // leave as it is
)

// dateSheets are the sheets by the step that they move.
var dateSheets = map[string]string{sangkien.StepCloses: "closes", sangkien.StepOpens: "opens", sangkien.StepResults: "resultsday"}

func campaignSheets() []sheetKind {
	return []sheetKind{
		{dateSheets[sangkien.StepCloses], sangkien.ActCampaign, aboutNothing, (*turn).askRedate},
		{dateSheets[sangkien.StepOpens], sangkien.ActCampaign, aboutNothing, (*turn).askRedate},
		{dateSheets[sangkien.StepResults], sangkien.ActCampaign, aboutNothing, (*turn).askRedate},
		{sheetReword, sangkien.ActCampaign, aboutNothing, (*turn).askRule},
		{sheetRule, sangkien.ActCampaign, aboutNothing, (*turn).askRule},
	}
}

func (t *turn) pressedDate(p sangkien.Press) (outcome, error) {
	sheet, ok := dateSheets[p.Value]
	k, found, err := t.keep(p.Idea)
	if err != nil {
		return outcome{}, err
	}
	if !ok || !found {
		return t.latePress()
	}
	return t.openSheet(sheet, k.ID, nil)
}

// redating is what a complete sheet asks for.
type redating struct {
	kept
	step  sangkien.Step
	unit  int64
	dated sangkien.CampaignDated
}

func (t *turn) redating(s sangkien.Sheet) (r redating, err error) {
	k, ok, err := t.keep(s.About)
	if err != nil {
		return r, err
	}
	if !ok {
		return r, sangkien.Errorf(sangkien.EINVALID, "there is no campaign")
	}
	r.kept = k
	for step, sheet := range dateSheets {
		if sheet == s.Kind {
			r.step.Key = step
		}
	}
	day, ok := readDay(s.Answers[keyDay].Value, t.now.Location())
	if !ok {
		return r, sangkien.Errorf(sangkien.EINVALID, "%q is no day", s.Answers[keyDay].Value)
	}
	r.step.At = day.Add(map[string]time.Duration{"h8": 8 * time.Hour, "h17": 17 * time.Hour, "h24": 24*time.Hour - time.Minute}[s.Answers[keyHour].Value])
	if r.step.Key == sangkien.StepResults {
		r.step.Name = sangkien.Text{VI: t.d.Words(sangkien.Say("step.results"), sangkien.Vietnamese), EN: t.d.Words(sangkien.Say("step.results"), sangkien.English)}
	}
	if s.Answers[keyWho].Value == "unit" {
		if r.unit = s.Answers[dialog.KeyUnit].Unit; r.unit == 0 {
			return r, sangkien.Errorf(sangkien.EINVALID, "the unit is not in the list")
		}
	}
	v, err := t.viewer()
	if err != nil {
		return r, err
	}
	r.dated, err = v.Redate(k.Campaign, r.step, r.unit, t.now)
	return r, err
}

// askRedate asks once, with what will change.
func (t *turn) askRedate(s sangkien.Sheet) (outcome, error) {
	r, err := t.redating(s)
	if o, refused := t.badDate(err); refused {
		return o, nil
	}
	if err != nil {
		return outcome{}, err
	}
	was, _ := r.StepAt(r.step.Key)
	if r.unit != 0 {
		was = r.ClosesFor(r.unit, r.tree)
	}
	args, err := t.redateArgs(r)
	if err != nil {
		return outcome{}, err
	}
	lines := []sangkien.Line{sangkien.Say("calendar.ask", args...)}
	if !was.IsZero() {
		lines = append(lines, sangkien.Say("calendar.was", sangkien.WithTime("at", was)))
	}
	r.Campaign = r.On(r.dated.After)
	next, err := t.nextLines(r.kept, r.rules)
	if err != nil {
		return outcome{}, err
	}
	lines = append(append(lines, sangkien.Say("calendar.then")), next...)
	rows := [][]sangkien.Button{{t.button("button.move_quiet", verbDateYes, s.ID, dateHush)}, {t.button("button.move_no", verbDateYes, s.ID, dateNo)}}
	if r.step.Key == sangkien.StepCloses {
		rows = append([][]sangkien.Button{{t.button("button.move_tell", verbDateYes, s.ID, dateTell)}}, rows...)
		rows[1][0].Line.Key = "button.move_only"
	}
	o := t.say(lines, rows...)
	o.open = true
	return o, nil
}

// badDate says why a date cannot be moved so.
func (t *turn) badDate(err error) (outcome, bool) {
	key := ""
	switch sangkien.CodeOf(err) {
	case sangkien.EINVALID:
		key = "calendar.bad"
	case sangkien.EFORBIDDEN:
		key = "calendar.not_yours"
	}
	if key == "" {
		return outcome{}, false
	}
	return t.say([]sangkien.Line{sangkien.Say(key)}, []sangkien.Button{t.command("button.campaign", "dotphatdong")}), true
}

func (t *turn) redateArgs(r redating) ([]sangkien.Arg, error) {
	units, err := t.d.catalogue.units(t.ctx)
	args := []sangkien.Arg{sangkien.WithKey("step", "step."+r.step.Key), sangkien.WithTime("at", r.step.At), sangkien.WithKey("whom", "calendar.for_all"),
		sangkien.With("campaign", r.Title.In(t.lang)), sangkien.With("ten", sangkien.NamePlaceholder)}
	if r.unit != 0 {
		args[2] = sangkien.WithKey("whom", "calendar.for_unit")
		args = append(args, sangkien.With("unit", units.Name(r.unit)))
	}
	return args, err
}

// heldSheet loads a sheet of the member's that waits for a yes. ok is false when there is none any more.
func (t *turn) heldSheet(id int64, kinds ...string) (s sangkien.Sheet, ok bool, err error) {
	s, kind, err := t.sheetInHand(id)
	if sangkien.CodeOf(err) == sangkien.ENOTFOUND {
		return s, false, nil
	}
	for _, k := range kinds {
		ok = ok || k == kind.name
	}
	return s, ok && err == nil, err
}

// redate moves the date, and announces it to those whom it concerns if it is wanted.
func (t *turn) redate(p sangkien.Press) (outcome, error) {
	s, ok, err := t.heldSheet(p.Idea, dateSheets[sangkien.StepCloses], dateSheets[sangkien.StepOpens], dateSheets[sangkien.StepResults])
	if err != nil {
		return outcome{}, err
	}
	if !ok {
		return t.latePress()
	}
	if p.Value == dateNo {
		o, err := t.showCampaign(s.About, sangkien.Say("calendar.left"))
		o.effects = []sangkien.Effect{s.Drop()}
		return o, err
	}
	r, err := t.redating(s)
	if o, refused := t.badDate(err); refused {
		return o, nil
	}
	if err != nil {
		return outcome{}, err
	}
	args, err := t.redateArgs(r)
	if err != nil {
		return outcome{}, err
	}
	said, effects := "calendar.moved", []sangkien.Effect{r.dated, s.Done()}
	if p.Value == dateTell && r.step.Key == sangkien.StepCloses {
		planned, err := t.announcement(r, args)
		if err != nil {
			return outcome{}, err
		}
		said, effects = "calendar.moved_told", append(effects, planned)
	}
	o := t.stay(t.say([]sangkien.Line{sangkien.Say(said, args...)}, []sangkien.Button{t.command("button.campaign", "dotphatdong")}))
	o.effects = effects
	return o, nil
}

// announcement tells those who have submitted nothing of their new closing.
func (t *turn) announcement(r redating, args []sangkien.Arg) (sangkien.BroadcastPlanned, error) {
	v, err := t.viewer()
	b := sangkien.Broadcast{ID: t.d.NewID(), Kind: sangkien.BroadcastReminder, Topic: sangkien.TopicReminders, Purpose: sangkien.PurposeNews, Offers: []string{"gui"},
		Audience: sangkien.Audience{Campaign: r.ID, Status: sangkien.StatusUnfinished}, Start: t.now.Add(sangkien.Quiet(t.now)),
		Text: sangkien.Text{VI: t.d.Words(sangkien.Say("calendar.announce", args...), sangkien.Vietnamese), EN: t.d.Words(sangkien.Say("calendar.announce", args...), sangkien.English)}}
	if r.unit != 0 {
		b.Audience.Units = []int64{r.unit}
	} else {
		for _, e := range r.Extensions {
			if e.Closes.After(r.step.At) {
				b.Audience.Except = append(b.Audience.Except, e.Unit) // theirs stays as it is
			}
		}
	}
	planned, announceErr := v.Announce(b, 0, 0, t.now)
	return planned, errors.Join(err, announceErr)
}
