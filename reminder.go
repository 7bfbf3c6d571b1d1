package sangkien

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reminder is a rule of a campaign: what to send, to whom, when. One of Cron, At and Step says when.
type Reminder struct {
	ID       int64     `json:"-"`
	Campaign int64     `json:"campaign"`
	Cron     string    `json:"cron,omitempty"`  // five fields, in the deployment's zone
	At       time.Time `json:"at,omitzero"`     // a fixed time
	Step     string    `json:"step,omitempty"`  // StepOpens, StepCloses, or a step of the campaign
	Days     int       `json:"days,omitempty"`  // so many days before the step (negative: after)
	Clock    string    `json:"clock,omitempty"` // at this hour of that day, "08:00"; "": at the hour of the step
	Audience Audience  `json:"audience"`
	Title    Text      `json:"title,omitzero"`
	Text     Text      `json:"text"` // {ten} the recipient, {dot} the campaign, {han} when the step is
	Topic    Topic     `json:"topic"`
	Purpose  Purpose   `json:"purpose"`
	Offers   []string  `json:"offers,omitempty"`
	Late     Duration  `json:"late"` // sent late so long after its time; later it is noted as missed
	Off      bool      `json:"off,omitempty"`
	Created  time.Time `json:"created"` // what should have been sent before is not missed
}

// Duration is a time.Duration that is written as one writes it: "36h0m0s".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// Occurrence is one time at which a reminder is to go out, to part of its audience where units have longer. Of a
// reminder there is one for each time and part: when the hour of a closing moves and the day does not, nobody hears
// twice.
type Occurrence struct {
	Reminder int64
	At       time.Time
	Part     string    // "" for those to whom the general closing applies, else the units that have longer
	Target   time.Time // when what it reminds of is; zero for none
	Audience Audience
}

// Same tells whether two occurrences of a reminder are one.
func (o Occurrence) Same(other Occurrence) bool { return o.At.Equal(other.At) && o.Part == other.Part }

// ReminderSaved stores a rule.
type ReminderSaved struct {
	Reminder Reminder
	Actor    int64
	At       time.Time
}

// ReminderFired notes that an occurrence went out, and plans its broadcast. A second time is a conflict.
type ReminderFired struct {
	Occurrence Occurrence
	Planned    BroadcastPlanned
	At         time.Time
}

// ReminderMissed notes that an occurrence was too late to be sent. A second time is a conflict.
type ReminderMissed struct {
	Occurrence Occurrence
	At         time.Time
}

func (ReminderSaved) effect()  {}
func (ReminderFired) effect()  {}
func (ReminderMissed) effect() {}

// NextCron returns the first time after a moment at which a cron expression falls; zero for one that never does.
type NextCron func(expression string, after time.Time) time.Time

// Save is the change that stores the rule. It returns EFORBIDDEN when the person may not write to its audience, and
// EINVALID when it could never be sent.
func (r Reminder) Save(v Viewer, now time.Time) (ReminderSaved, error) {
	if !v.MayAddress(r.Audience) {
		return ReminderSaved{}, Errorf(EFORBIDDEN, "member %d may not write to that audience", v.Member.ID)
	}
	saved, err := r.Set(now)
	saved.Actor = v.Member.ID
	return saved, err
}

// Set is Save by the program itself.
func (r Reminder) Set(now time.Time) (ReminderSaved, error) {
	ways := 0
	for _, set := range []bool{r.Cron != "", !r.At.IsZero(), r.Step != ""} {
		if set {
			ways++
		}
	}
	if ways != 1 {
		return ReminderSaved{}, Errorf(EINVALID, "a reminder has one time: a cron expression, a date, or a step")
	}
	if _, _, ok := r.hour(); r.Clock != "" && !ok {
		return ReminderSaved{}, Errorf(EINVALID, "%q is no hour: write it like 08:00", r.Clock)
	}
	b := Broadcast{Topic: r.Topic, Purpose: r.Purpose, Text: r.Text}
	if err := b.check(); err != nil {
		return ReminderSaved{}, err
	}
	if r.Created.IsZero() {
		r.Created = now
	}
	return ReminderSaved{Reminder: r, At: now}, nil
}

