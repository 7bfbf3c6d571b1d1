package sangkien

import (
	"slices"
	"strings"
	"time"
)

// Recipient is one delivery of a broadcast: who, where, and how it stands. Where and to which unit are as they
// were when the broadcast was expanded.
type Recipient struct {
	Broadcast int64
	Member    int64
	State     RecipientState
	Reason    string  // why it was failed, blocked or skipped; DoubtTwice of one that was sent
	To        Address // zero for who cannot be reached
	Unit      int64
	Name      string   // of the member, now
	Language  Language // likewise
	Attempts  int      // sends that were begun
	Doubts    int      // of them, those of which nobody knows whether they arrived
	MessageID string   // the platform's
	At        time.Time
}

// RecipientResult is what became of one attempt.
type RecipientResult struct {
	Broadcast int64
	Member    int64
	State     RecipientState // queued: to be tried again at Due
	Reason    string
	MessageID string
	Due       time.Time
	Doubt     bool   // nobody knows whether it arrived
	MovedTo   string // the chat's new id on the platform
	Counted   bool   // the platform counts what a person is sent
}

// Why a recipient failed, and what is known of one that may have been reached. Like those of skipped they are a
// closed set: reports count by them.
const (
	FailedRefused   = "refused"   // the platform will never take this message
	FailedGaveUp    = "gave_up"   // it could not be reached for a day
	BlockedByPerson = "blocked"   // the person blocked us or is gone
	DoubtCrash      = "crash"     // the process died while it was on its way
	DoubtNoAnswer   = "no_answer" // the platform was asked and did not answer
	DoubtTwice      = "twice"     // sent again after a doubt: it may have come twice
	SkippedWindow   = "window"    // the platform allows no message to this person now
	SkippedQuota    = "quota"     // nor any more of this kind
	SkippedNight    = "night"     // nor at this hour
)

// Reasons lists every reason of a state that has one, in the order of a report.
func Reasons() []string {
	return []string{SkippedNoConsent, SkippedMuted, SkippedDigest, SkippedUnreachable, SkippedReached, SkippedCancelled, SkippedErased,
		SkippedWindow, SkippedQuota, SkippedNight, FailedRefused, FailedGaveUp, BlockedByPerson, DoubtCrash, DoubtNoAnswer, DoubtTwice}
}

// ReasonCount is how many recipients are in a state for a reason.
type ReasonCount struct {
	State  RecipientState
	Reason string
	Count  int
}

// Doubt is the state of a recipient of whom nobody knows whether the message arrived, by the broadcast's own rule.
func (b Broadcast) Doubt() RecipientState {
	if b.Resend {
		return RecipientQueued
	}
	return RecipientUncertain
}

// Finished tells whether nothing more is to be done for a broadcast: nobody to write down, to try again or to send to.
func (b Broadcast) Finished() bool { return b.Expanded && !b.Retrying && b.Counts.Left() == 0 }

// PreviewLine is how many of an audience are in one unit and would be written to on one channel; with a Reason, how
// many would be left out for it.
type PreviewLine struct {
	Unit    int64
	Channel string // "" where there is none
	Reason  string // "" for those that would be written to
	Way     Way    // how they are reached: "" for who is left out whatever platforms allow
	Count   int
}

// Preview is what a broadcast would do if it started now.
type Preview []PreviewLine

// Queued is how many would be written to.
func (p Preview) Queued() int { return p.count(func(l PreviewLine) bool { return l.Reason == "" }) }

// Planned is how many are in the audience.
func (p Preview) Planned() int { return p.count(func(PreviewLine) bool { return true }) }

func (p Preview) count(when func(PreviewLine) bool) int {
	n := 0
	for _, l := range p {
		if when(l) {
			n += l.Count
		}
	}
	return n
}

// Reached is how many are reached in a way.
func (p Preview) Reached(way Way) int {
	return p.count(func(l PreviewLine) bool { return l.Way == way })
}

