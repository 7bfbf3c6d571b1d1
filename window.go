package sangkien

import "time"

// WriteClass is as what a platform takes a message that we send. The set is closed.
type WriteClass string

const (
	WriteConsult     WriteClass = "consult"     // an answer, or news about the person's own matter, soon after they wrote
	WriteTransaction WriteClass = "transaction" // news about the person's own matter, later; paid
	WritePromotion   WriteClass = "promotion"   // to many
	WriteTemplate    WriteClass = "template"    // an approved text to a phone number; paid
)

// WriteClasses lists every class.
func WriteClasses() []WriteClass {
	return []WriteClass{WriteConsult, WriteTransaction, WritePromotion, WriteTemplate}
}

// Barred is why a platform does not let us write to a person now. The set is closed.
type Barred string

const (
	NotBarred    Barred = ""
	BarredWindow Barred = "window" // the person wrote too long ago, or never, or left
	BarredQuota  Barred = "quota"  // as many messages were sent as the platform allows
	BarredNight  Barred = "night"
)

// BarredReasons lists every reason.
func BarredReasons() []Barred { return []Barred{BarredWindow, BarredQuota, BarredNight} }

// Contact is what decides whether an account may be written to.
type Contact struct {
	Address    Address
	Heard      time.Time   // when the person last wrote, pressed or followed; zero: never
	Follows    bool        // has not left; only who follows gets what is for many
	Replies    int         // messages sent since Heard, but those for many
	Promotions []time.Time // when messages for many were sent, of PromotionsKept at least
}

// PromotionsKept is for how long messages for many are remembered: a month and a day.
const PromotionsKept = 32 * 24 * time.Hour

// Windows is when a platform lets us write to a person. The zero Windows is a platform that always does.
// The numbers change with the platform's terms: they are data of the deployment.
type Windows struct {
	Interaction time.Duration // after the person's last message; 0: no windows at all
	FreeFor     time.Duration // after it, for which replies cost nothing
	FreeReplies int           // in that time
	Paid        bool          // beyond the free ones the organisation pays for replies, within Interaction
	Transaction bool          // the organisation pays for transaction messages, to followers at any time

	PromotionsPerDay, PromotionsPerMonth int

	NightFrom, NightUntil       int // hours of the day without messages for many
	TemplateFrom, TemplateUntil int // hours of the day with templates
}

// MayWrite tells whether an account may be written to now. If not it says why, and from when on it may be tried
// again; the zero time: not before the person writes. now is in the zone of the deployment.
func (w Windows) MayWrite(c Contact, class WriteClass, now time.Time) (ok bool, reason Barred, until time.Time) {
	switch {
	case class == WriteTemplate:
		return w.mayTemplate(now)
	case w.Interaction == 0:
		return true, NotBarred, time.Time{}
	case class == WriteConsult:
		return w.mayConsult(c, now)
	case !c.Follows, class == WriteTransaction && !w.Transaction:
		return false, BarredWindow, time.Time{}
	case class == WriteTransaction:
		return true, NotBarred, time.Time{}
	}
	return w.mayPromote(c, now)
}

// Class is as what a reply to an account is sent: news about one's own matter goes as a transaction where it may not
// go as a consultation any more.
func (w Windows) Class(c Contact, r ReplyClass, now time.Time) WriteClass {
	if r == ClassBulk {
		return WritePromotion
	}
	if consult, _, _ := w.mayConsult(c, now); r == ClassNotice && !consult && w.Interaction > 0 && w.Transaction && c.Follows {
		return WriteTransaction
	}
	return WriteConsult
}

func (w Windows) mayConsult(c Contact, now time.Time) (ok bool, reason Barred, until time.Time) {
	age := now.Sub(c.Heard)
	switch {
	case w.Interaction == 0:
	case c.Heard.IsZero(), age >= w.Interaction:
		return false, BarredWindow, time.Time{}
	case w.Paid:
	case age >= w.FreeFor:
		return false, BarredWindow, time.Time{}
	case c.Replies >= w.FreeReplies:
		return false, BarredQuota, time.Time{}
	}
	return true, NotBarred, time.Time{}
}

// mayPromote looks at the limits from the longest on, so that until is when none of those passed holds any more.
func (w Windows) mayPromote(c Contact, now time.Time) (ok bool, reason Barred, until time.Time) {
	today, month := midnight(now), time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
	daily, monthly := 0, 0
	for _, at := range c.Promotions {
		if !at.Before(today) {
			daily++
		}
		if !at.Before(month) {
			monthly++
		}
	}
	switch {
	case monthly >= w.PromotionsPerMonth:
		return false, BarredQuota, w.Morning(month.AddDate(0, 1, 0))
	case daily >= w.PromotionsPerDay:
		return false, BarredQuota, w.Morning(today.AddDate(0, 0, 1))
	case !within(now.Hour(), w.NightUntil, w.NightFrom):
		return false, BarredNight, next(now, w.NightUntil)
	}
	return true, NotBarred, time.Time{}
}

func (w Windows) mayTemplate(now time.Time) (ok bool, reason Barred, until time.Time) {
	if !within(now.Hour(), w.TemplateFrom, w.TemplateUntil) {
		return false, BarredNight, next(now, w.TemplateFrom)
	}
	return true, NotBarred, time.Time{}
}

// Morning is the first moment from t on that is not at night.
func (w Windows) Morning(t time.Time) time.Time {
	if within(t.Hour(), w.NightUntil, w.NightFrom) {
		return t
	}
	return next(t, w.NightUntil)
}

// within tells whether an hour is in [from, until), also over midnight. Equal hours are the whole day.
func within(hour, from, until int) bool {
	if from < until {
		return from <= hour && hour < until
	}
	return from == until || hour >= from || hour < until
}

// next is when the clock shows the hour for the next time after t.
func next(t time.Time, hour int) time.Time {
	at := time.Date(t.Year(), t.Month(), t.Day(), hour, 0, 0, 0, t.Location())
	if !at.After(t) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// Way is how a message for many reaches a member. The set is closed; a preview counts each.
type Way string

const (
	WayNow       Way = "now"       // in the chat that they chose, or used last
	WayElsewhere Way = "elsewhere" // not there now, but by another account of theirs
	WayTemplate  Way = "template"  // only by a paid template to their phone
	WayNone      Way = "none"
)

// WayTo tells how a member is reached now: contacts are those of the member's reachable accounts, the one that they
// chose first; windows are by channel; phone tells that they agreed to be written to by phone number and that
// templates are sent at all. to is the account, where there is one; reason is why the first is closed.
func WayTo(contacts []Contact, windows map[string]Windows, phone bool, class WriteClass, now time.Time) (way Way, to Address, reason Barred) {
	for i, c := range contacts {
		ok, why, _ := windows[c.Address.Channel].MayWrite(c, class, now)
		switch {
		case ok && i == 0:
			return WayNow, c.Address, NotBarred
		case ok:
			return WayElsewhere, c.Address, reason
		case i == 0:
			reason = why
		}
	}
	if phone {
		return WayTemplate, Address{}, reason
	}
	return WayNone, Address{}, reason
}
