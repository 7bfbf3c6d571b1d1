package sangkien

import (
	"testing"
	"time"
)

func TestFillNameReadsNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, name string
		lang       Language
		want       string
	}{
		{"Kính gửi {ten}", " Bà Ôn ", Vietnamese, "Kính gửi Bà Ôn"},
		{"Kính gửi {ten}", "", Vietnamese, "Kính gửi anh/chị"},
		{"Dear {ten}", "", English, "Dear member"},
		{"{ten}, {ten} {don_vi} {{.Name}}", "{ten}", Vietnamese, "{ten}, {ten} {don_vi} {{.Name}}"},
		{"a", "*b*<i>", Vietnamese, "a"},
	} {
		if got := FillName(tt.text, tt.name, tt.lang); got != tt.want {
			t.Errorf("%q for %q: %q", tt.text, tt.name, got)
		}
	}
}

// TestFinishedAtRestsAtNight: what does not fit into a day goes on the next morning.
func TestFinishedAtRestsAtNight(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("+07", 7*3600)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) }
	for _, tt := range []struct {
		left       int
		pace       float64
		from, want time.Time
	}{
		{0, 30, at(2, 8, 0), at(2, 8, 0)},
		{1800, 30, at(2, 8, 0), at(2, 8, 1)},
		{2 * 3600 * 30, 30, at(2, 20, 0), at(3, 8, 0)},
		{60 * 30, 30, at(2, 23, 30), at(3, 7, 1)},
		{30 * 3600 * 30, 30, at(2, 7, 0), at(4, 9, 0)}, // 14 hours a day
		{10, 0, at(2, 8, 0), time.Time{}},
	} {
		if got := FinishedAt(tt.left, tt.pace, tt.from, Night()); !got.Equal(tt.want) {
			t.Errorf("%d left at %v from %v: %v, want %v", tt.left, tt.pace, tt.from, got, tt.want)
		}
	}
	if got := FinishedAt(86400*2, 1, at(2, 8, 0), QuietHours{}); !got.Equal(at(4, 8, 0)) {
		t.Errorf("without a night: %v", got)
	}
}

// TestQuietHoursHold: whatever waits as long as it is told to arrives by day, and as soon as it is day.
func TestQuietHoursHold(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("+07", 7*3600)
	for _, q := range []QuietHours{Night(), {22, 6}, {0, 5}, {12, 13}, {23, 23}} {
		for m := range 2 * 24 * 60 {
			at := time.Date(2026, 11, 2, 0, m, 30, 0, zone)
			morning := at.Add(q.Wait(at))
			if q.Wait(morning) != 0 {
				t.Fatalf("%+v: %v waits until %v, which is no day", q, at, morning)
			}
			if w := q.Wait(at); w > 0 && q.Wait(morning.Add(-time.Second)) == 0 {
				t.Fatalf("%+v: %v waits until %v, longer than it must", q, at, morning)
			}
		}
	}
	for text, ok := range map[string]bool{"21-7": true, "off": true, "0-0": true, "25-7": false, "": false, "21": false, "-1-7": false} {
		if _, err := ParseQuietHours(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestDayOfIsTheZones(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("+07", 7*3600)
	late, early := time.Date(2026, 11, 2, 23, 59, 59, 0, zone), time.Date(2026, 11, 3, 0, 0, 0, 0, zone)
	if DayOf(early)-DayOf(late) != 1 || DayOf(late.UTC()) != DayOf(early.UTC()) {
		t.Errorf("%d and %d, in UTC %d and %d", DayOf(late), DayOf(early), DayOf(late.UTC()), DayOf(early.UTC()))
	}
}