// By sums the preview up by whatever key names, in the order of the keys.
func (p Preview) By(key func(PreviewLine) (string, bool)) []ReasonCount {
	sums := map[string]int{}
	for _, l := range p {
		if k, ok := key(l); ok {
			sums[k] += l.Count
		}
	}
	var out []ReasonCount
	for k, n := range sums {
		out = append(out, ReasonCount{Reason: k, Count: n})
	}
	slices.SortFunc(out, func(a, b ReasonCount) int { return strings.Compare(a.Reason, b.Reason) })
	return out
}

// FinishedAt is when so many messages will have been sent at a pace (messages a second), beginning at from and
// resting at night. It is zero for a pace of 0.
func FinishedAt(left int, pace float64, from time.Time, quiet QuietHours) time.Time {
	if pace <= 0 {
		return time.Time{}
	}
	work := time.Duration(float64(left) / pace * float64(time.Second))
	for range 10_000 { // nights; more is a figure that nobody plans with
		from = from.Add(quiet.Wait(from))
		evening := quiet.Next(from)
		if evening.IsZero() || from.Add(work).Before(evening) {
			return from.Add(work)
		}
		work -= evening.Sub(from)
		from = evening
	}
	return from
}

// DayOf numbers the days of t's zone: the daily share of bulk messages is one of them.
func DayOf(t time.Time) int64 {
	_, offset := t.Zone()
	seconds := t.Unix() + int64(offset)
	day := seconds / 86_400
	if seconds < 0 && seconds%86_400 != 0 {
		day--
	}
	return day
}

// FillName puts a recipient's name into the text of a broadcast. Nothing else in it is read, and nothing in the name.
// Who gave no name is addressed as one addresses people one does not know.
func FillName(text, name string, l Language) string {
	if name = strings.TrimSpace(name); name == "" {
		name = "anh/chị"
		if l == English {
			name = "member"
		}
	}
	return strings.ReplaceAll(text, NamePlaceholder, name)
}

// The verbs of the buttons under a broadcast.
const (
	VerbCommand = "c"    // does the command Value
	VerbMute    = "mute" // mutes the topic Value
)

// Message is what one recipient of the broadcast is told: the headline, the text with their name, the link, who says
// it, the offers as buttons, and always one that mutes the topic.
func (b Broadcast) Message(r Recipient) Reply {
	reply := Reply{To: r.To, Language: r.Language, Class: ClassBulk}
	if title := b.Title.In(r.Language); title != "" {
		reply.Lines = append(reply.Lines, Say("message.title", With("title", title)))
	}
	reply.Lines = append(reply.Lines, Line{Args: []Arg{With("text", FillName(b.Text.In(r.Language), r.Name, r.Language))}})
	if b.Photo != "" {
		reply.File = &File{Hash: b.Photo, Kind: Photo, Name: "anh.jpg", MIME: "image/jpeg"}
	}
	if b.Link != "" {
		reply.Lines = append(reply.Lines, Line{Args: []Arg{With("text", b.Link)}}) // for channels without such buttons
		reply.Buttons = append(reply.Buttons, []Button{{Line: Say("button.open_link"), URL: b.Link}})
	}
	if b.Sender != "" {
		reply.Lines = append(reply.Lines, Say("message.sender", With("sender", b.Sender)))
	}
	for _, name := range b.Offers {
		reply.Buttons = append(reply.Buttons, []Button{pressButton("command."+name, VerbCommand, name)})
	}
	reply.Buttons = append(reply.Buttons, []Button{pressButton("button.mute", VerbMute, string(b.Topic))})
	return reply
}

// pressButton is a button that belongs to no place in the conversation. Its parts are ours and short.
func pressButton(key, verb, value string) Button {
	encoded, err := Press{Verb: verb, Value: value}.Encode()
	if err != nil {
		encoded = ""
	}
	return Button{Line: Say(key), Data: encoded}
}
