package sangkien

import (
	"strings"
	"time"
)

// Address says where a conversation takes place: one chat of one bot on one channel.
// All three parts are opaque outside of the channel's adapter.
type Address struct {
	Channel string `json:"channel"` // "telegram", "web", …
	Bot     string `json:"bot"`     // the platform's id of our bot; a chat id means nothing without it
	Chat    string `json:"chat"`    // the platform's id of the chat
}

// String is the address as a key: "channel:bot:chat".
func (a Address) String() string { return a.Channel + ":" + a.Bot + ":" + a.Chat }

// ParseAddress reads what String wrote. A chat id may hold colons, the other parts never do.
func ParseAddress(s string) (a Address, ok bool) {
	parts := strings.SplitN(s, ":", 3)
	if len(parts) != 3 || parts[0] == "" {
		return Address{}, false
	}
	return Address{Channel: parts[0], Bot: parts[1], Chat: parts[2]}, true
}

// UpdateKind is what happened. The set is closed.
type UpdateKind string

const (
	UpdateText      UpdateKind = "text"      // the member wrote
	UpdatePress     UpdateKind = "press"     // the member pressed a button of ours
	UpdateFile      UpdateKind = "file"      // photo, document, voice, video; Text is its caption
	UpdateEdited    UpdateKind = "edited"    // the member edited an earlier message; MessageID is the earlier one
	UpdateBlocked   UpdateKind = "blocked"   // the member blocked the bot
	UpdateUnblocked UpdateKind = "unblocked" // and let it in again
	UpdateUnknown   UpdateKind = "unknown"   // a sticker, a location, or what no one foresaw
	UpdatePoisoned  UpdateKind = "poisoned"  // could not be decoded; Text is the raw payload, kept in quarantine
)

// Update is one thing that happened on a channel, in the words of no platform.
type Update struct {
	Key       string     `json:"key"` // unique for ever: "telegram:<bot>:<update_id>"
	At        time.Time  `json:"at"`
	Address   Address    `json:"address"`
	From      Sender     `json:"from"`
	Kind      UpdateKind `json:"kind"`
	Text      string     `json:"text,omitempty"`       // cleaned at the edge by vntext.Clean
	Press     string     `json:"press,omitempty"`      // the data of the button, untrusted
	MessageID string     `json:"message_id,omitempty"` // of the message, or of the one whose button was pressed
	Album     string     `json:"album,omitempty"`      // files that were sent together share it
	Files     []File     `json:"files,omitempty"`
	Group     bool       `json:"group,omitempty"`    // came from a group: nothing is asked or told there
	Stranger  bool       `json:"stranger,omitempty"` // the platform does not let us know who it is: they are told how to come in
}

// Sender is who caused an update, as the platform tells it: a hint, never an identity beyond the channel.
type Sender struct {
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	Language string `json:"language,omitempty"` // IETF tag as the platform gives it, "" when it gives none
}

// File is a file on its way in. Either Ref (still at the platform) or Hash (already in our store) is set.
type File struct {
	Ref  string         `json:"ref,omitempty"`  // the platform's handle
	Hash string         `json:"hash,omitempty"` // hex SHA-256 of the bytes that we keep
	Kind AttachmentKind `json:"kind"`
	Name string         `json:"name,omitempty"`
	MIME string         `json:"mime,omitempty"` // as claimed; the content decides
	Size int64          `json:"size,omitempty"` // bytes; 0 when the platform does not tell
}

// Line is one sentence to a person: a key of locale and what to fill in.
// Who decides chooses the line, locale chooses the words.
type Line struct {
	Key  string `json:"k"`
	Args []Arg  `json:"a,omitempty"`
}

// Arg fills the placeholder {Name} of a line. Text is shown as it is; Key is looked up in locale;
// At is a time in unix milliseconds. Exactly one of the three is used, in the order At, Key, Text.
type Arg struct {
	Name string `json:"n"`
	Text string `json:"t,omitempty"`
	Key  string `json:"k,omitempty"`
	At   int64  `json:"at,omitempty"`
}

// Say makes a line out of a key and its arguments.
func Say(key string, args ...Arg) Line { return Line{Key: key, Args: args} }

// With fills a placeholder with text that came from data or from a person.
func With(name, text string) Arg { return Arg{Name: name, Text: text} }

// WithKey fills a placeholder with another sentence of locale.
func WithKey(name, key string) Arg { return Arg{Name: name, Key: key} }

// WithTime fills a placeholder with a date and time in the deployment's zone.
func WithTime(name string, t time.Time) Arg { return Arg{Name: name, At: t.UnixMilli()} }

