package sangkien

import (
	"slices"
	"strings"
	"time"
)

// The steps that every campaign has. Others are data of the campaign.
const (
	StepOpens   = "opens"
	StepCloses  = "closes"
	StepResults = "results" // the results are published; kept in Campaign.Steps
)

// Step is a date of a campaign beside its opening and closing.
type Step struct {
	Key  string    `json:"key"` // stable, for reminders hang on it: [a-z_]{1,16}
	Name Text      `json:"name"`
	At   time.Time `json:"at"`
}

// Extension is a later closing for one unit and everything below it.
type Extension struct {
	Unit   int64     `json:"unit"`
	Closes time.Time `json:"closes"` // exclusive; one that is not later than the campaign's changes nothing
}

// Dates is all that the calendar of a campaign holds.
type Dates struct {
	Opens      time.Time   `json:"opens"`
	Closes     time.Time   `json:"closes"`
	Steps      []Step      `json:"steps,omitempty"`
	Extensions []Extension `json:"extensions,omitempty"`
}

// Dates is the calendar of the campaign.
func (c Campaign) Dates() Dates {
	return Dates{Opens: c.Opens, Closes: c.Closes, Steps: c.Steps, Extensions: c.Extensions}
}

// On returns the campaign with another calendar.
func (c Campaign) On(d Dates) Campaign {
	c.Opens, c.Closes, c.Steps, c.Extensions = d.Opens, d.Closes, d.Steps, d.Extensions
	return c
}

// Equal tells whether two calendars say the same.
func (d Dates) Equal(o Dates) bool {
	return d.Opens.Equal(o.Opens) && d.Closes.Equal(o.Closes) &&
		slices.EqualFunc(d.Steps, o.Steps, func(a, b Step) bool { return a.Key == b.Key && a.Name == b.Name && a.At.Equal(b.At) }) &&
		slices.EqualFunc(d.Extensions, o.Extensions, func(a, b Extension) bool { return a.Unit == b.Unit && a.Closes.Equal(b.Closes) })
}

// String is the calendar on one line, for the record of changes.
func (d Dates) String() string {
	parts := []string{StepOpens + " " + stamp(d.Opens), StepCloses + " " + stamp(d.Closes)}
	for _, s := range d.Steps {
		parts = append(parts, s.Key+" "+stamp(s.At))
	}
	for _, e := range d.Extensions {
		parts = append(parts, object("unit", e.Unit)+" "+stamp(e.Closes))
	}
	return strings.Join(parts, ", ")
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// ClosesFor is the closing that holds for a unit: the latest of all that were given to it or above it. Zero: no
// deadline set.
func (c Campaign) ClosesFor(unit int64, tree *Tree) time.Time {
	closes := c.Closes
	for _, e := range c.Extensions {
		if !closes.IsZero() && e.Closes.After(closes) && tree.Within(unit, e.Unit) {
			closes = e.Closes
		}
	}
	return closes
}

// For is the campaign as it stands for the members of a unit: its closing is the one that holds for them.
func (c Campaign) For(unit int64, tree *Tree) Campaign {
	c.Closes = c.ClosesFor(unit, tree)
	return c
}

// AtLatest is the campaign with the latest closing that holds for anyone.
func (c Campaign) AtLatest() Campaign {
	for _, e := range c.Extensions {
		if !c.Closes.IsZero() && e.Closes.After(c.Closes) {
			c.Closes = e.Closes
		}
	}
	return c
}

// StepAt is when a step is; ok is false for one without a date.
func (c Campaign) StepAt(key string) (at time.Time, ok bool) {
	switch key {
	case StepOpens:
		at = c.Opens
	case StepCloses:
		at = c.Closes
	default:
		for _, s := range c.Steps {
			if s.Key == key {
				at = s.At
			}
		}
	}
	return at, !at.IsZero()
}

// CampaignDated changes the calendar of a campaign, if it is still as the decision saw it.
type CampaignDated struct {
	Campaign int64
	Before   Dates
	After    Dates
	Actor    int64
	At       time.Time
}

func (CampaignDated) effect() {}

// Redate is the change that moves a step, for a unit and everything below it or, with unit 0, for all. A step
// that has no date yet gets one, with its name. It returns EFORBIDDEN when the person may not, and EINVALID for a
// closing before the opening, an extension before the closing, or one of anything but the closing.
func (v Viewer) Redate(c Campaign, step Step, unit int64, now time.Time) (CampaignDated, error) {
	d := c.Dates()
	switch {
	case !v.May(ActCampaign, Object{Unit: unit}):
		return CampaignDated{}, Errorf(EFORBIDDEN, "member %d may not move dates of unit %d", v.Member.ID, unit)
	case step.At.IsZero():
		return CampaignDated{}, Errorf(EINVALID, "step %q has no date", step.Key)
	case unit != 0 && (step.Key != StepCloses || c.Closes.IsZero() || step.At.Before(c.Closes)):
		return CampaignDated{}, Errorf(EINVALID, "only the closing can be later for some units, and only later")
	case step.Key == StepCloses && !step.At.After(c.Opens), step.Key == StepOpens && !c.Closes.IsZero() && !step.At.Before(c.Closes):
		return CampaignDated{}, Errorf(EINVALID, "a campaign closes after it opens")
	case unit != 0:
		d.Extensions = extend(d.Extensions, Extension{Unit: unit, Closes: step.At})
	case step.Key == StepCloses:
		d.Closes = step.At
	case step.Key == StepOpens:
		d.Opens = step.At
	default:
		d.Steps = place(d.Steps, step)
	}
	return CampaignDated{Campaign: c.ID, Before: c.Dates(), After: d, Actor: v.Member.ID, At: now}, nil
}

// extend puts an extension into a copy of the list, in the place of the unit's earlier one.
func extend(all []Extension, e Extension) []Extension {
	all = slices.Clone(all)
	for i := range all {
		if all[i].Unit == e.Unit {
			all[i].Closes = e.Closes
			return all
		}
	}
	return append(all, e)
}

// place puts a step into a copy of the list, in the order of their dates.
func place(all []Step, s Step) []Step {
	all = slices.DeleteFunc(slices.Clone(all), func(o Step) bool {
		if o.Key == s.Key && s.Name.VI == "" {
			s.Name = o.Name
		}
		return o.Key == s.Key
	})
	all = append(all, s)
	slices.SortStableFunc(all, func(a, b Step) int { return a.At.Compare(b.At) })
	return all
}
