package sangkien

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reminder is a rule of a campaign: what is said to whom, and when. A rule that is off says nothing.
type Reminder struct {
	ID       int64    `json:"id"`
	Campaign int64    `json:"campaign"`
	Name     Text     `json:"name"` // what an organiser knows it by
	Timing   Timing   `json:"timing"`
	Audience Audience `json:"audience"`
	Text     Text     `json:"text"` // see Reminder.words for what is filled in
	Topic    Topic    `json:"topic"`
	Purpose  Purpose  `json:"purpose"`
	Offers   []string `json:"offers,omitempty"`
	Grace    int      `json:"grace"` // minutes that it may be late; later it is noted as missed
	Off      bool     `json:"off,omitempty"`
	// Since is when it was made, switched on, or given other times: it is never due for a time before.
	Since time.Time `json:"since"`
}

// Timing says when a rule is due. Exactly one of Cron, At, Step and Event is set.
type Timing struct {
	Cron  string    `json:"cron,omitempty"` // five fields, in the zone of the deployment; while the campaign is open
	At    time.Time `json:"at,omitzero"`
	Step  string    `json:"step,omitempty"`  // Days before it (after it: negative)
	Event Event     `json:"event,omitempty"` // of one member's idea
	Days  int       `json:"days,omitempty"`
	Clock string    `json:"clock,omitempty"` // "08:00"; "" for the time of day of the step
}

// String is the timing in the words of the program, for the record of changes.
func (t Timing) String() string {
	switch {
	case t.Cron != "":
		return "cron " + t.Cron
	case !t.At.IsZero():
		return "at " + stamp(t.At)
	}
	return strconv.Itoa(t.Days) + " days before " + t.Step + string(t.Event) + " " + t.Clock
}

// Event is something that happens to one idea, and that its author alone is reminded of. The set is closed.
type Event string

const (
	EventDraftLeft     Event = "draft_left"     // a day after the last answer of a draft, once per draft
	EventSupplementDue Event = "supplement_due" // Days before the supplement is due
)

// Occasion is a time at which a rule is due, for an audience of its own.
type Occasion struct {
	What     string // "" for all, "unit:19" for those with an extension, "idea:7" for one author
	At       time.Time
	Date     time.Time // the date that the text tells: the step, or the closing that holds for them
	Audience Audience
	Code     string  // of the idea
	Apart    []int64 // units that have a closing, and an occasion, of their own
	Overdue  bool    // a later time of the same rule is due too: this one is not said any more
}

// Occurrence is what became of an occasion, once and for ever.
type Occurrence struct {
	Reminder  int64
	What      string
	At        time.Time
	Apart     []int64 // units for which it was not: they have a closing of their own
	Missed    bool
	Broadcast int64 // 0 when missed
	Noted     time.Time
}

// concerns tells whether the occurrence was for the members of a group too.
func (o Occurrence) concerns(g group, tree *Tree) bool {
	if o.What == g.What {
		return true
	}
	of, err := strconv.ParseInt(strings.TrimPrefix(o.What, "unit:"), 10, 64)
	return g.unit != 0 && (o.What == "" || err == nil && tree.Within(g.unit, of)) &&
		!slices.ContainsFunc(o.Apart, func(u int64) bool { return tree.Within(g.unit, u) })
}

// ReminderSaved stores a rule over the earlier one.
type ReminderSaved struct {
	Reminder Reminder
	Actor    int64 // 0 for the program
	At       time.Time
}

// ReminderFired notes that a rule was due and plans its broadcast. An occurrence that was noted before, or a rule
// that changed meanwhile, is a conflict: then nothing is sent.
type ReminderFired struct {
	Occurrences []Occurrence
	Since       time.Time // of the rule, as the decision saw it
	Planned     BroadcastPlanned
	At          time.Time
}

// ReminderMissed notes that a rule was due and that it is too late for it.
type ReminderMissed struct {
	Occurrences []Occurrence
	Since       time.Time
	At          time.Time
}

