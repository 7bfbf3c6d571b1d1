package sangkien

import "time"

// Effect is a change of the world, as plain data. The set is closed: storage applies each with one case.
// Effects are made in this package and in dialog only.
type Effect interface{ effect() }

// MemberJoined makes a member and the account by which they wrote for the first time.
type MemberJoined struct {
	Member   int64
	Channel  string
	External string // the platform's id of the person
	Language Language
	At       time.Time
}

// MemberEntered makes a member without an account: someone for whom an organiser writes.
type MemberEntered struct {
	Member   int64
	By       int64
	Language Language
	At       time.Time
}

// MemberNamed sets the name that a member gave.
type MemberNamed struct {
	Member int64
	Name   string
}

// MemberPlaced sets a member's unit; Unit 0 with the member's own words when it is not in the list.
type MemberPlaced struct {
	Member int64
	Unit   int64
	Text   string
}

// LanguageChosen sets the language of a member.
type LanguageChosen struct {
	Member   int64
	Language Language
}

// ConsentAnswered records the answer to a notice.
type ConsentAnswered struct {
	Member  int64
	Consent Consent
}

// ReachabilityChanged notes whether the platform still lets us write to a chat.
type ReachabilityChanged struct {
	Address   Address
	Reachable bool
}

// IdeaBegun makes a draft.
type IdeaBegun struct {
	Idea        int64
	Campaign    int64
	FormVersion int
	Author      int64
	EnteredBy   int64 // who writes it down for the author; 0: the author
	At          time.Time
}

// AnswerGiven stores an answer of a draft, over the earlier one.
type AnswerGiven struct {
	Idea     int64
	Question string
	Answer   Answer
	At       time.Time
}

// AttachmentAdded stores an attachment of a draft.
type AttachmentAdded struct{ Attachment Attachment }

// AttachmentsCleared takes the attachments of an answer away.
type AttachmentsCleared struct {
	Idea     int64
	Question string
}

// AttachmentStored notes that a file that was at the platform is ours now.
type AttachmentStored struct {
	Attachment int64
	File       File
}

// AttachmentRefused notes that a file will not be kept, and why.
type AttachmentRefused struct {
	Attachment int64
	Reason     string
}

// AttachmentPostponed notes that a file could not be fetched yet.
type AttachmentPostponed struct {
	Attachment int64
	Until      time.Time
}

// IdeaMoved changes the state of an idea, if it is still From. From Draft to Submitted takes the campaign's
// next number. A held decision goes with the move.
type IdeaMoved struct {
	Idea   int64
	From   State
	To     State
	Actor  int64
	Reason string
	Number string    // of the decision, may be empty
	Code   string    // of an idea of the past; "" takes the next number
	Due    time.Time // until when a supplement is asked for; zero for no date
	Undo   bool      // it takes the move before it back
	Held   bool      // it tells the decision that was held; without it a held decision is a conflict
	At     time.Time
}

// DraftDeleted deletes a draft with its answers, because its author said so.
type DraftDeleted struct {
	Idea   int64
	Author int64
}

// InvitationIssued stores a one-time right to a role.
type InvitationIssued struct {
	Invitation Invitation
	At         time.Time
}

// InvitationUsed gives the role of an invitation to a member, once: a second use is a conflict.
type InvitationUsed struct {
	Hash   string
	Member int64
	At     time.Time
}

// GrantRevoked takes a role away, at once.
type GrantRevoked struct {
	Member int64
	Grant  Grant
	Actor  int64
	At     time.Time
}

// UpdateQuarantined keeps an update that could not be decoded, for an operator to look at.
type UpdateQuarantined struct {
	Key string
	Raw string
	At  time.Time
}

// CampaignSaved stores a campaign; a form of a new version is added, earlier versions stay for their drafts.
type CampaignSaved struct{ Campaign Campaign }

// UnitSaved stores a unit of the tree.
type UnitSaved struct{ Unit Unit }

func (CampaignSaved) effect()       {}
func (UnitSaved) effect()           {}
func (MemberJoined) effect()        {}
func (MemberEntered) effect()       {}
func (MemberNamed) effect()         {}
func (MemberPlaced) effect()        {}
func (LanguageChosen) effect()      {}
func (ConsentAnswered) effect()     {}
func (ReachabilityChanged) effect() {}
func (IdeaBegun) effect()           {}
func (AnswerGiven) effect()         {}
func (AttachmentAdded) effect()     {}
func (AttachmentsCleared) effect()  {}
func (AttachmentStored) effect()    {}
func (AttachmentRefused) effect()   {}
func (AttachmentPostponed) effect() {}
func (IdeaMoved) effect()           {}
func (DraftDeleted) effect()        {}
func (InvitationIssued) effect()    {}
func (InvitationUsed) effect()      {}
func (GrantRevoked) effect()        {}
func (UpdateQuarantined) effect()   {}

// Commit is all that follows from one update: it is written in one transaction, once per Key.
type Commit struct {
	Key     string // of the update; a key that was committed before changes nothing and says nothing
	Chat    Chat   // as it was read; another revision in the store is ECONFLICT
	Effects []Effect
	Replies []Reply
	Session Session // where the chat stands afterwards; its Revision is set by Next
	At      time.Time
	Heard   time.Time // when the person did what is answered, by the platform's clock; zero: At
}

// HeardAt is when the person did what is answered: never later than now, whatever a platform's clock shows.
func (c Commit) HeardAt() time.Time {
	if c.Heard.IsZero() || c.Heard.After(c.At) {
		return c.At
	}
	return c.Heard
}

// Facts is what only the commit knows.
type Facts struct {
	Duplicate bool             // the key was committed before; nothing was changed
	Codes     map[int64]string // by idea: the numbers taken
}

// Next returns the session as it must be stored once the commit is done.
func (c Commit) Next() Session {
	s := c.Session
	s.Version, s.Revision = SessionVersion, c.Chat.Revision+1
	return s
}
