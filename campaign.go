package sangkien

import (
	"fmt"
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

	Steps      []Step      // dates beside opening and closing, the earliest first
	Extensions []Extension // later closings for some units
}

// Criterion is one thing that the council looks at. Max 0: passed or not, without points.
type Criterion struct {
	Key  string `json:"key"`
	Name Text   `json:"name"`
	Max  int    `json:"max,omitempty"`
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
