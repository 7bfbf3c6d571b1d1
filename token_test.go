package sangkien_test

import (
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func TestTokenAlarm(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, 11, 25, 8, 0, 0, 0, hanoi)
	token := sangkien.Token{Version: 1, Renewed: begun, Lasts: 25 * time.Hour, Expires: begun.Add(25 * time.Hour)}
	due := begun.Add(22*time.Hour + 30*time.Minute)
	with := func(change func(*sangkien.Token)) sangkien.Token {
		c := token
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		token sangkien.Token
		now   time.Time
		alarm sangkien.TokenAlarm
		due   bool
	}{
		"none":             {sangkien.Token{}, begun, sangkien.TokenNone, false},
		"new":              {token, begun, sangkien.TokenWell, false},
		"nearly due":       {token, due.Add(-time.Second), sangkien.TokenWell, false},
		"due":              {token, due, sangkien.TokenWell, true},
		"just tried":       {with(func(t *sangkien.Token) { t.Tries, t.Tried = 1, due }), due.Add(59 * time.Second), sangkien.TokenWell, false},
		"once more":        {with(func(t *sangkien.Token) { t.Tries, t.Tried = 1, due }), due.Add(time.Minute), sangkien.TokenWell, true},
		"three times":      {with(func(t *sangkien.Token) { t.Tries, t.Tried = 3, due }), due, sangkien.TokenLapsing, false},
		"refused":          {with(func(t *sangkien.Token) { t.Tries, t.Tried, t.Refused = 1, due, true }), due, sangkien.TokenLapsing, false},
		"many times":       {with(func(t *sangkien.Token) { t.Tries, t.Tried = 300, due }), due.Add(10 * time.Minute), sangkien.TokenLapsing, true},
		"lapsed":           {with(func(t *sangkien.Token) { t.Tries, t.Tried = 30, due }), token.Expires, sangkien.TokenLapsed, true},
		"off for a while":  {token, token.Expires.Add(time.Hour), sangkien.TokenWell, true},
		"dead and over":    {with(func(t *sangkien.Token) { t.Dead = due }), token.Expires, sangkien.TokenOver, false},
		"dead while it is": {with(func(t *sangkien.Token) { t.Dead = due }), due, sangkien.TokenDead, false},
	} {
		if got := c.token.Alarm(c.now); got != c.alarm {
			t.Errorf("%s: alarm %q, want %q", name, got, c.alarm)
		}
		if got := c.token.Due(c.now); got != c.due {
			t.Errorf("%s: due %v", name, got)
		}
	}
}
