// Package seed has what a fresh deployment starts with: a ready-made campaign with its form and criteria, the
// questions that a member is asked once, and, for a demonstration, units and ideas. All people and figures
// are fictional. It imports the root only.
package seed

import (
	"embed"
	"encoding/json"
	"fmt"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

//go:embed data
var files embed.FS

// read decodes one of the files. They are part of the program and tested: one that does not decode is a defect.
func read[T any](name string) T {
	var v T
	data, err := files.ReadFile("data/" + name)
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		panic(fmt.Sprintf("read seed %s: %v", name, err))
	}
	return v
}

// Campaign is the ready-made campaign: open from opens, without a closing date.
func Campaign(opens time.Time) sangkien.Campaign {
	c := read[sangkien.Campaign]("campaign.json")
	c.Opens = opens
	return c
}

// Reminders is the rules that a new campaign starts with. Those that hang on a date wait until the campaign has it.
// newID makes their ids; they are never due for a time before now.
func Reminders(campaign int64, newID func() int64, now time.Time) []sangkien.Reminder {
	all := read[[]sangkien.Reminder]("reminders.json")
	for i := range all {
		all[i].ID, all[i].Campaign, all[i].Since = newID(), campaign, now
	}
	return all
}

// DemoDates is the calendar of the demonstration: the steps of one province's call, around now.
func DemoDates(opens, now time.Time) sangkien.Dates {
	d := sangkien.Dates{Opens: opens}
	for _, s := range read[[]struct {
		Key  string        `json:"key"`
		Name sangkien.Text `json:"name"`
		Days int           `json:"days"`
		Hour int           `json:"hour"`
	}]("steps.json") {
		at := time.Date(now.Year(), now.Month(), now.Day()+s.Days, s.Hour, 0, 0, 0, now.Location())
		if s.Key == sangkien.StepCloses {
			d.Closes = at
			continue
		}
		d.Steps = append(d.Steps, sangkien.Step{Key: s.Key, Name: s.Name, At: at})
	}
	return d
}

// Profile is what a member is asked once: consents, each apart, then name and unit.
func Profile() sangkien.Form { return read[sangkien.Form]("profile.json") }

// Sheets is the forms that abilities fill by conversation, by Sheet.Kind.
func Sheets() map[string]sangkien.Form { return read[map[string]sangkien.Form]("sheets.json") }

// Units is a small tree of units for a demonstration, with codes of Decision 19/2025/QĐ-TTg.
func Units() []sangkien.Unit { return read[[]sangkien.Unit]("units.json") }

// Idea is an idea of the demonstration.
type Idea struct {
	Author  string           `json:"author"`
	Unit    int64            `json:"unit"`
	Answers sangkien.Answers `json:"answers"`
	State   sangkien.State   `json:"state"`            // as it stands in the demonstration
	Number  string           `json:"number,omitempty"` // of the decision
	Reason  string           `json:"reason,omitempty"` // of the last move
}

// Papers is official documents for a demonstration. The documents are real, and so are their links.
func Papers() []sangkien.Paper { return read[[]sangkien.Paper]("papers.json") }

// Ideas is the ideas of the demonstration, with the awkward texts that real ones have.
func Ideas() []Idea { return read[[]Idea]("ideas.json") }
