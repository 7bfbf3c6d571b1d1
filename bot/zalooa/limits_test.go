package zalooa

import (
	"strconv"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// TestEveryNumberIsASetting: each number of Zalo's terms is one, with where it is from and when; changing it changes
// what may be sent.
func TestEveryNumberIsASetting(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("+07", 7*3600)
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, zone)
	hour := func(h int) time.Time { return time.Date(2026, 11, 25, h, 0, 0, 0, zone) }
	type probe struct {
		change  string
		contact sangkien.Contact
		class   sangkien.WriteClass
		now     time.Time
	}
	news := []time.Time{noon.Add(-time.Hour)}
	probes := map[string]probe{ // what changes when only this number does
		"interaction_hours":    {"paid_replies=1,interaction_hours=1", sangkien.Contact{Heard: noon.Add(-2 * time.Hour)}, "consult", noon},
		"free_reply_hours":     {"free_reply_hours=1", sangkien.Contact{Heard: noon.Add(-2 * time.Hour)}, "consult", noon},
		"free_replies":         {"free_replies=3", sangkien.Contact{Heard: noon, Replies: 3}, "consult", noon},
		"paid_replies":         {"paid_replies=1", sangkien.Contact{Heard: noon, Replies: 9}, "consult", noon},
		"transactions":         {"transactions=1", sangkien.Contact{Follows: true}, "transaction", noon},
		"promotions_per_day":   {"promotions_per_day=2,promotions_per_month=6", sangkien.Contact{Follows: true, Promotions: news}, "promotion", noon},
		"promotions_per_month": {"promotions_per_month=0", sangkien.Contact{Follows: true}, "promotion", noon},
		"night_from_hour":      {"night_from_hour=20", sangkien.Contact{Follows: true}, "promotion", hour(21)},
		"night_until_hour":     {"night_until_hour=8", sangkien.Contact{Follows: true}, "promotion", hour(7)},
		"zns_from_hour":        {"zns_from_hour=8", sangkien.Contact{}, "template", hour(7)},
		"zns_until_hour":       {"zns_until_hour=20", sangkien.Contact{}, "template", hour(21)},
	}
	defaults, err := ReadLimits("")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"interaction_hours": 7 * 24, "free_reply_hours": 48, "free_replies": 8, "promotions_per_day": 1, "promotions_per_month": 1,
		"night_from_hour": 22, "night_until_hour": 6, "zns_from_hour": 6, "zns_until_hour": 22} {
		if defaults[name].Value != want {
			t.Errorf("%s is %d", name, defaults[name].Value)
		}
	}
	for name, l := range defaults {
		if date, err := time.Parse(time.DateOnly, l.Date); err != nil || date.Before(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)) || l.From == "" {
			t.Errorf("%s: from %q, %q", name, l.From, l.Date)
		}
		p, ok := probes[name]
		if !ok {
			if name != "rate_per_second" && name != "webhook_window_minutes" {
				t.Errorf("%s has no probe", name)
			}
			continue
		}
		changed, err := ReadLimits(p.change)
		if err != nil {
			t.Fatal(err)
		}
		before, _, _ := defaults.Windows().MayWrite(p.contact, p.class, p.now)
		after, _, _ := changed.Windows().MayWrite(p.contact, p.class, p.now)
		if before == after {
			t.Errorf("%s changes nothing: %v", p.change, before)
		}
	}
	for _, wrong := range []string{"promotions=1", "free_replies=many", "free_replies=-1", "free_replies"} {
		if _, err := ReadLimits(wrong); sangkien.CodeOf(err) != sangkien.EINVALID {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	changed, err := ReadLimits(" rate_per_second = 3\nwebhook_window_minutes=10 ")
	if err != nil || changed.Rate() != 3 || changed.Window() != 10*time.Minute || changed["rate_per_second"].From == defaults["rate_per_second"].From {
		t.Errorf("%v: %s", err, strconv.FormatFloat(changed.Rate(), 'f', -1, 64))
	}
}