func (r Reminder) hour() (hour, minute int, ok bool) {
	h, m, found := strings.Cut(r.Clock, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	return hour, minute, found && err1 == nil && err2 == nil && hour >= 0 && hour < 24 && minute >= 0 && minute < 60
}

// maxAhead is the most occurrences of a cron expression that are looked at in one go.
const maxAhead = 400

// Occurrences lists when the reminder goes out after from, up to and with until; the first first. The campaign is the
// one that it belongs to. from and until are in the zone of the deployment.
func (r Reminder) Occurrences(c Campaign, tree *Tree, next NextCron, from, until time.Time) []Occurrence {
	var all []Occurrence
	add := func(at, target time.Time, part string, a Audience) {
		if at.After(from) && !at.After(until) {
			all = append(all, Occurrence{Reminder: r.ID, At: at, Part: part, Target: target, Audience: a})
		}
	}
	switch {
	case r.Off:
	case r.Cron != "":
		for t := next(r.Cron, from); !t.IsZero() && !t.After(until) && len(all) < maxAhead; t = next(r.Cron, t) {
			add(t, time.Time{}, "", r.Audience)
		}
	case !r.At.IsZero():
		add(r.At, time.Time{}, "", r.Audience)
	case r.Step == StepCloses:
		for _, part := range c.closings(r.Audience, tree) {
			add(r.before(part.Closes, from.Location()), part.Closes, part.name, part.Audience)
		}
	default:
		if at := c.At(r.Step); !at.IsZero() {
			add(r.before(at, from.Location()), at, "", r.Audience)
		}
	}
	slices.SortFunc(all, func(a, b Occurrence) int { return a.At.Compare(b.At) })
	return all
}

// Coming lists what the rules of a campaign will send after from, until until; the first first.
func Coming(rules []Reminder, c Campaign, tree *Tree, next NextCron, from, until time.Time) []Occurrence {
	var all []Occurrence
	for _, r := range rules {
		all = append(all, r.Occurrences(c, tree, next, from, until)...)
	}
	slices.SortStableFunc(all, func(a, b Occurrence) int { return a.At.Compare(b.At) })
	return all
}

// before is the moment so many days before a step, at the reminder's hour.
func (r Reminder) before(step time.Time, zone *time.Location) time.Time {
	day := step.In(zone).AddDate(0, 0, -r.Days)
	if hour, minute, ok := r.hour(); ok {
		return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, zone)
	}
	return day
}

// closing is the closing of part of an audience.
type closing struct {
	Closes   time.Time
	name     string
	Audience Audience
}

// closings divides an audience by when the campaign closes for whom.
func (c Campaign) closings(a Audience, tree *Tree) []closing {
	if c.Closes.IsZero() {
		return nil
	}
	later := slices.DeleteFunc(slices.Clone(c.Later), func(e Extension) bool { return !e.Closes.After(c.Closes) })
	slices.SortFunc(later, func(a, b Extension) int { return a.Closes.Compare(b.Closes) })
	parts := []closing{{Closes: c.Closes, Audience: a}}
	for _, e := range later {
		units := common(a.Units, e.Units, tree)
		if last := &parts[len(parts)-1]; last.Closes.Equal(e.Closes) {
			last.Audience.Units = append(last.Audience.Units, units...)
			last.name += " " + unitNames(e.Units)
			continue
		}
		if len(units) > 0 {
			part := a
			part.Units, part.Except = units, slices.Clone(a.Except)
			parts = append(parts, closing{e.Closes, unitNames(e.Units), part})
		}
	}
	for i := range parts { // whoever has longer is not in the parts before
		for _, e := range later {
			if e.Closes.After(parts[i].Closes) {
				parts[i].Audience.Except = append(slices.Clone(parts[i].Audience.Except), e.Units...)
			}
		}
	}
	return parts
}

func unitNames(units []int64) string {
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = strconv.FormatInt(u, 10)
	}
	return strings.Join(names, ",")
}

// common is the units of an extension as far as an audience has them; none of it means everyone.
func common(audience, units []int64, tree *Tree) []int64 {
	if len(audience) == 0 {
		return slices.Clone(units)
	}
	var out []int64
	for _, u := range units {
		for _, a := range audience {
			switch {
			case tree.Within(u, a):
				out = append(out, u)
			case tree.Within(a, u):
				out = append(out, a)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Decide says what becomes of an occurrence whose time has come: it goes out as the broadcast with the id, or it is too
// late, also when what it reminds of is over. when writes a moment in words.
func (r Reminder) Decide(c Campaign, o Occurrence, broadcast int64, when func(time.Time, Language) string, now time.Time) (Effect, error) {
	over := !o.Target.IsZero() && o.At.Before(o.Target) && !now.Before(o.Target)
	if late := now.Sub(o.At); over || late > max(time.Duration(r.Late), tick) {
		return ReminderMissed{Occurrence: o, At: now}, nil
	}
	b := Broadcast{ID: broadcast, Kind: BroadcastReminder, Topic: r.Topic, Purpose: r.Purpose, Title: r.fill(r.Title, c, o, when), Text: r.fill(r.Text, c, o, when),
		Offers: r.Offers, Audience: o.Audience, About: r.ID, Start: now}
	b.Audience.Campaign = c.ID
	planned, err := b.Plan(now)
	return ReminderFired{Occurrence: o, Planned: planned, At: now}, err
}

// tick is how often reminders are looked at, and so how late each may be at any rate.
const tick = 5 * time.Minute

// fill puts the campaign's words into a text of the rule; {ten} stays for each recipient.
func (r Reminder) fill(t Text, c Campaign, o Occurrence, when func(time.Time, Language) string) Text {
	one := func(s string, l Language) string {
		due := ""
		if !o.Target.IsZero() {
			due = when(o.Target, l)
		}
		return strings.NewReplacer("{dot}", c.Title.In(l), "{han}", due).Replace(s)
	}
	out := Text{VI: one(t.VI, Vietnamese)}
	if t.EN != "" {
		out.EN = one(t.EN, English)
	}
	return out
}
