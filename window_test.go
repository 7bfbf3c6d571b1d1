package sangkien_test

import (
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

var hanoi = time.FixedZone("+07", 7*3600)

// oa is the windows of an Official Account as of December 2025.
var oa = sangkien.Windows{Interaction: 7 * 24 * time.Hour, FreeFor: 48 * time.Hour, FreeReplies: 8, PromotionsPerDay: 1, PromotionsPerMonth: 4,
	NightFrom: 22, NightUntil: 6, TemplateFrom: 6, TemplateUntil: 22}

func TestMayWrite(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, hanoi)
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	paid, transaction := oa, oa
	paid.Paid, transaction.Transaction = true, true
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, hanoi) }
	for name, c := range map[string]struct {
		w       sangkien.Windows
		contact sangkien.Contact
		class   sangkien.WriteClass
		now     time.Time
		reason  sangkien.Barred
		until   time.Time
	}{
		"just wrote":              {oa, sangkien.Contact{Heard: ago(time.Second), Replies: 7}, "consult", noon, "", time.Time{}},
		"eight were sent":         {oa, sangkien.Contact{Heard: ago(time.Second), Replies: 8}, "consult", noon, "quota", time.Time{}},
		"eight were sent, paid":   {paid, sangkien.Contact{Heard: ago(time.Second), Replies: 8}, "consult", noon, "", time.Time{}},
		"just within 48 h":        {oa, sangkien.Contact{Heard: ago(48*time.Hour - time.Millisecond)}, "consult", noon, "", time.Time{}},
		"after 48 h":              {oa, sangkien.Contact{Heard: ago(48 * time.Hour)}, "consult", noon, "window", time.Time{}},
		"after 48 h, paid":        {paid, sangkien.Contact{Heard: ago(48 * time.Hour), Replies: 20}, "consult", noon, "", time.Time{}},
		"just within 7 days":      {paid, sangkien.Contact{Heard: ago(7*24*time.Hour - 1)}, "consult", noon, "", time.Time{}},
		"after 7 days":            {paid, sangkien.Contact{Heard: ago(7 * 24 * time.Hour)}, "consult", noon, "window", time.Time{}},
		"never wrote":             {paid, sangkien.Contact{Follows: true}, "consult", noon, "window", time.Time{}},
		"answers also at night":   {oa, sangkien.Contact{Heard: at(25, 23)}, "consult", at(25, 23).Add(time.Minute), "", time.Time{}},
		"transaction, off":        {oa, sangkien.Contact{Heard: ago(time.Second), Follows: true}, "transaction", noon, "window", time.Time{}},
		"transaction":             {transaction, sangkien.Contact{Heard: ago(90 * 24 * time.Hour), Follows: true}, "transaction", noon, "", time.Time{}},
		"transaction, left":       {transaction, sangkien.Contact{}, "transaction", noon, "window", time.Time{}},
		"news":                    {oa, sangkien.Contact{Follows: true}, "promotion", noon, "", time.Time{}},
		"news, left":              {oa, sangkien.Contact{Heard: ago(time.Second)}, "promotion", noon, "window", time.Time{}},
		"news at 22:00":           {oa, sangkien.Contact{Follows: true}, "promotion", at(25, 22), "night", at(26, 6)},
		"news at 5:00":            {oa, sangkien.Contact{Follows: true}, "promotion", at(25, 5), "night", at(25, 6)},
		"news at 6:00":            {oa, sangkien.Contact{Follows: true}, "promotion", at(25, 6), "", time.Time{}},
		"news, the second today":  {oa, sangkien.Contact{Follows: true, Promotions: []time.Time{at(25, 7)}}, "promotion", noon, "quota", at(26, 6)},
		"news, one yesterday":     {oa, sangkien.Contact{Follows: true, Promotions: []time.Time{at(24, 21)}}, "promotion", noon, "", time.Time{}},
		"news, the fifth":         {oa, sangkien.Contact{Follows: true, Promotions: []time.Time{at(1, 7), at(2, 7), at(3, 7), at(4, 7)}}, "promotion", noon, "quota", at(31, 6)},
		"news, four last month":   {oa, sangkien.Contact{Follows: true, Promotions: []time.Time{at(-1, 7), at(-2, 7), at(-3, 7), at(0, 7)}}, "promotion", noon, "", time.Time{}},
		"template by day":         {oa, sangkien.Contact{}, "template", noon, "", time.Time{}},
		"template at night":       {oa, sangkien.Contact{}, "template", at(25, 23), "night", at(26, 6)},
		"a platform without them": {sangkien.Windows{}, sangkien.Contact{}, "promotion", at(25, 23), "", time.Time{}},
	} {
		ok, reason, until := c.w.MayWrite(c.contact, c.class, c.now)
		if ok != (c.reason == "") || reason != c.reason || !until.Equal(c.until) {
			t.Errorf("%s: %v, %q, %v; want %q, %v", name, ok, reason, until, c.reason, c.until)
		}
	}
	if got := oa.Class(sangkien.Contact{Follows: true}, sangkien.ClassNotice, noon); got != sangkien.WriteConsult {
		t.Errorf("news of one's own idea goes as %q where transactions are not paid for", got)
	}
	if got := transaction.Class(sangkien.Contact{Follows: true}, sangkien.ClassNotice, noon); got != sangkien.WriteTransaction {
		t.Errorf("news of one's own idea goes as %q after the window", got)
	}
}

func TestWayTo(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, hanoi)
	zalo := sangkien.Contact{Address: sangkien.Address{Channel: "zalooa", Chat: "1"}, Follows: true}
	left := sangkien.Contact{Address: sangkien.Address{Channel: "zalooa", Chat: "2"}}
	telegram := sangkien.Contact{Address: sangkien.Address{Channel: "telegram", Chat: "3"}}
	windows := map[string]sangkien.Windows{"zalooa": oa}
	for name, c := range map[string]struct {
		contacts []sangkien.Contact
		phone    bool
		way      sangkien.Way
		chat     string
		reason   sangkien.Barred
	}{
		"now":       {[]sangkien.Contact{zalo, telegram}, true, sangkien.WayNow, "1", ""},
		"elsewhere": {[]sangkien.Contact{left, telegram}, true, sangkien.WayElsewhere, "3", "window"},
		"template":  {[]sangkien.Contact{left}, true, sangkien.WayTemplate, "", "window"},
		"none":      {[]sangkien.Contact{left}, false, sangkien.WayNone, "", "window"},
		"nobody":    {nil, false, sangkien.WayNone, "", ""},
	} {
		way, to, reason := sangkien.WayTo(c.contacts, windows, c.phone, sangkien.WritePromotion, noon)
		if way != c.way || to.Chat != c.chat || reason != c.reason {
			t.Errorf("%s: %q to %q, %q", name, way, to.Chat, reason)
		}
	}
}