func (ReminderSaved) effect()  {}
func (ReminderFired) effect()  {}
func (ReminderMissed) effect() {}

// MaxReminder is the most characters of the text of a rule; what is filled in comes on top.
const MaxReminder = 1000

// onTime is how late a reminder is without being called late: the scheduler looks once a minute.
const onTime = 5 * time.Minute

// catchUp is how many times of one cron rule are noted at once after a long pause; the rest follows a minute later.
const catchUp = 50

// NextTime returns the first time of a cron expression after t, zero when there is none. It returns EINVALID for
// one that cannot be read. The scheduler has one.
type NextTime func(cron string, t time.Time) (time.Time, error)

// Save is the change that stores a rule. It returns EINVALID for one that could not be sent or is never due.
func (r Reminder) Save(now time.Time) (ReminderSaved, error) {
	set := 0
	for _, is := range []bool{r.Timing.Cron != "", !r.Timing.At.IsZero(), r.Timing.Step != "", r.Timing.Event != ""} {
		if is {
			set++
		}
	}
	if _, _, ok := clock(r.Timing.Clock); set != 1 || r.Timing.Clock != "" && !ok {
		return ReminderSaved{}, Errorf(EINVALID, "reminder %d has %d kinds of time, clock %q", r.ID, set, r.Timing.Clock)
	}
	if len([]rune(r.Text.VI)) > MaxReminder || len([]rune(r.Text.EN)) > MaxReminder {
		return ReminderSaved{}, Errorf(EINVALID, "reminder %d has more than %d characters", r.ID, MaxReminder)
	}
	b := Broadcast{Topic: r.Topic, Purpose: r.Purpose, Text: r.Text}
	return ReminderSaved{Reminder: r, At: now}, b.check()
}

// Arrange is Save by a person. It returns EFORBIDDEN when the rule, as it was or as it will be, reaches beyond
// their units.
func (v Viewer) Arrange(before, after Reminder, now time.Time) (ReminderSaved, error) {
	if !v.MayAddress(after.Audience) || before.ID != 0 && !v.MayAddress(before.Audience) {
		return ReminderSaved{}, Errorf(EFORBIDDEN, "member %d may not change reminder %d", v.Member.ID, after.ID)
	}
	saved, err := after.Save(now)
	saved.Actor = v.Member.ID
	return saved, err
}

// Switch returns the rule on or off. What it was due for while it was off stays unsaid.
func (r Reminder) Switch(off bool, now time.Time) Reminder {
	if r.Off && !off {
		r.Since = now
	}
	r.Off = off
	return r
}

// Due lists the occasions that came up to now and that past does not have yet, the earliest first. now is in the
// zone of the deployment. Rules of one member's ideas are not among them.
func (r Reminder) Due(c Campaign, tree *Tree, past []Occurrence, next NextTime, now time.Time) ([]Occasion, error) {
	if r.Off || r.Timing.Event != "" {
		return nil, nil
	}
	var due []Occasion
	for _, g := range r.groups(c, tree) {
		mine := slices.DeleteFunc(slices.Clone(past), func(o Occurrence) bool { return !o.concerns(g, tree) })
		times, err := r.between(c, g, r.from(mine), next, now, catchUp)
		if err != nil {
			return nil, err
		}
		for i, at := range times {
			if g.At, g.Overdue = at, i < len(times)-1; !g.noted(mine) {
				due = append(due, g.Occasion)
			}
		}
	}
	slices.SortStableFunc(due, func(a, b Occasion) int { return a.At.Compare(b.At) })
	return due, nil
}

