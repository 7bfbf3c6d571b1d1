package sangkien

import (
	"slices"
	"strings"
	"time"
)

// Broadcast is one sending of one text to one audience. Both are frozen when it starts: who joins or changes
// later is not reached by it, and nobody's words in it are a template of any language.
type Broadcast struct {
	ID       int64         `json:"-"`
	Kind     BroadcastKind `json:"kind"`
	Topic    Topic         `json:"topic"`
	Purpose  Purpose       `json:"purpose"`          // the consent that a recipient must have given
	Title    Text          `json:"title,omitzero"`   // stands above the text
	Sender   string        `json:"sender,omitempty"` // who says it; "" for the organisation
	Text     Text          `json:"text"`             // {ten} is the recipient's name; nothing else is filled in
	Photo    string        `json:"photo,omitempty"`  // hex SHA-256 of a picture in our own store
	Link     string        `json:"link,omitempty"`   // http or https
	Offers   []string      `json:"offers,omitempty"` // commands that the message has buttons for, "gui"
	Audience Audience      `json:"audience"`
	Resend   bool          `json:"resend,omitempty"` // what is uncertain after a crash is sent again
	Urgent   bool          `json:"urgent,omitempty"` // it counts against nobody's daily share of bulk messages
	By       int64         `json:"by,omitempty"`     // the member who wrote it; 0 for a rule or the command line
	About    int64         `json:"about,omitempty"`  // the bulletin or reminder that it is the sending of
	Start    time.Time     `json:"start"`            // not before

	State    BroadcastState `json:"-"`
	Approver int64          `json:"-"` // the second person; 0 for none
	Started  time.Time      `json:"-"`
	Ended    time.Time      `json:"-"`
	Counts   Counts         `json:"-"`
	Expanded bool           `json:"-"` // everyone in the audience has a row
	Retrying bool           `json:"-"` // those whom it failed are being queued again
}

// BroadcastKind is what a broadcast comes from. The set is closed.
type BroadcastKind string

const (
	BroadcastBulletin BroadcastKind = "bulletin" // a piece of news, at once
	BroadcastDigest   BroadcastKind = "digest"   // the news of a day or a week
	BroadcastReminder BroadcastKind = "reminder" // a rule of a campaign
	BroadcastManual   BroadcastKind = "manual"   // the command line
)

// BroadcastState is where a broadcast stands. The set is closed; broadcastMoves has every change that exists.
type BroadcastState string

const (
	BroadcastWaiting   BroadcastState = "waiting"   // for a second person
	BroadcastDue       BroadcastState = "planned"   // for its time
	BroadcastRunning   BroadcastState = "running"   // its recipients are being written down, or sent to
	BroadcastPaused    BroadcastState = "paused"    // nothing more is sent until someone resumes it
	BroadcastDone      BroadcastState = "done"      // nobody is left
	BroadcastCancelled BroadcastState = "cancelled" // whoever was left is skipped
)

// broadcastMoves is the whole life of a broadcast.
var broadcastMoves = map[BroadcastState][]BroadcastState{
	BroadcastWaiting: {BroadcastDue, BroadcastCancelled},
	BroadcastDue:     {BroadcastRunning, BroadcastCancelled},
	BroadcastRunning: {BroadcastPaused, BroadcastDone, BroadcastCancelled},
	BroadcastPaused:  {BroadcastRunning, BroadcastCancelled},
	BroadcastDone:    {BroadcastRunning}, // to those to whom it failed
}

// Audience says whom a broadcast is for. Each part that is set narrows it; the zero Audience is everyone.
type Audience struct {
	Units    []int64 `json:"units,omitempty"`    // these and everything below them
	Except   []int64 `json:"except,omitempty"`   // without these and everything below them
	Role     Role    `json:"role,omitempty"`     // who holds it anywhere
	Campaign int64   `json:"campaign,omitempty"` // what Status and Field are about
	Status   Status  `json:"status,omitempty"`   // how they stand in the campaign
	Field    string  `json:"field,omitempty"`    // authors of an idea in this field of the campaign
	Channel  string  `json:"channel,omitempty"`  // who writes to us there
	Wants    string  `json:"wants,omitempty"`    // a Frequency: only who chose it for the topic; "" for at once
	Members  []int64 `json:"members,omitempty"`  // nobody but these
}

// Status is how a member stands in a campaign. The set is closed.
type Status string

const (
	StatusAny        Status = ""
	StatusNothing    Status = "nothing"    // neither a draft nor an idea submitted
	StatusDraft      Status = "draft"      // a draft and nothing submitted
	StatusUnfinished Status = "unfinished" // nothing submitted, with a draft or without
	StatusSubmitted  Status = "submitted"  // something submitted
	StatusSupplement Status = "supplement" // something to be supplemented
)

// RecipientState is how one recipient of a broadcast stands. The set is closed.
type RecipientState string

const (
	RecipientQueued    RecipientState = "queued"
	RecipientSending   RecipientState = "sending"   // leased; a request may be on its way
	RecipientSent      RecipientState = "sent"      // the platform took it
	RecipientFailed    RecipientState = "failed"    // the platform refused it
	RecipientBlocked   RecipientState = "blocked"   // the person blocked us or is gone
	RecipientSkipped   RecipientState = "skipped"   // it was not to be sent: see the reason
	RecipientUncertain RecipientState = "uncertain" // the process died while it was on its way
)

// RecipientStates lists every state, in the order of a report.
func RecipientStates() []RecipientState {
	return []RecipientState{RecipientQueued, RecipientSending, RecipientSent, RecipientFailed, RecipientBlocked, RecipientSkipped, RecipientUncertain}
}

