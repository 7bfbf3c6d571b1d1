package sangkien

import (
	"strconv"
	"strings"
	"time"
)

// QuietHours is the night, in which nothing arrives that nobody waits for: hours of the deployment's day, from
// From until Until. Equal hours are no night.
type QuietHours struct{ From, Until int }

// Night is the quiet hours where nothing else is configured.
func Night() QuietHours { return QuietHours{From: 21, Until: 7} }

// Quiet returns how long a notice that is ready at t waits for the morning; 0 by day. t is in the zone of the
// deployment.
func Quiet(t time.Time) time.Duration { return Night().Wait(t) }

// ParseQuietHours reads "21-7"; "off" is no night. It returns EINVALID for anything else.
func ParseQuietHours(s string) (QuietHours, error) {
	if s == "off" {
		return QuietHours{}, nil
	}
	from, until, ok := strings.Cut(s, "-")
	f, err1 := strconv.Atoi(from)
	u, err2 := strconv.Atoi(until)
	if !ok || err1 != nil || err2 != nil || f < 0 || u < 0 || f > 23 || u > 23 {
		return QuietHours{}, Errorf(EINVALID, "%q are no quiet hours: write them like 21-7, or off", s)
	}
	return QuietHours{From: f, Until: u}, nil
}

// Wait returns how long what is ready at t waits for the morning; 0 by day.
func (q QuietHours) Wait(t time.Time) time.Duration {
	if !q.covers(t.Hour()) {
		return 0
	}
	morning := time.Date(t.Year(), t.Month(), t.Day(), q.Until, 0, 0, 0, t.Location())
	if !morning.After(t) {
		morning = morning.AddDate(0, 0, 1)
	}
	return morning.Sub(t)
}

func (q QuietHours) covers(hour int) bool {
	if q.From <= q.Until {
		return q.From <= hour && hour < q.Until
	}
	return hour >= q.From || hour < q.Until
}

// Next is when the next night begins after t, which is by day; zero when there is none.
func (q QuietHours) Next(t time.Time) time.Time {
	if q.From == q.Until {
		return time.Time{}
	}
	evening := time.Date(t.Year(), t.Month(), t.Day(), q.From, 0, 0, 0, t.Location())
	if !evening.After(t) {
		evening = evening.AddDate(0, 0, 1)
	}
	return evening
}