// Upcoming lists the next occasions after now, the earliest first, at most so many of each audience.
func (r Reminder) Upcoming(c Campaign, tree *Tree, next NextTime, now time.Time, most int) ([]Occasion, error) {
	if r.Off || r.Timing.Event != "" {
		return nil, nil
	}
	var all []Occasion
	for _, g := range r.groups(c, tree) {
		times, err := r.between(c, g, now, next, now.AddDate(2, 0, 0), most)
		if err != nil {
			return nil, err
		}
		for _, at := range times {
			if g.At = at; at.After(now) {
				all = append(all, g.Occasion)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Occasion) int { return a.At.Compare(b.At) })
	return all, nil
}

// group is those to whom one closing applies.
type group struct {
	Occasion
	unit   int64 // 0 for the rest of the campaign
	closes time.Time
}

// groups divides the audience by the closings: those with an extension each apart, and the rest.
func (r Reminder) groups(c Campaign, tree *Tree) []group {
	rest := group{Occasion: Occasion{Audience: r.Audience}, closes: c.Closes}
	if c.Closes.IsZero() || r.Timing.Cron == "" && r.Timing.Step != StepCloses {
		return []group{rest}
	}
	rest.Date = c.Closes
	all := make([]group, 0, len(c.Extensions)+1)
	for _, e := range c.Extensions {
		rest.Apart = append(rest.Apart, e.Unit)
		g := group{Occasion: Occasion{What: "unit:" + strconv.FormatInt(e.Unit, 10), Audience: r.Audience}, unit: e.Unit, closes: c.ClosesFor(e.Unit, tree)}
		g.Date, g.Audience.Units = g.closes, narrow(r.Audience.Units, e.Unit, tree)
		for _, f := range c.Extensions {
			if f.Unit != e.Unit && tree.Within(f.Unit, e.Unit) {
				g.Apart = append(g.Apart, f.Unit)
			}
		}
		g.Audience.Except = slices.Concat(r.Audience.Except, g.Apart)
		if len(g.Audience.Units) > 0 {
			all = append(all, g)
		}
	}
	rest.Audience.Except = slices.Concat(r.Audience.Except, rest.Apart)
	return append(all, rest)
}

// narrow is what units and a unit have in common; no units are all.
func narrow(units []int64, unit int64, tree *Tree) []int64 {
	if len(units) == 0 {
		return []int64{unit}
	}
	var both []int64
	for _, u := range units {
		switch {
		case tree.Within(unit, u):
			return []int64{unit}
		case tree.Within(u, unit):
			both = append(both, u)
		}
	}
	return both
}

// from is the time after which a cron rule is looked at: everything up to it was noted.
func (r Reminder) from(past []Occurrence) time.Time {
	from := r.Since
	for _, o := range past {
		if o.At.After(from) {
			from = o.At
		}
	}
	return from
}

// between lists the times of the rule for a group up to and with a time, the earliest first: of a cron rule at most
// so many after from, else the one that there is.
func (r Reminder) between(c Campaign, g group, from time.Time, next NextTime, until time.Time, most int) ([]time.Time, error) {
	if r.Timing.Cron != "" {
		return r.ticks(c, g, from, next, until, most)
	}
	at, ok := r.once(c, &g, until.Location())
	if !ok || at.After(until) || at.Before(r.Since) {
		return nil, nil
	}
	return []time.Time{at}, nil
}

func (r Reminder) ticks(c Campaign, g group, from time.Time, next NextTime, until time.Time, most int) ([]time.Time, error) {
	if c.Opens.After(from) {
		from = c.Opens
	}
	var all []time.Time
	for at := from.In(until.Location()); len(all) < most; {
		var err error
		if at, err = next(r.Timing.Cron, at); err != nil {
			return nil, err
		}
		if at.IsZero() || at.After(until) || !g.closes.IsZero() && !at.Before(g.closes) {
			break
		}
		all = append(all, at)
	}
	return all, nil
}

// once is the one time of a rule that is no cron expression.
func (r Reminder) once(c Campaign, g *group, zone *time.Location) (at time.Time, ok bool) {
	if r.Timing.Step == "" {
		return r.Timing.At, true
	}
	date, ok := c.StepAt(r.Timing.Step)
	if r.Timing.Step == StepCloses {
		date, ok = g.closes, !g.closes.IsZero()
	}
	at = r.Timing.before(date.In(zone))
	if r.Timing.Step == StepCloses && at.Before(c.Opens) {
		return at, false // nobody can submit yet
	}
	return at, ok
}

// before is the time so many days before a date, at the clock time.
func (t Timing) before(date time.Time) time.Time {
	h, m, ok := clock(t.Clock)
	if !ok {
		return date.AddDate(0, 0, -t.Days)
	}
	return time.Date(date.Year(), date.Month(), date.Day()-t.Days, h, m, 0, 0, date.Location())
}

func clock(s string) (hour, minute int, ok bool) {
	t, err := time.Parse("15:04", s)
	return t.Hour(), t.Minute(), err == nil
}

// noted tells whether something became of the occasion already, also before the group stood apart.
func (g group) noted(past []Occurrence) bool {
	return slices.ContainsFunc(past, func(o Occurrence) bool {
		return o.At.Equal(g.At)
	})
}

// Fire decides on an occasion that is due: its broadcast with the id, by day; or, later than the rule's grace or
// with nothing left to remind of, that it was missed. now is in the zone of the deployment.
func (r Reminder) Fire(o Occasion, c Campaign, id int64, now time.Time) (Effect, error) {
	occurrence := Occurrence{Reminder: r.ID, What: o.What, At: o.At, Apart: o.Apart, Noted: now}
	start := now.Add(Quiet(now))
	date := r.date(o, c)
	over := r.Timing.Step == StepCloses && r.Timing.Days >= 0 || r.Timing.Cron != "" || r.Timing.Event == EventSupplementDue
	if o.Overdue || now.Sub(o.At) > r.grace() || over && !date.IsZero() && !start.Before(date) {
		occurrence.Missed = true
		return ReminderMissed{Occurrences: []Occurrence{occurrence}, Since: r.Since, At: now}, nil
	}
	occurrence.Broadcast = id
	planned, err := r.broadcast(o, c, id, start).Plan(now)
	return ReminderFired{Occurrences: []Occurrence{occurrence}, Since: r.Since, Planned: planned, At: now}, err
}

func (r Reminder) grace() time.Duration { return max(time.Duration(r.Grace)*time.Minute, onTime) }

// date is the date that an occasion tells of.
func (r Reminder) date(o Occasion, c Campaign) time.Time {
	switch {
	case !o.Date.IsZero():
		return o.Date
	case r.Timing.Step != "" && r.Timing.Step != StepCloses:
		at, _ := c.StepAt(r.Timing.Step)
		return at
	}
	return c.Closes
}

// broadcast is what is sent on an occasion.
func (r Reminder) broadcast(o Occasion, c Campaign, id int64, start time.Time) Broadcast {
	b := Broadcast{ID: id, Kind: BroadcastReminder, Topic: r.Topic, Purpose: r.Purpose, Offers: r.Offers, About: r.ID, Start: start, Audience: o.Audience}
	b.Audience.Campaign = r.Campaign
	b.Text = Text{VI: r.words(Vietnamese, o, c, start)}
	if r.Text.EN != "" {
		b.Text.EN = r.words(English, o, c, start)
	}
	return b
}

// words fills in what is the same for everyone who hears it: {dot} the campaign, {han} the date, {con} the days
// left until then, {ma} the code of the idea. {ten} stays for the sender.
func (r Reminder) words(l Language, o Occasion, c Campaign, start time.Time) string {
	date := r.date(o, c)
	han, con := "", ""
	if !date.IsZero() {
		han = date.In(start.Location()).Format("15:04, 02/01/2006")
		con = strconv.Itoa(max(0, DaysUntil(start, date)))
	}
	return strings.NewReplacer("{dot}", c.Title.In(l), "{han}", han, "{con}", con, "{ma}", o.Code).Replace(r.Text.In(l))
}

// Preview is the broadcast of an occasion as it will look.
func (r Reminder) Preview(o Occasion, c Campaign, now time.Time) Broadcast {
	start := o.At.In(now.Location())
	return r.broadcast(o, c, 0, start.Add(Quiet(start)))
}
