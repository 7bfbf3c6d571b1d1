package sangkien

import "time"

// Person is everything that is kept about a member: what they may see and take with them.
type Person struct {
	Member   Member
	Accounts []Account
	Chats    []Address // every conversation with them
	Consents []Consent // every answer ever given, oldest first
	Ideas    []Idea    // their own, with the answers; not those that they wrote down for others
	Moves    map[int64][]Move
	Requests []DataRequest
	Letters  []Letter // with what was answered, newest first
}

// Account is by which a member is known on a channel.
type Account struct {
	Channel  string
	External string // the platform's id of the person
	At       time.Time
	Used     time.Time // when they last wrote by it; zero: never in private
	Chat     Address   `json:"-"` // where they did
	// Preferred tells that notices and news go there; without one, to where they wrote last.
	Preferred bool
}

// IdeaAnonymised takes out of an idea who its author is. What was decided stays with what it was decided on;
// of any other idea nothing stays but its number.
type IdeaAnonymised struct {
	Idea  int64
	Keep  bool     // the answers, but for Erase
	Erase []string // questions whose answers go
	At    time.Time
}

// MemberErased takes everything away that tells who a member was and what was said in their chats. A row
// without a name stays where something refers to it.
type MemberErased struct {
	Member int64
	Chats  []Address // whose conversations are forgotten too
	By     int64     // staff who did it for someone without an account; 0: the person
	At     time.Time
}

func (IdeaAnonymised) effect() {}
func (MemberErased) effect()   {}

// Anonymise is the change that takes the author out of an idea. f is its form.
func (i Idea) Anonymise(f Form, now time.Time) IdeaAnonymised {
	e := IdeaAnonymised{Idea: i.ID, Keep: i.State.Decided(), At: now}
	for _, q := range f.Questions {
		if q.Kind == KindPeople || q.Kind == KindFiles || q.Confidential {
			e.Erase = append(e.Erase, q.Key)
		}
	}
	return e
}

// Erase returns the changes that delete a person: drafts go, what is not decided is withdrawn, what is decided
// loses its author. forms has the form of each idea. It returns ECONFLICT for someone who holds a role: that is
// to be taken back first, so that no unit is left without staff by a slip.
func (p Person) Erase(forms map[int64]Form, now time.Time) ([]Effect, error) {
	if len(p.Member.Roles) > 0 {
		return nil, Errorf(ECONFLICT, "member %d holds a role", p.Member.ID)
	}
	self := Viewer{Member: p.Member}
	var effects []Effect
	for _, i := range p.Ideas {
		if i.State == Draft {
			effects = append(effects, DraftDeleted{Idea: i.ID, Author: i.Author})
			continue
		}
		if moved, err := i.Move(Withdrawn, self, "", now); err == nil {
			effects = append(effects, moved)
		}
		effects = append(effects, i.Anonymise(forms[i.ID], now))
	}
	return append(effects, MemberErased{Member: p.Member.ID, Chats: p.Chats, At: now}), nil
}

// EraseFor is Erase by staff, for a person who has no account and asked for it by word of mouth. It returns ECONFLICT
// for someone who can do it themselves, and EFORBIDDEN when the actor may not.
func (p Person) EraseFor(forms map[int64]Form, actor Viewer, now time.Time) ([]Effect, error) {
	if len(p.Accounts) > 0 || p.Member.Erased {
		return nil, Errorf(ECONFLICT, "member %d has an account or is erased", p.Member.ID)
	}
	if !actor.May(ActData, Object{Unit: p.Member.Unit}) {
		return nil, Errorf(EFORBIDDEN, "member %d may not erase member %d", actor.Member.ID, p.Member.ID)
	}
	effects, err := p.Erase(forms, now)
	for n, e := range effects {
		if erased, ok := e.(MemberErased); ok {
			erased.By = actor.Member.ID
			effects[n] = erased
		}
	}
	return effects, err
}

// WithdrawProcess returns the changes that follow when a person takes back the consent to process, beside the
// record of it: drafts go and what is not decided is withdrawn.
func (p Person) WithdrawProcess(now time.Time) []Effect {
	self := Viewer{Member: p.Member}
	var effects []Effect
	for _, i := range p.Ideas {
		if i.State == Draft {
			effects = append(effects, DraftDeleted{Idea: i.ID, Author: i.Author})
		} else if moved, err := i.Move(Withdrawn, self, "", now); err == nil {
			effects = append(effects, moved)
		}
	}
	return effects
}

// Retention is how long each class of data is kept after it was last touched.
type Retention struct {
	Drafts   time.Duration // drafts that nobody works on
	Warning  time.Duration // before that, how long the author has after being told
	Decided  time.Duration // decided ideas with their author; without, for ever
	Letters  time.Duration // letters to the editorial board, after their last line
	Requests time.Duration // the words of requests about personal data, after they were closed
	Raw      time.Duration // lines of the web chat, updates that could not be handled
	Sheets   time.Duration // forms beside the ideas that were begun and left
	Keys     time.Duration // keys of updates, sent replies
	Reached  time.Duration // who was written to by a broadcast, after it ended; its counts stay
}

// DefaultRetention is what the notice to members promises; docs/data-protection.md says why each.
func DefaultRetention() Retention {
	const day = 24 * time.Hour
	return Retention{Drafts: 365 * day, Warning: 30 * day, Decided: 5 * 365 * day,
		Letters: 2 * 365 * day, Requests: 5 * 365 * day, Raw: 90 * day, Sheets: 30 * day, Keys: 14 * day, Reached: 365 * day}
}

// Expire is the change that deletes a draft which nobody worked on for the time of the policy.
func (i Idea) Expire() (DraftDeleted, error) {
	if i.State != Draft {
		return DraftDeleted{}, Errorf(ECONFLICT, "idea %d is %s, no draft", i.ID, i.State)
	}
	return DraftDeleted{Idea: i.ID, Author: i.Author}, nil
}