// Why a recipient was skipped. The set is closed.
const (
	SkippedNoConsent   = "no_consent"  // never agreed, or took it back
	SkippedMuted       = "muted"       // muted the topic
	SkippedDigest      = "digest"      // wants the topic once a day or week
	SkippedUnreachable = "unreachable" // no chat in which we may write
	SkippedReached     = "reached"     // heard of us today already
	SkippedCancelled   = "cancelled"   // the broadcast ended before
	SkippedErased      = "erased"      // deleted their data meanwhile
)

// Counts is how many recipients are in each state. They are kept as the states change, never counted anew.
type Counts struct {
	Planned                                                    int // in all
	Queued, Sending, Sent, Failed, Blocked, Skipped, Uncertain int
}

// Adds tells whether the parts are the whole.
func (c Counts) Adds() bool {
	return c.Planned == c.Queued+c.Sending+c.Sent+c.Failed+c.Blocked+c.Skipped+c.Uncertain
}

// Left is how many may still be sent to.
func (c Counts) Left() int { return c.Queued + c.Sending }

// MaxBroadcast is the most characters of a broadcast: one message on every channel, with room for names.
const MaxBroadcast = 1500

// NamePlaceholder is the one thing that is filled into the text of a broadcast.
const NamePlaceholder = "{ten}"

// BroadcastPlanned stores a broadcast, to start by itself at its time.
type BroadcastPlanned struct {
	Broadcast Broadcast
	At        time.Time
}

// BroadcastMoved changes the state of a broadcast, if it is still From.
type BroadcastMoved struct {
	Broadcast int64
	From      BroadcastState
	To        BroadcastState
	Actor     int64 // 0 for the clock
	Retry     bool  // from done to running: whoever it failed for is queued again
	At        time.Time
}

func (BroadcastPlanned) effect() {}
func (BroadcastMoved) effect()   {}

// check returns EINVALID for a broadcast that cannot be sent.
func (b Broadcast) check() error {
	switch {
	case strings.TrimSpace(b.Text.VI) == "":
		return Errorf(EINVALID, "the broadcast has no text")
	case len([]rune(b.Text.VI)) > MaxBroadcast, len([]rune(b.Text.EN)) > MaxBroadcast:
		return Errorf(EINVALID, "the broadcast has more than %d characters", MaxBroadcast)
	case b.Link != "" && !IsLink(b.Link):
		return Errorf(EINVALID, "%q is no http or https address", b.Link)
	case !slices.Contains(Topics(), b.Topic):
		return Errorf(EINVALID, "%q is no topic", b.Topic)
	case b.Purpose == "":
		return Errorf(EINVALID, "the broadcast names no purpose")
	}
	return nil
}

// Plan is the change that stores a broadcast that a rule or the command line makes, to start at its time. It
// returns EINVALID when it cannot be sent.
func (b Broadcast) Plan(now time.Time) (BroadcastPlanned, error) {
	if err := b.check(); err != nil {
		return BroadcastPlanned{}, err
	}
	b.State = BroadcastDue
	return BroadcastPlanned{Broadcast: b, At: now}, nil
}

// Announce is Plan by a person. Above so many recipients, as counted for the preview, a second person must
// approve it first; approval 0 asks for none. It returns EFORBIDDEN when the audience reaches beyond their units.
func (v Viewer) Announce(b Broadcast, recipients, approval int, now time.Time) (BroadcastPlanned, error) {
	if !v.MayAddress(b.Audience) {
		return BroadcastPlanned{}, Errorf(EFORBIDDEN, "member %d may not write to that audience", v.Member.ID)
	}
	b.By = v.Member.ID
	planned, err := b.Plan(now)
	if err == nil && approval > 0 && recipients > approval {
		planned.Broadcast.State = BroadcastWaiting
	}
	return planned, err
}

// MayAddress tells whether the person may write to an audience: all of it belongs to their units.
func (v Viewer) MayAddress(a Audience) bool {
	if len(a.Units) == 0 {
		return v.May(ActBroadcast, Object{})
	}
	return !slices.ContainsFunc(a.Units, func(u int64) bool { return !v.May(ActBroadcast, Object{Unit: u}) })
}

// Control is the change by which a person moves a broadcast on. It returns EFORBIDDEN when they may not, also
// for approving what they wrote themselves, and ECONFLICT when its life has no such step.
func (v Viewer) Control(b Broadcast, to BroadcastState, now time.Time) (BroadcastMoved, error) {
	switch {
	case !v.MayAddress(b.Audience):
		return BroadcastMoved{}, Errorf(EFORBIDDEN, "member %d may not move broadcast %d", v.Member.ID, b.ID)
	case b.State == BroadcastWaiting && to == BroadcastDue && b.By == v.Member.ID:
		return BroadcastMoved{}, Errorf(EFORBIDDEN, "member %d wrote broadcast %d: another person approves it", v.Member.ID, b.ID)
	}
	moved, err := b.Move(to, now)
	moved.Actor = v.Member.ID
	return moved, err
}

// Move is Control by the clock or the command line of the machine itself.
func (b Broadcast) Move(to BroadcastState, now time.Time) (BroadcastMoved, error) {
	if !slices.Contains(broadcastMoves[b.State], to) {
		return BroadcastMoved{}, Errorf(ECONFLICT, "a broadcast that is %s cannot become %s", b.State, to)
	}
	return BroadcastMoved{Broadcast: b.ID, From: b.State, To: to, Retry: b.State == BroadcastDone, At: now}, nil
}
