package sangkien

import (
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"strings"
	"time"
)

// LinkValid is how long a code to link accounts can be sent, and how long each side then has to say yes.
const LinkValid = 10 * time.Minute

// linkLetters are easy to read aloud and to type: no 0 and O, 1 and I, none that sound or look alike, and no vowel,
// for without vowels no Vietnamese keyboard turns two letters into one with an accent.
const linkLetters = "23456789bcfghkmnqrstv"

// LinkLength is the number of letters of a code: 21^15 codes are more than 2^65.
const LinkLength = 15

// LinkCode makes a code out of a secret token of 128 bits or more: three groups of five, "7kqm4-b2hvr-hn9gt".
func LinkCode(token string) string {
	sum := sha256.Sum256([]byte("link code:" + token))
	n, letters, rest := new(big.Int).SetBytes(sum[:]), big.NewInt(int64(len(linkLetters))), new(big.Int)
	var b strings.Builder
	for i := range LinkLength {
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		n.DivMod(n, letters, rest)
		b.WriteByte(linkLetters[rest.Int64()])
	}
	return b.String()
}

// LinkHash is how a code is looked up: a hash of its letters, whatever stands between the groups. A code has more
// than 64 bits and lives ten minutes, so a plain hash suffices.
func LinkHash(code string) string {
	return NoticeHash("link:" + strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code)))
}

// Link is a person's way to make two accounts theirs: a code that they ask for on one and send from the other.
type Link struct {
	ID      int64
	Member  int64   // who asked for the code
	From    Address // where
	Expires time.Time
	By      int64   // who sent it from another account; 0: nobody yet
	At      Address // where
	Agreed  bool    // By said yes, and Member, who holds a role, has to
	Done    bool
}

// Live tells whether the link still waits for someone at now.
func (l Link) Live(now time.Time) bool { return !l.Done && now.Before(l.Expires) }

// LinkTries is how many wrong codes came within LinkWindow: from one account, and from all.
type LinkTries struct{ Account, All int }

// LinkWindow is how long a wrong code counts. LinkLimit is how many one account may send in that time, and
// LinkLimitAll how many all together: at that pace a guess at one of a thousand live codes takes a billion years.
const (
	LinkWindow   = time.Hour
	LinkLimit    = 5
	LinkLimitAll = 1000
)

// Exhausted tells whether no code is looked at for now, right or wrong.
func (t LinkTries) Exhausted() bool { return t.Account >= LinkLimit || t.All >= LinkLimitAll }

// LinkOffered stores a code; the member's earlier ones are void.
type LinkOffered struct {
	Link Link
	Hash string
}

// LinkMissed counts a wrong code.
type LinkMissed struct {
	Account Account
	At      time.Time
}

// LinkClaimed uses a code up: a second use is a conflict.
type LinkClaimed struct {
	Link    int64
	By      int64
	Where   Address
	Expires time.Time
	At      time.Time
}

// LinkAgreed notes the yes of who sent the code, where who asked for it has to agree too.
type LinkAgreed struct {
	Link    int64
	By      int64
	Expires time.Time
}

// LinkDropped ends a link that one of the two sides does not want.
type LinkDropped struct{ Link int64 }

// AccountsLinked makes two members one: all that is Gone's becomes Kept's. Both are as the decision saw them; if
// either has changed since, it is a conflict.
type AccountsLinked struct {
	Link   int64
	Kept   Member
	Gone   Member
	Result Member // what is known of the one person afterwards
	At     time.Time
}

// AccountUnlinked lets an account leave as a fresh member with nothing. The last account cannot leave.
type AccountUnlinked struct {
	Member  int64
	Account Account
	Fresh   int64
	At      time.Time
}

// AccountPreferred chooses where notices and news go.
type AccountPreferred struct {
	Member  int64
	Account Account
}

func (LinkOffered) effect()      {}
func (LinkMissed) effect()       {}
func (LinkClaimed) effect()      {}
func (LinkAgreed) effect()       {}
func (LinkDropped) effect()      {}
func (AccountsLinked) effect()   {}
func (AccountUnlinked) effect()  {}
func (AccountPreferred) effect() {}

// OfferLink is the change that makes a code for the member, asked for at from.
func (m Member) OfferLink(id int64, code string, from Address, now time.Time) LinkOffered {
	return LinkOffered{Link: Link{ID: id, Member: m.ID, From: from, Expires: now.Add(LinkValid)}, Hash: LinkHash(code)}
}

// MissLink is the change that counts a wrong code of the account.
func (a Account) MissLink(now time.Time) LinkMissed { return LinkMissed{Account: a, At: now} }

// Claim is the change that uses the code up. It returns ENOTFOUND when it is used, expired or the member's own.
func (l Link) Claim(by Member, at Address, now time.Time) (LinkClaimed, error) {
	if !l.Live(now) || l.By != 0 || l.Member == by.ID {
		return LinkClaimed{}, Errorf(ENOTFOUND, "member %d cannot use link %d", by.ID, l.ID)
	}
	return LinkClaimed{Link: l.ID, By: by.ID, Where: at, Expires: now.Add(LinkValid), At: now}, nil
}

// Drop is the change by which one of the two says no. It returns ENOTFOUND for anyone else, and when it is done.
func (l Link) Drop(by Member, now time.Time) (LinkDropped, error) {
	if !l.Live(now) || by.ID != l.By && by.ID != l.Member {
		return LinkDropped{}, Errorf(ENOTFOUND, "member %d cannot refuse link %d", by.ID, l.ID)
	}
	return LinkDropped{Link: l.ID}, nil
}

