package sangkien

import "time"

// The night, in which no notice arrives: hours of the deployment's day.
const (
	quietFrom  = 21
	quietUntil = 7
)

// Quiet returns how long a notice that is ready at t waits for the morning; 0 by day. t is in the zone of the
// deployment.
func Quiet(t time.Time) time.Duration {
	morning := time.Date(t.Year(), t.Month(), t.Day(), quietUntil, 0, 0, 0, t.Location())
	switch {
	case t.Hour() >= quietFrom:
		return morning.AddDate(0, 0, 1).Sub(t)
	case t.Hour() < quietUntil:
		return morning.Sub(t)
	}
	return 0
}
