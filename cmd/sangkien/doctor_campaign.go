package main

import (
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// soon is when a deadline is near enough to be brought to mind.
const soon = 7 * 24 * time.Hour

func campaignChecks() []check {
	return []check{
		{"administrator", func(f *facts) (finding, bool) {
			if f.counts.Admins == 0 {
				return found(note, "doctor.admin_none"), f.looked()
			}
			return found(well, "doctor.admin", count(f.counts.Admins)), true
		}},
		{"units", func(f *facts) (finding, bool) {
			if f.units == 0 {
				return found(note, "doctor.units_none"), f.looked()
			}
			return found(well, "doctor.units", count(f.units)), true
		}},
		{"campaign", func(f *facts) (finding, bool) {
			if _, ok := f.open(); !ok {
				return found(note, "doctor.campaign_none", count(len(f.campaigns))), f.looked()
			}
			return found(well, "doctor.campaign"), true
		}},
		{"form", func(f *facts) (finding, bool) {
			for _, c := range f.campaigns {
				if err := c.Form.Check(); err != nil {
					return found(bad, "doctor.form_bad", sangkien.With("campaign", c.Title.VI), why(err)), true
				}
			}
			return found(well, "doctor.form"), len(f.campaigns) > 0
		}},
		{"contact", func(f *facts) (finding, bool) {
			c, ok := f.open()
			if c.Contact.VI == "" {
				return found(note, "doctor.contact_none", sangkien.With("campaign", c.Title.VI)), ok
			}
			return found(well, "doctor.contact"), ok
		}},
		{"deadline", func(f *facts) (finding, bool) {
			c, ok := f.open()
			switch {
			case c.Closes.IsZero():
				return found(note, "doctor.deadline_none", sangkien.With("campaign", c.Title.VI)), ok
			case c.Closes.Sub(f.now) < soon:
				return found(note, "doctor.deadline_soon", sangkien.WithTime("at", c.Closes)), ok
			}
			return found(well, "doctor.deadline", sangkien.WithTime("at", c.Closes)), ok
		}},
	}
}

// open is the campaign that takes ideas now.
func (f *facts) open() (sangkien.Campaign, bool) {
	for _, c := range f.campaigns {
		if c.WindowAt(f.now) == sangkien.Open {
			return c, true
		}
	}
	return sangkien.Campaign{}, false
}
