package sangkien

import "time"

// Token is how a credential of a platform stands that we must renew again and again, each time with a part of it
// that can be used once. What it holds is nobody's business but the channel's.
type Token struct {
	Name    string    // whose it is: "zalooa:<app id>"
	Version int64     // raised with each renewal; 0: there is none
	Sealed  string    // the credential, encrypted
	Seed    string    // what it began with, hashed: something else in the configuration is a new beginning
	Expires time.Time // of what we show with each call
	Renewed time.Time
	Lasts   time.Duration // from Renewed to Expires
	Tries   int           // renewals of this version that were begun; what became of them may be unknown
	Tried   time.Time     // the last of them
	Failure string        // how that ended, without secrets; "" while nobody knows
	Refused bool          // the platform said no, for a reason that may be mended
	Dead    time.Time     // since when no renewal can succeed; zero: it lives
	Alarmed time.Time     // when administrators first heard of what is wrong; zero: of nothing, or that it is mended
}

// TokenAlarm is what administrators must hear about a token. The set is closed.
type TokenAlarm string

const (
	TokenWell    TokenAlarm = ""
	TokenLapsing TokenAlarm = "lapsing" // it works, and cannot be renewed at the moment
	TokenNone    TokenAlarm = "none"    // nobody has authorised yet
	TokenDead    TokenAlarm = "dead"    // it works for a while; someone must authorise anew
	TokenOver    TokenAlarm = "over"    // the same, and it does not work any more
	TokenLapsed  TokenAlarm = "lapsed"  // it cannot be used, and may yet be renewed
)

// TokenAlarms lists what is said aloud.
func TokenAlarms() []TokenAlarm {
	return []TokenAlarm{TokenNone, TokenLapsing, TokenDead, TokenOver, TokenLapsed}
}

// RenewAt is from when on the token is renewed: while a tenth of its life is left.
func (t Token) RenewAt() time.Time { return t.Expires.Add(-t.Lasts / 10) }

// alarmTries is how many renewals may fail before administrators hear of it: a platform that is away for a minute
// wakes nobody.
const alarmTries = 3

// Alarm tells what is wrong at now. It is never well when the token cannot be used or renewed.
func (t Token) Alarm(now time.Time) TokenAlarm {
	switch {
	case t.Version == 0:
		return TokenNone
	case !t.Dead.IsZero() && !now.Before(t.Expires):
		return TokenOver
	case !t.Dead.IsZero():
		return TokenDead
	case !now.Before(t.Expires) && t.Tries > 0:
		return TokenLapsed
	case t.Refused, t.Tries >= alarmTries:
		return TokenLapsing
	}
	return TokenWell
}

// RetryAt is when a renewal that was begun is tried again: after 1, 2, 4 … at most 10 minutes.
func (t Token) RetryAt() time.Time {
	if t.Tries == 0 {
		return time.Time{}
	}
	return t.Tried.Add(min(time.Minute<<min(t.Tries-1, 8), 10*time.Minute))
}

// Due tells whether the token is to be renewed at now. A dead one never is.
func (t Token) Due(now time.Time) bool {
	return t.Version > 0 && t.Dead.IsZero() && !now.Before(t.RenewAt()) && !now.Before(t.RetryAt())
}
