package sangkien

import "time"

// AttachmentKind is what a file is to a member.
type AttachmentKind string

const (
	Photo    AttachmentKind = "photo"
	Video    AttachmentKind = "video"
	Voice    AttachmentKind = "voice"
	Document AttachmentKind = "document"
)

// MaxAttachment is the most bytes that a file may have: what Telegram lets a bot download.
const MaxAttachment = 20 << 20

// AttachmentState tells whether we hold the bytes.
type AttachmentState string

const (
	FilePending AttachmentState = "pending" // named by the platform, not yet copied
	FileStored  AttachmentState = "stored"  // in our store, typed by its content
	FileRefused AttachmentState = "refused" // too large, or of a type that is not taken
)

// Attachment is a file that belongs to an answer.
type Attachment struct {
	ID       int64
	Idea     int64
	Question string
	Address  Address // of the chat that sent it: whom to tell when it cannot be taken
	File     File
	State    AttachmentState
	At       time.Time
}

// NewAttachment is an attachment as it is when its update arrives: stored when the bytes are already ours.
func NewAttachment(id, idea int64, question string, f File, now time.Time) Attachment {
	state := FilePending
	if f.Hash != "" {
		state = FileStored
	}
	return Attachment{ID: id, Idea: idea, Question: question, File: f, State: state, At: now}
}

// Stored is the change once the bytes are ours.
func (a Attachment) Stored(f File) AttachmentStored {
	f.Ref = a.File.Ref
	if f.Name == "" {
		f.Name = a.File.Name
	}
	return AttachmentStored{Attachment: a.ID, File: f}
}

// Refused is the change when the bytes are not taken. reason is one of media's.
func (a Attachment) Refused(reason string) AttachmentRefused {
	return AttachmentRefused{Attachment: a.ID, Reason: reason}
}

// giveUpFetching is how long the platform has to hand out a file.
const giveUpFetching = 24 * time.Hour

// Postponed is the change when the platform does not give the file now: it is asked again later, more and
// more seldom. ok is false when a day has passed: then the file is refused.
func (a Attachment) Postponed(now time.Time) (e AttachmentPostponed, ok bool) {
	waited := now.Sub(a.At)
	return AttachmentPostponed{Attachment: a.ID, Until: now.Add(min(max(5*time.Second, waited), time.Hour))}, waited < giveUpFetching
}