// Confirm is a yes: of who sent the code, and, where who asked for it holds a role, of both, one after the other.
// host asked for the code and guest sent it. It returns LinkAgreed while the other's yes is missing, else what Merge
// returns, and ENOTFOUND for anyone else, when it is not their turn, and when it is over.
func (l Link) Confirm(by Member, host, guest Person, now time.Time) (Effect, error) {
	switch {
	case !l.Live(now) || l.By == 0:
	case by.ID == l.By && len(host.Member.Roles) > 0 && !l.Agreed:
		return LinkAgreed{Link: l.ID, By: l.By, Expires: now.Add(LinkValid)}, nil
	case by.ID == l.By && len(host.Member.Roles) == 0, by.ID == l.Member && l.Agreed:
		return l.merge(host, guest, now)
	}
	return nil, Errorf(ENOTFOUND, "member %d cannot confirm link %d", by.ID, l.ID)
}

// merge decides who two members are as one. Who has a name stays, else who was here first; what one lacks comes
// from the other. It returns ECONFLICT when a newer refusal to process would hit ideas of the other account.
func (l Link) merge(a, b Person, now time.Time) (AccountsLinked, error) {
	kept, gone := a, b
	if (a.Member.Name == "") != (b.Member.Name == "") && a.Member.Name == "" || (a.Member.Name == "") == (b.Member.Name == "") && b.Member.ID < a.Member.ID {
		kept, gone = b, a
	}
	m := kept.Member
	if m.Name == "" {
		m.Name = gone.Member.Name
	}
	if m.Unit == 0 && m.UnitText == "" {
		m.Unit, m.UnitText = gone.Member.Unit, gone.Member.UnitText
	}
	if m.Language == "" {
		m.Language = gone.Member.Language
	}
	m.Consents = mergeConsents(a.Member.Consents, b.Member.Consents)
	m.Roles = append(append([]Grant(nil), kept.Member.Roles...), gone.Member.Roles...)
	if m.Asked(PurposeProcess) && !m.Allows(PurposeProcess) && (a.Member.Allows(PurposeProcess) && a.waits() || b.Member.Allows(PurposeProcess) && b.waits()) {
		return AccountsLinked{}, Errorf(ECONFLICT, "link %d: one account refused to process, the other has ideas under way", l.ID)
	}
	return AccountsLinked{Link: l.ID, Kept: kept.Member, Gone: gone.Member, Result: m, At: now}, nil
}

// mergeConsents takes for each purpose the newer answer; of two at the same moment the refusal.
func mergeConsents(a, b map[Purpose]Consent) map[Purpose]Consent {
	all := map[Purpose]Consent{}
	for _, answers := range []map[Purpose]Consent{a, b} {
		for p, c := range answers {
			other, ok := all[p]
			if !ok || c.At.After(other.At) || c.At.Equal(other.At) && !c.Granted {
				all[p] = c
			}
		}
	}
	return all
}

// waits tells whether the person has an idea that is not decided or withdrawn.
func (p Person) waits() bool {
	for _, i := range p.Ideas {
		if !i.State.Decided() && i.State != Withdrawn {
			return true
		}
	}
	return false
}

// Unlink is the change that lets an account of the person leave. It returns ENOTFOUND when it is not theirs and
// ECONFLICT when it is the only one: to leave altogether there is Erase.
func (p Person) Unlink(account string, fresh int64, now time.Time) (AccountUnlinked, error) {
	a, ok := p.Account(account)
	if !ok {
		return AccountUnlinked{}, Errorf(ENOTFOUND, "member %d has no such account", p.Member.ID)
	}
	if len(p.Accounts) == 1 {
		return AccountUnlinked{}, Errorf(ECONFLICT, "member %d has no other account", p.Member.ID)
	}
	return AccountUnlinked{Member: p.Member.ID, Account: a, Fresh: fresh, At: now}, nil
}

// Prefer is the change that sends notices to an account. It returns ENOTFOUND when it is not the person's.
func (p Person) Prefer(account string) (AccountPreferred, error) {
	a, ok := p.Account(account)
	if !ok {
		return AccountPreferred{}, Errorf(ENOTFOUND, "member %d has no such account", p.Member.ID)
	}
	return AccountPreferred{Member: p.Member.ID, Account: a}, nil
}

// Account finds an account of the person by its Key.
func (p Person) Account(key string) (Account, bool) {
	for _, a := range p.Accounts {
		if a.Key() == key {
			return a, true
		}
	}
	return Account{}, false
}

// Key names an account in a button: 16 characters of [0-9a-f].
func (a Account) Key() string { return NoticeHash("account:" + a.Channel + ":" + a.External)[:16] }

// Initials is a name of which only the first letters are shown, so that its owner knows it and nobody else learns it.
func Initials(name string) string {
	var b strings.Builder
	for _, word := range strings.Fields(name) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string([]rune(word)[:1]) + ".")
	}
	return b.String()
}

// Same tells whether two loads of a member show the same.
func (m Member) Same(other Member) bool {
	a, err1 := json.Marshal(m)
	b, err2 := json.Marshal(other)
	return err1 == nil && err2 == nil && string(a) == string(b)
}
