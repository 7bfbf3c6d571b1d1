package sangkien

import (
	"fmt"
	"slices"
	"time"
)

// Campaign is one call for ideas. All of it is data.
type Campaign struct {
	ID       int64
	Slug     string // for deep links and QR codes: [a-z0-9-], at most 48 bytes
	Title    Text
	Letter   string // number of the official letter (số công văn), may be empty
	Prefix   string // of the codes of its ideas: [A-Z]{2,5}
	Opens    time.Time
	Closes   time.Time // exclusive; zero: no deadline set
	Contact  Text      // whom to ask, shown after submitting
	Next     Text      // what happens after submitting, and when
	Form     Form      // the newest version
	Criteria []Criterion
	Steps    []Step      `json:",omitempty"` // dated steps beside opening and closing
	Later    []Extension `json:",omitempty"` // units that have longer
}

// Step is a dated step of a campaign, such as the meeting of the council.
type Step struct {
	Key  string    `json:"key"` // [a-z_]{1,16}; not StepOpens or StepCloses
	Name Text      `json:"name"`
	At   time.Time `json:"at"`
}

// The steps that every campaign has.
const (
	StepOpens  = "opens"
	StepCloses = "closes"
)

// Extension is a later closing for some units and everything below them.
type Extension struct {
	Units  []int64   `json:"units"`
	Closes time.Time `json:"closes"`
}

// At returns when a step of the campaign is; zero when it has none of that key, or no date for it.
func (c Campaign) At(step string) time.Time {
	switch step {
	case StepOpens:
		return c.Opens
	case StepCloses:
		return c.Closes
	}
	for _, s := range c.Steps {
		if s.Key == step {
			return s.At
		}
	}
	return time.Time{}
}

// In is the campaign as it is for people of a unit: with the closing that holds for them, the latest of all.
func (c Campaign) In(unit int64, tree *Tree) Campaign {
	if c.Closes.IsZero() {
		return c
	}
	for _, e := range c.Later {
		covers := slices.ContainsFunc(e.Units, func(top int64) bool { return tree.Within(unit, top) })
		if covers && e.Closes.After(c.Closes) {
			c.Closes = e.Closes
		}
	}
	return c
}

// Reschedule returns the campaign with another closing: for everyone, or for some units only. A closing for everyone
// takes back the extensions that are not later than it. It returns EINVALID for a moment before the opening, or for
// one before the general closing that is for some units only.
func (c Campaign) Reschedule(closes time.Time, units []int64) (Campaign, error) {
	switch {
	case !closes.After(c.Opens):
		return c, Errorf(EINVALID, "the campaign would close before it opens")
	case len(units) > 0 && (c.Closes.IsZero() || !closes.After(c.Closes)):
		return c, Errorf(EINVALID, "some units cannot close before the others")
	case len(units) > 0:
		kept := slices.DeleteFunc(slices.Clone(c.Later), func(e Extension) bool { return slices.Equal(e.Units, units) })
		c.Later = append(kept, Extension{Units: units, Closes: closes})
		return c, nil
	}
	c.Closes = closes
	c.Later = slices.DeleteFunc(slices.Clone(c.Later), func(e Extension) bool { return !e.Closes.After(closes) })
	return c, nil
}

// Criterion is one thing that the council looks at. Max 0: passed or not, without points.
type Criterion struct {
	Key  string `json:"key"`
	Name Text   `json:"name"`
	Max  int    `json:"max,omitempty"`
}

// DeadlineMoved gives a campaign another closing, if it still has the one that the decision saw.
type DeadlineMoved struct {
	Campaign int64
	Was      time.Time
	Closes   time.Time
	Later    []Extension
	Actor    int64
	At       time.Time
}

func (DeadlineMoved) effect() {}

// MoveDeadline is the change by which a person gives the campaign another closing, for everyone or for some units. It
// returns EFORBIDDEN when they do not see to all of those, and what Reschedule returns.
func (v Viewer) MoveDeadline(c Campaign, closes time.Time, units []int64, now time.Time) (DeadlineMoved, error) {
	allowed := len(units) > 0 || v.May(ActCampaign, Object{})
	for _, u := range units {
		allowed = allowed && v.May(ActCampaign, Object{Unit: u})
	}
	if !allowed {
		return DeadlineMoved{}, Errorf(EFORBIDDEN, "member %d may not move the closing of campaign %d", v.Member.ID, c.ID)
	}
	if !closes.After(now) {
		return DeadlineMoved{}, Errorf(EINVALID, "%s is over", closes)
	}
	moved, err := c.Reschedule(closes, units)
	return DeadlineMoved{Campaign: c.ID, Was: c.Closes, Closes: moved.Closes, Later: moved.Later, Actor: v.Member.ID, At: now}, err
}

// Window says how a campaign stands at a moment.
type Window int

const (
	NotYetOpen Window = iota
	Open
	Closed
)

// WindowAt tells whether ideas can be submitted at t.
func (c Campaign) WindowAt(t time.Time) Window {
	switch {
	case t.Before(c.Opens):
		return NotYetOpen
	case !c.Closes.IsZero() && !t.Before(c.Closes):
		return Closed
	}
	return Open
}

// Text is a text of the data in the languages of the product.
type Text struct {
	VI string `json:"vi"`
	EN string `json:"en,omitempty"`
}

// In returns the text in the language, Vietnamese where there is none.
func (t Text) In(l Language) string {
	if l == English && t.EN != "" {
		return t.EN
	}
	return t.VI
}

// Save is the change that stores the campaign. It returns EINVALID when its form cannot be walked.
func (c Campaign) Save() (CampaignSaved, error) {
	if err := c.Form.Check(); err != nil {
		return CampaignSaved{}, fmt.Errorf("form of campaign %q: %w", c.Slug, err)
	}
	return CampaignSaved{Campaign: c}, nil
}
