package sangkien

import (
	"math"
	"time"
)

// WorkingDays counts the days from Monday to Friday after from, up to and with the day of to. Public holidays
// count as days: a date is then a little early, never late.
func WorkingDays(from, to time.Time) int {
	n := 0
	for d := midnight(from).AddDate(0, 0, 1); !d.After(to); d = d.AddDate(0, 0, 1) {
		if w := d.Weekday(); w != time.Saturday && w != time.Sunday {
			n++
		}
	}
	return n
}

// WorkdayEnd is five in the afternoon of the n-th working day after now, in its zone.
func WorkdayEnd(now time.Time, n int) time.Time {
	day := now
	for left := n; left > 0; {
		day = day.AddDate(0, 0, 1)
		if w := day.Weekday(); w != time.Saturday && w != time.Sunday {
			left--
		}
	}
	return midnight(day).Add(17 * time.Hour)
}

// DaysUntil counts the nights between the day of from and that of to; negative when to is before.
func DaysUntil(from, to time.Time) int {
	return int(math.Round(midnight(to.In(from.Location())).Sub(midnight(from)).Hours() / 24))
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}
