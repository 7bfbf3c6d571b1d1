package sangkien

import (
	"testing"
	"time"
)

func TestDays(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("+07", 7*3600)
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, zone) } // the 2nd is a Monday
	for _, c := range []struct {
		from, to      time.Time
		working, days int
	}{
		{at(2, 8), at(2, 20), 0, 0}, {at(2, 23), at(3, 1), 1, 1}, {at(6, 8), at(9, 8), 1, 3}, {at(7, 8), at(8, 8), 0, 1},
		{at(2, 8), at(9, 8), 5, 7}, {at(9, 8), at(2, 8), 0, -7}, {at(2, 8), at(3, 8).UTC(), 1, 1},
	} {
		if w, d := WorkingDays(c.from, c.to), DaysUntil(c.from, c.to); w != c.working || d != c.days {
			t.Errorf("from %v to %v: %d working days, %d days", c.from, c.to, w, d)
		}
	}
}

func TestWorkdayEnd(t *testing.T) {
	t.Parallel()
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) } // the 2nd is a Monday
	for now, want := range map[time.Time]time.Time{at(2, 8): at(4, 17), at(5, 20): at(9, 17), at(6, 8): at(10, 17), at(7, 8): at(10, 17), at(8, 23): at(10, 17)} {
		if got := WorkdayEnd(now, 2); !got.Equal(want) || WorkingDays(now, got) != 2 {
			t.Errorf("two working days after %v is %v", now, got)
		}
	}
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("+07", 7*3600)
	for hour, want := range map[int]time.Duration{7: 0, 12: 0, 20: 0, 21: 10 * time.Hour, 23: 8 * time.Hour, 0: 7 * time.Hour, 6: time.Hour} {
		if got := Quiet(time.Date(2026, 11, 24, hour, 0, 0, 0, zone)); got != want {
			t.Errorf("at %d: %v", hour, got)
		}
	}
}
