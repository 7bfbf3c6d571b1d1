package sangkien

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// AuditEntry is one line of the record of changes: who changed what from what to what. Words of people stand in
// it as hashes only, so that deleting someone's data leaves the chain whole.
type AuditEntry struct {
	Seq    int64
	At     time.Time
	Actor  int64  // the member; 0 for the command line and the program itself
	Action string // the name of the change
	Object string // "idea:7", "member:3", …
	Before string
	After  string
	Hash   string // of the line and the hash before it
}

// Chain returns the entry with its place in the chain: the next number and the hash that seals it to the entry before.
func (e AuditEntry) Chain(seq int64, before string) AuditEntry {
	e.Seq = seq
	e.Hash = digest(before, strconv.FormatInt(seq, 10), strconv.FormatInt(e.At.UnixMilli(), 10),
		strconv.FormatInt(e.Actor, 10), e.Action, e.Object, e.Before, e.After)
	return e
}

// Audited returns the line that a change leaves in the record; ok is false for one that leaves none.
func Audited(effect Effect) (e AuditEntry, ok bool) {
	switch c := effect.(type) {
	case IdeaMoved:
		action := "idea.moved"
		if c.Undo {
			action = "idea.move_undone"
		}
		return AuditEntry{At: c.At, Actor: c.Actor, Action: action, Object: object("idea", c.Idea), Before: string(c.From),
			After: string(c.To) + sealed(c.Reason, c.Number)}, true
	case DecisionHeld:
		d := c.Decision
		return AuditEntry{At: d.At, Actor: d.Actor, Action: "decision.held", Object: object("idea", d.Idea),
			After: string(d.Outcome) + sealed(d.Reason, d.Number)}, true
	case DecisionDropped:
		return AuditEntry{At: c.At, Actor: c.Actor, Action: "decision.dropped", Object: object("idea", c.Idea)}, true
	case InvitationIssued:
		return AuditEntry{At: c.At, Actor: c.Invitation.By, Action: "role.offered", Object: "invitation:" + c.Invitation.Hash[:min(12, len(c.Invitation.Hash))],
			After: grantName(c.Invitation.Grant)}, true
	case InvitationUsed:
		return AuditEntry{At: c.At, Actor: c.Member, Action: "role.accepted", Object: object("member", c.Member),
			After: "invitation:" + c.Hash[:min(12, len(c.Hash))]}, true
	case IdeaAnonymised:
		return AuditEntry{At: c.At, Action: "idea.anonymised", Object: object("idea", c.Idea)}, true
	case MemberErased:
		return AuditEntry{At: c.At, Actor: cmp.Or(c.By, c.Member), Action: "member.erased", Object: object("member", c.Member)}, true
	case DataRequestClosed:
		after := "done"
		if c.Refused {
			after = "refused"
		}
		return AuditEntry{At: c.At, Actor: c.Actor, Action: "data_request.closed", Object: object("data_request", c.Request), After: after + sealed(c.Answer)}, true
	case LetterAnswered:
		return AuditEntry{At: c.At, Actor: c.Actor, Action: "letter.answered", Object: object("letter", c.Letter), After: sealed(c.Text)}, true
	case LetterClosed:
		return AuditEntry{At: c.At, Actor: c.Actor, Action: "letter.closed", Object: object("letter", c.Letter)}, true
	case PaperSaved:
		p := c.Paper
		b := c.Earlier
		return AuditEntry{At: c.At, Actor: c.Actor, Action: "document.saved", Object: object("document", p.ID),
			Before: sealed(b.Title, b.Number, b.Date, b.Issuer, b.Link), After: sealed(p.Title, p.Number, p.Date, p.Issuer, p.Link)}, true
	case PaperRemoved:
		return AuditEntry{At: c.At, Actor: c.Actor, Action: "document.removed", Object: object("document", c.Paper)}, true
	case ImportBegun:
		return AuditEntry{}, false // what it makes follows
	case Imported:
		return AuditEntry{At: c.Batch.At, Action: "import." + c.Batch.Kind, Object: "import:" + c.Batch.Hash, After: strconv.Itoa(len(c.Batch.Items))}, true
	case ImportUndone:
		return AuditEntry{At: c.At, Action: "import.undone", Object: "import:" + c.Hash}, true
	case MemberEntered:
		if c.By == 0 {
			return AuditEntry{}, false // a whole list has one line
		}
		return AuditEntry{At: c.At, Actor: c.By, Action: "member.entered", Object: object("member", c.Member)}, true
	case GrantRevoked:
		return AuditEntry{At: c.At, Actor: c.Actor, Action: "role.revoked", Object: object("member", c.Member), Before: grantName(c.Grant)}, true
	}
	return auditedAccount(effect)
}

