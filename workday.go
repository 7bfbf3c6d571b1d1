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

// DaysUntil counts the nights between the day of from and that of to; negative when to is before.
func DaysUntil(from, to time.Time) int {
	return int(math.Round(midnight(to.In(from.Location())).Sub(midnight(from)).Hours() / 24))
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}