// Button is a choice that a channel shows as it can: inline button, quick reply, or a numbered line.
// Label wins over Line when both are set. Data is at most 64 bytes: Press.Encode makes it.
type Button struct {
	Label string `json:"l,omitempty"`
	Line  Line   `json:"s,omitzero"`
	Data  string `json:"d,omitempty"`
	URL   string `json:"u,omitempty"` // opens a page instead of sending Data
	Copy  string `json:"c,omitempty"` // copies this text, where the channel can

	// Number is that of the line of the text which the button stands for; 0: the text does not name it.
	Number int `json:"n,omitempty"`
	// Aside tells that the button is no answer but a way on: back, skip, done. Where it cannot be shown it is a word.
	Aside bool `json:"x,omitempty"`
	// Main tells that most people go on with it: a channel that can lets it stand out. No choice has it, for that would be
	// an answer that is suggested.
	Main bool `json:"m,omitempty"`
}

// ReplyClass orders what waits to be sent: replies to people overtake notices, notices overtake bulk.
type ReplyClass int

const (
	ClassReply  ReplyClass = iota // an answer to what a person just did
	ClassNotice                   // news about one's own idea
	ClassBulk                     // broadcasts and reminders
)

// Reply is what we say to one chat: one message where the channel's limits allow it.
type Reply struct {
	To       Address    `json:"to"`
	Language Language   `json:"lang"`
	Lines    []Line     `json:"lines"`
	Buttons  [][]Button `json:"buttons,omitempty"` // rows
	Class    ReplyClass `json:"class,omitempty"`
	// Choices is how the buttons are reached without pressing them. It is kept beside the chat, not with the reply.
	Choices []Choice `json:"-"`
	// File goes with the message: one of our own store. Where it cannot, the words arrive and say so.
	File *File `json:"file,omitempty"`
	// After delays the sending, so that a burst (an album, a long paste) gets one answer.
	After time.Duration `json:"after,omitempty"`
	// Replaces names what this reply stands for: an unsent one of the same chat and name is dropped for it.
	Replaces string `json:"replaces,omitempty"`
	// Gather lets a reply that replaces an unsent one go out when that one would have: many events become one
	// notice, and a steady stream of them does not put it off for ever.
	Gather bool `json:"gather,omitempty"`
	// Revises lets the reply stand in the place of what was sent last under the name Replaces, where the channel can
	// change what it sent; elsewhere, or where nothing was sent, it is left out.
	Revises bool `json:"revises,omitempty"`
	// Retracts names what this reply takes back: if it is unsent it is dropped, and this reply with it.
	Retracts string `json:"retracts,omitempty"`
	// Retire is the message whose buttons are used up and should disappear, where the channel can.
	Retire string `json:"retire,omitempty"`
	// Menu tells that the chat's list of commands changes with this reply, where the channel has one.
	Menu MenuFor `json:"menu,omitempty"`
	// Trace is what whoever watches the program needs to see the sending as a part of what brought the reply about, also
	// in another process (W3C traceparent). It means nothing to us; "" for nobody.
	Trace string `json:"trace,omitempty"`
	// Idea is the idea whose number, taken by the commit, fills the placeholder {code}; 0 for none.
	Idea int64 `json:"idea,omitempty"`
}

// MenuFor is whose commands a chat lists.
type MenuFor string

const (
	MenuMember MenuFor = "member"
	MenuStaff  MenuFor = "staff"
)

// LastWord is the Replaces of the last reply to someone who was erased: nothing of it is kept.
const LastWord = "last word"

// Delivery is a reply on its way: a row of the outbox.
type Delivery struct {
	ID       int64
	Reply    Reply
	Attempts int       // sends that were begun before this one
	Parts    int       // of its messages, those that were sent already
	Edits    string    // the message in whose place a reply that revises stands; "" for none
	Due      time.Time // not before
	Created  time.Time // when it was committed
}

// DeliveryState is how an attempt to send ended. The set is closed.
type DeliveryState int

const (
	DeliverySent        DeliveryState = iota // the platform took it
	DeliveryLater                            // to be tried again at Due
	DeliveryFailed                           // it will not be tried again
	DeliveryUnreachable                      // nor anything else to this chat: the person blocked us or is gone
)

// DeliveryResult is what became of one attempt.
type DeliveryResult struct {
	ID        int64
	State     DeliveryState
	MessageID string    // for DeliverySent: the platform's, of the last message
	Parts     int       // messages sent so far
	Due       time.Time // for DeliveryLater
	Reason    string    // of a failure, without secrets
	Counted   int       // messages sent in this attempt, where the platform counts what a person is sent
	At        time.Time // when they were sent
}

// Quarantine is the change that keeps an update for an operator to look at, because it could not be understood
// or because a defect of ours kept it from being handled.
func (u Update) Quarantine(raw string, now time.Time) UpdateQuarantined {
	return UpdateQuarantined{Key: u.Key, Raw: raw, At: now}
}
