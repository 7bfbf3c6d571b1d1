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
	AttachmentPending AttachmentState = "pending" // named by the platform, not yet copied
	AttachmentStored  AttachmentState = "stored"  // in our store, typed by its content
	AttachmentRefused AttachmentState = "refused" // too large, or of a type that is not taken
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
	state := AttachmentPending
	if f.Hash != "" {
		state = AttachmentStored
	}
	return Attachment{ID: id, Idea: idea, Question: question, File: f, State: state, At: now}
}
