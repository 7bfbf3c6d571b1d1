package sangkien

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Language is a language that the product speaks.
type Language string

const (
	Vietnamese Language = "vi"
	English    Language = "en"
)

// LanguageOf chooses the language for a platform's tag: English only for those who say so.
func LanguageOf(tag string) Language {
	if len(tag) >= 2 && (tag[:2] == "en" || tag[:2] == "EN") {
		return English
	}
	return Vietnamese
}

// Member is a person. Accounts tell how to reach them.
type Member struct {
	ID       int64
	Name     string // as they gave it; "" until asked
	Unit     int64  // 0: none, or not in the list
	UnitText string // the unit in the member's words, when it is not in the list
	Language Language
	Consents map[Purpose]Consent
	Roles    []Grant
	Topics   map[Topic]Frequency // what they chose; a topic that is not in it comes at once
	Erased   bool                // nothing is known of them any more
}

// Purpose is what a consent is for. Each is asked apart; none implies another.
type Purpose string

const (
	PurposeProcess Purpose = "process" // keep and appraise the idea, write to the member about it
	PurposePublish Purpose = "publish" // publish name and photo with a recognised idea
	PurposeNews    Purpose = "news"    // send news and reminders
	PurposePhone   Purpose = "phone"   // be written to by phone number
)

// Consent is the record of one answer to one notice: evidence, never overwritten without a trace.
type Consent struct {
	Purpose   Purpose
	Granted   bool
	Version   string // of the notice
	Hash      string // hex SHA-256 of the very words that were shown
	Channel   string
	MessageID string
	At        time.Time
}

// NoticeHash is the hash that a Consent keeps of the words of a notice.
func NoticeHash(words string) string {
	sum := sha256.Sum256([]byte(words))
	return hex.EncodeToString(sum[:])
}

// Allows tells whether the member granted the purpose. No answer is no consent.
func (m Member) Allows(p Purpose) bool { return m.Consents[p].Granted }

// Asked tells whether the member answered about the purpose, whatever the answer.
func (m Member) Asked(p Purpose) bool { _, ok := m.Consents[p]; return ok }

// Role is what a person may do beyond being a member.
type Role string

const (
	RoleAdmin     Role = "admin"
	RoleOrganiser Role = "organiser"
	RoleAppraiser Role = "appraiser"
)

// Grant is a role over a unit and everything below it; unit 0 is everywhere.
type Grant struct {
	Role Role  `json:"role"`
	Unit int64 `json:"unit,omitempty"`
}

// Has tells whether the member holds the role anywhere.
func (m Member) Has(role Role) bool {
	for _, g := range m.Roles {
		if g.Role == role {
			return true
		}
	}
	return false
}

// Chat is the row of a conversation: who it is with, and at which revision.
type Chat struct {
	Address  Address
	Person   string // the platform's id of who writes
	Member   Member // ID 0: nobody has written here yet
	Revision int64  // raised by one with every commit; 0: no row yet
	Asked    Asked
	Notice   []Choice // of the newest notice to the chat
}

// Language is the member's choice, or what the platform hints at.
func (c Chat) Language(from Sender) Language {
	if c.Member.Language != "" {
		return c.Member.Language
	}
	return LanguageOf(from.Language)
}

// Invitation is a one-time right to a role. Only the hash of its token is kept.
type Invitation struct {
	Hash    string // hex SHA-256 of the token
	Grant   Grant
	By      int64 // the member who gave it; 0 for the command line
	Expires time.Time
}

// InvitationValid is how long an invitation can be used.
const InvitationValid = 30 * time.Minute

// InvitationHash is how a token is looked up. Tokens have 128 bits or more, so a plain hash suffices.
func InvitationHash(token string) string { return NoticeHash("invitation:" + token) }

// Join is the change that makes a member of whoever writes for the first time.
func Join(id int64, u Update, now time.Time) MemberJoined {
	return MemberJoined{Member: id, Channel: u.Address.Channel, External: u.From.ID, Language: LanguageOf(u.From.Language), At: now}
}

// Decide is a member's later yes or no to a purpose, in the settings or by a stop word: evidence like the
// first answer. notice is the version of the notice and words are what it said.
func (m Member) Decide(p Purpose, granted bool, notice, words string, u Update, now time.Time) ConsentAnswered {
	return ConsentAnswered{Member: m.ID, Consent: Consent{Purpose: p, Granted: granted, Version: notice,
		Hash: NoticeHash(words), Channel: u.Address.Channel, MessageID: u.MessageID, At: now}}
}

// Choose is the change of the member's language.
func (m Member) Choose(l Language) LanguageChosen { return LanguageChosen{Member: m.ID, Language: l} }

// Reach is the change that notes whether the platform lets us write to the chat.
func (c Chat) Reach(reachable bool) ReachabilityChanged {
	return ReachabilityChanged{Address: c.Address, Reachable: reachable}
}

// Issue is the change that makes an invitation to a role out of a secret token of 128 bits or more, on the
// command line of the machine itself.
func Issue(token string, g Grant, now time.Time) InvitationIssued {
	return InvitationIssued{Invitation: Invitation{Hash: InvitationHash(token), Grant: g, Expires: now.Add(InvitationValid)}, At: now}
}

// Invite is Issue by a person. It returns EFORBIDDEN when they may not give the role there.
func (v Viewer) Invite(token string, g Grant, now time.Time) (InvitationIssued, error) {
	if !v.May(ActGrant, Object{Unit: g.Unit}) {
		return InvitationIssued{}, Errorf(EFORBIDDEN, "member %d may not give roles over unit %d", v.Member.ID, g.Unit)
	}
	e := Issue(token, g, now)
	e.Invitation.By = v.Member.ID
	return e, nil
}

// Revoke is the change that takes a role away from someone. It returns EFORBIDDEN when the person may not, and
// ECONFLICT for one's own: so the last administrator cannot lock everyone out by a slip.
func (v Viewer) Revoke(from Member, g Grant, now time.Time) (GrantRevoked, error) {
	switch {
	case !v.May(ActGrant, Object{Unit: g.Unit}):
		return GrantRevoked{}, Errorf(EFORBIDDEN, "member %d may not take roles over unit %d away", v.Member.ID, g.Unit)
	case from.ID == v.Member.ID:
		return GrantRevoked{}, Errorf(ECONFLICT, "member %d takes their own role away", v.Member.ID)
	}
	return GrantRevoked{Member: from.ID, Grant: g, Actor: v.Member.ID, At: now}, nil
}

// Accept is the change that gives the member the role of the invitation with the token.
func (m Member) Accept(token string, now time.Time) InvitationUsed {
	return InvitationUsed{Hash: InvitationHash(token), Member: m.ID, At: now}
}
