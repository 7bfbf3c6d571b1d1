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
	Author   string           `json:"author"`
	Unit     int64            `json:"unit"`
	Campaign string           `json:"campaign,omitempty"` // its slug; "" for the ready-made one
	Answers  sangkien.Answers `json:"answers"`
	State    sangkien.State   `json:"state"`            // as it stands in the demonstration
	Number   string           `json:"number,omitempty"` // of the decision
	Reason   string           `json:"reason,omitempty"` // of the last move
}

// Contest is a commune's small contest that closed some weeks before now: a second campaign for a demonstration.
func Contest(now time.Time) sangkien.Campaign {
	c := Campaign(now.AddDate(0, 0, -100))
	c.ID, c.Slug, c.Prefix, c.Closes = 4, "y-tuong-nho-cho-ra", "YT", now.AddDate(0, 0, -40)
	c.Title = sangkien.Text{VI: "Ý tưởng nhỏ – ích lợi to, xã Chợ Rã", EN: "Small idea, large benefit: Chợ Rã commune"}
	return c
}

// Archive is the campaign of 2020 of a province that was merged since, for a demonstration: 18 dossiers came, 10 were
// recognised. That is so; the ideas of it, which Past lists, are fictional.
func Archive(zone *time.Location) sangkien.Campaign {
	c := Campaign(time.Date(2020, 7, 8, 0, 0, 0, 0, zone))
	c.ID, c.Slug, c.Letter, c.Closes = 3, "dkst-2020-bac-kan", "464/MTTQ-BTT", time.Date(2020, 9, 30, 17, 0, 0, 0, zone)
	c.Title = sangkien.Text{VI: "Đoàn kết sáng tạo năm 2020, tỉnh Bắc Kạn (lưu trữ)", EN: "Solidarity and Creativity 2020, Bắc Kạn (archive)"}
	return c
}

// Past is the ideas of the Archive.
func Past() []Idea { return read[[]Idea]("past.json") }

// Papers is official documents for a demonstration. The documents are real, and so are their links.
func Papers() []sangkien.Paper { return read[[]sangkien.Paper]("papers.json") }

// News is a piece of news of the demonstration, so many days old.
type News struct {
	Title  string `json:"title"`
	Text   string `json:"text"`
	Sender string `json:"sender"`
	Days   int    `json:"days"`
}

// AllNews is the news of the demonstration. All people in it are fictional.
func AllNews() []News { return read[[]News]("news.json") }

// Ideas is the ideas of the demonstration, with the awkward texts that real ones have.
func Ideas() []Idea { return read[[]Idea]("ideas.json") }