// auditedNews is Audited for what is sent to many.
func auditedNews(effect Effect) (e AuditEntry, ok bool) {
	switch c := effect.(type) {
	case BulletinWritten:
		b := c.Bulletin
		return AuditEntry{At: c.At, Actor: b.Author, Action: "bulletin.written", Object: object("bulletin", b.ID),
			After: string(b.State) + sealed(b.Title, b.Text, b.Link)}, true
	case BulletinMoved:
		return AuditEntry{At: c.At, Actor: c.Actor, Action: "bulletin.moved", Object: object("bulletin", c.Bulletin), Before: string(c.From), After: string(c.To)}, true
	case FeedAdded:
		return AuditEntry{At: c.Feed.Added, Action: "feed.added", Object: object("feed", c.Feed.ID), After: sealed(c.Feed.URL)}, true
	case FeedRemoved:
		return AuditEntry{At: c.At, Action: "feed.removed", Object: object("feed", c.Feed)}, true
	case BroadcastPlanned:
		b := c.Broadcast
		return AuditEntry{At: c.At, Actor: b.By, Action: "broadcast.planned", Object: object("broadcast", b.ID),
			After: string(b.State) + sealed(b.Text.VI, b.Text.EN, b.Photo, b.Link)}, true
	case BroadcastMoved:
		return AuditEntry{At: c.At, Actor: c.Actor, Action: "broadcast.moved", Object: object("broadcast", c.Broadcast),
			Before: string(c.From), After: string(c.To)}, true
	}
	return auditedCampaign(effect)
}

// auditedAccount is Audited for which accounts are one person.
func auditedAccount(effect Effect) (e AuditEntry, ok bool) {
	switch c := effect.(type) {
	case AccountsLinked:
		return AuditEntry{At: c.At, Actor: c.Kept.ID, Action: "accounts.linked", Object: object("member", c.Kept.ID), Before: object("member", c.Gone.ID), After: object("link", c.Link)}, true
	case AccountUnlinked:
		return AuditEntry{At: c.At, Actor: c.Member, Action: "account.unlinked", Object: object("member", c.Member), After: object("member", c.Fresh)}, true
	}
	return auditedNews(effect)
}

// auditedCampaign is Audited for the calendar and the reminders of campaigns.
func auditedCampaign(effect Effect) (e AuditEntry, ok bool) {
	switch c := effect.(type) {
	case CampaignDated:
		return AuditEntry{At: c.At, Actor: c.Actor, Action: "campaign.dated", Object: object("campaign", c.Campaign),
			Before: c.Before.String(), After: c.After.String()}, true
	case ReminderSaved:
		r := c.Reminder
		if c.Actor == 0 {
			return AuditEntry{}, false // what the program starts with
		}
		return AuditEntry{At: c.At, Actor: c.Actor, Action: "reminder.saved", Object: object("reminder", r.ID),
			After: r.Timing.String() + sealed(r.Text.VI, r.Text.EN)}, true
	case ReminderFired:
		return AuditEntry{At: c.At, Action: "reminder.fired", Object: object("reminder", c.Planned.Broadcast.About), After: object("broadcast", c.Planned.Broadcast.ID)}, true
	}
	return AuditEntry{}, false
}

// State returns the state that the line says an idea came to; ok is false for other lines.
func (e AuditEntry) State() (state string, ok bool) {
	state, _, _ = strings.Cut(e.After, " ")
	return state, strings.HasPrefix(e.Action, "idea.move")
}

func object(kind string, id int64) string { return kind + ":" + strconv.FormatInt(id, 10) }

func grantName(g Grant) string { return string(g.Role) + "@" + strconv.FormatInt(g.Unit, 10) }

// sealed is the hash of words that belong to a change, "" when there are none.
func sealed(words ...string) string {
	if strings.Join(words, "") == "" {
		return ""
	}
	return " " + digest(words...)
}

// digest is the hex SHA-256 of the parts, each behind its length, so that no two lists of parts collide.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = h.Write([]byte(strconv.Itoa(len(p)) + ":" + p)) // a hash's Write never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}
