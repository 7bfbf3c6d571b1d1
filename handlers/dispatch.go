// Package handlers is what people can do in a chat, one file for each ability. A dispatcher loads what a
// decision needs, lets an ability or dialog decide, and commits the result: load → decide → commit. It
// imports neither SQL nor a channel nor the words that are said.
package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/vntext"
)

// Store is what the abilities read, and the one way in which they write.
type Store interface {
	Chat(context.Context, sangkien.Address, sangkien.Sender) (sangkien.Chat, error)
	Idea(ctx context.Context, id int64) (sangkien.Idea, error)
	IdeasOf(ctx context.Context, member int64) ([]sangkien.Idea, error)
	Campaigns(context.Context) ([]sangkien.Campaign, error)
	Form(ctx context.Context, campaign int64, version int) (sangkien.Form, error)
	Units(context.Context) ([]sangkien.Unit, error)
	Invitation(ctx context.Context, token string, now time.Time) (sangkien.Invitation, error)
	Moves(ctx context.Context, idea int64) ([]sangkien.Move, error)
	Member(ctx context.Context, id int64) (sangkien.Member, error)
	Reach(ctx context.Context, member int64) (to sangkien.Address, ok bool, err error)
	Person(ctx context.Context, member int64) (sangkien.Person, error)
	Accounts(ctx context.Context, member int64) ([]sangkien.Account, error)
	LinkByCode(ctx context.Context, code string) (sangkien.Link, error)
	Link(ctx context.Context, id int64) (sangkien.Link, error)
	LinkTries(ctx context.Context, a sangkien.Account, since time.Time) (sangkien.LinkTries, error)
	OpenRequests(ctx context.Context, before time.Time) ([]sangkien.DataRequest, error)
	DataRequest(ctx context.Context, id int64) (sangkien.DataRequest, error)
	Letter(ctx context.Context, id int64) (sangkien.Letter, error)
	LettersOf(ctx context.Context, member int64) ([]sangkien.Letter, error)
	LetterTally(context.Context) ([]sangkien.Tally, error)
	WaitingLetters(ctx context.Context, scope sangkien.Scope, offset, limit int) ([]sangkien.Letter, error)
	Papers(ctx context.Context, words string, offset, limit int) ([]sangkien.Paper, error)
	Paper(ctx context.Context, id int64) (sangkien.Paper, error)
	Staff(context.Context) ([]sangkien.Member, error)
	Tally(context.Context) ([]sangkien.Tally, error)
	TallyIn(ctx context.Context, state sangkien.State) ([]sangkien.Tally, error)
	IdeasIn(ctx context.Context, scope sangkien.Scope, state sangkien.State, offset, limit int) ([]sangkien.Idea, error)
	Results(ctx context.Context, campaign int64) ([]sangkien.ResultCount, error)
	RecognisedIn(ctx context.Context, campaign int64, offset, limit int) ([]sangkien.Idea, error)
	Search(context.Context, sangkien.Query) (found []sangkien.Idea, more bool, err error)
	Alike(ctx context.Context, text string, most int) ([]sangkien.Idea, error)
	Years(context.Context) ([]int, error)
	FindCode(ctx context.Context, code string, member int64, scope sangkien.Scope) (idea int64, err error)
	Held(ctx context.Context, idea int64) (d sangkien.Decision, ok bool, err error)
	HeldIn(context.Context, sangkien.Scope) ([]sangkien.Decision, error)
	Sheet(ctx context.Context, id int64) (sangkien.Sheet, error)
	OpenSheet(ctx context.Context, member int64, kind string, about int64) (sangkien.Sheet, error)
	News(ctx context.Context, scope sangkien.Scope, now time.Time, offset, limit int) ([]sangkien.Bulletin, error)
	WaitingNews(context.Context) ([]sangkien.Bulletin, error)
	Bulletin(ctx context.Context, id int64) (sangkien.Bulletin, error)
	Broadcast(ctx context.Context, id int64) (sangkien.Broadcast, error)
	Broadcasts(ctx context.Context, offset, limit int) ([]sangkien.Broadcast, error)
	BroadcastReasons(ctx context.Context, broadcast int64) ([]sangkien.ReasonCount, error)
	Preview(ctx context.Context, b sangkien.Broadcast, now time.Time) (sangkien.Preview, error)
	Reminders(context.Context) ([]sangkien.Reminder, error)
	Ping(context.Context) error
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
}

// Sessions keeps where each chat stands. What it loses is rebuilt.
type Sessions interface {
	Load(context.Context, sangkien.Address) (sangkien.Session, error)
	Save(context.Context, sangkien.Address, sangkien.Session) error
	Delete(context.Context, sangkien.Address) error
}

// Config is what a Dispatcher is made of. Every field is needed but Links, Patience, Aloud, Wake and Logger.
type Config struct {
	Store       Store
	Sessions    Sessions
	Profile     sangkien.Form            // consents, name, unit
	Sheets      map[string]sangkien.Form // by Sheet.Kind
	Now         func() time.Time         // in the zone of the deployment: the year of a code depends on it
	NewID       func() int64             // unique, growing with time, its lowest 4 bits 0
	Pictures    Pictures
	PetitionURL string                                        // where petitions and complaints are taken
	Words       func(sangkien.Line, sangkien.Language) string // puts a line into words, for files
	NewToken    func() string                                 // a secret of 128 bits or more: [a-z2-7]{26}
	Approval    int                                           // above so many recipients a second person approves; 0: never
	Pace        map[string]float64                            // messages a second, by channel
	Report      Report                                        // makes a table of a broadcast's recipients
	NextTime    sangkien.NextTime                             // reads cron expressions
	Links       func(payload string) []string                 // that bring a payload into a chat; none when nil
	Patience    time.Duration                                 // how long a summary waits for similar ideas; 0: 250 ms
	Aloud       func(context.Context, []sangkien.Reply) error // says what cannot be kept, while the disk is full
	Wake        func()                                        // tells the outbox that something waits
	Logger      *slog.Logger
}

// Report writes what became of each recipient of a broadcast into a file of our own store.
type Report func(ctx context.Context, b sangkien.Broadcast) (sangkien.File, error)

// Dispatcher handles updates. It is safe for concurrent use; two updates of one chat at once cost a retry.
type Dispatcher struct {
	Config
	catalogue *catalogue
	mu        sync.Mutex
	failures  map[string]int // by update key, of updates that were tried in vain
	done      recent
}

// New returns a dispatcher.
func New(c Config) *Dispatcher {
	if c.Patience == 0 {
		c.Patience = 250 * time.Millisecond
	}
	if c.Wake == nil {
		c.Wake = func() {}
	}
	if c.Aloud == nil {
		c.Aloud = func(context.Context, []sangkien.Reply) error { return errors.New("nobody speaks") }
	}
	if c.Links == nil {
		c.Links = func(string) []string { return nil }
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Dispatcher{Config: c, catalogue: newCatalogue(c.Store, c.Now), failures: map[string]int{}}
}

// tries is how often a decision is made anew because the world changed under it.
const tries = 4

// maxFailures is how often an update may fail while the store answers, before it is put aside for an operator:
// one update of a thousand must not stop the others.
const maxFailures = 5

// Handle does all that follows from one update, once per key. nil means that it is committed. An error means
// that nothing was changed and the update must come again.
func (d *Dispatcher) Handle(ctx context.Context, u sangkien.Update) error {
	if d.done.has(u.Key) {
		return nil
	}
	u = clean(u)
	err := d.handle(ctx, u)
	if err == nil {
		d.forget(u.Key)
		d.done.add(u.Key)
		return nil
	}
	if ctx.Err() != nil || !d.givesUp(ctx, u.Key, err) {
		return fmt.Errorf("handle %s: %w", u.Key, err)
	}
	return d.quarantine(ctx, u, err)
}

func (d *Dispatcher) handle(ctx context.Context, u sangkien.Update) error {
	var err error
	for range tries {
		var c sangkien.Commit
		var reads bool
		if c, reads, err = d.decide(ctx, u); err != nil {
			return err
		}
		err = d.commit(ctx, c)
		if reads && sangkien.CodeOf(err) == sangkien.ENOSPACE {
			return d.aloud(ctx, c, err)
		}
		if sangkien.CodeOf(err) != sangkien.ECONFLICT {
			return err
		}
	}
	return err
}

// commit writes, then saves the session. A session that cannot be saved is behind the chat's revision, which
// shows at the next load: no reason to fail what is committed.
func (d *Dispatcher) commit(ctx context.Context, c sangkien.Commit) error {
	facts, err := d.Store.Commit(ctx, c)
	if err != nil {
		return err
	}
	if facts.Duplicate || c.Chat.Address == (sangkien.Address{}) {
		d.Wake() // an earlier delivery may have been cut off before it woke the outbox
		return nil
	}
	d.Wake()
	if erases(c) {
		d.forgetChats(ctx, c)
	}
	if leaves(c) {
		return nil
	}
	if err := d.Sessions.Save(ctx, c.Chat.Address, c.Next()); err != nil {
		d.Logger.DebugContext(ctx, "save session", "chat", c.Chat.Address.Channel, "error", err)
	}
	return nil
}

// forgetChats deletes the sessions of all chats of someone who was erased.
func (d *Dispatcher) forgetChats(ctx context.Context, c sangkien.Commit) {
	var chats []sangkien.Address
	if leaves(c) {
		chats = append(chats, c.Chat.Address)
	}
	for _, e := range c.Effects {
		if erased, ok := e.(sangkien.MemberErased); ok {
			chats = append(chats, erased.Chats...)
		}
	}
	for _, a := range chats {
		if err := d.Sessions.Delete(ctx, a); err != nil {
			d.Logger.WarnContext(ctx, "delete session", "chat", a.Channel, "error", err)
		}
	}
}

// leaves tells whether a commit takes away who wrote: then there is no chat to remember.
func leaves(c sangkien.Commit) bool {
	return slices.ContainsFunc(c.Effects, func(e sangkien.Effect) bool {
		erased, ok := e.(sangkien.MemberErased)
		return ok && erased.Member == c.Chat.Member.ID
	})
}

// erases tells whether a commit takes someone away.
func erases(c sangkien.Commit) bool {
	return slices.ContainsFunc(c.Effects, func(e sangkien.Effect) bool { _, ok := e.(sangkien.MemberErased); return ok })
}

// decide loads, and lets an ability decide. A panic is a defect of ours and becomes an error. reads tells that nothing
// changes but what is said.
func (d *Dispatcher) decide(ctx context.Context, u sangkien.Update) (c sangkien.Commit, reads bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &defect{cause: r}
			d.Logger.ErrorContext(ctx, "panic while deciding", "update", u.Key, "panic", fmt.Sprint(r))
		}
	}()
	t, err := d.load(ctx, u)
	if err != nil {
		return c, false, err
	}
	came := t.session
	out, err := t.dispatch()
	if err != nil {
		return c, false, err
	}
	if out, err = t.tell(out); err != nil {
		return c, false, err
	}
	c = t.commit(out)
	return c, onlyReads(c, came), nil
}

// defect is a panic, kept from ending the process.
type defect struct{ cause any }

func (e *defect) Error() string { return fmt.Sprintf("panic: %v", e.cause) }

// givesUp tells whether an update that failed will never succeed: it hit a defect, or failed again and again
// while the store answers.
func (d *Dispatcher) givesUp(ctx context.Context, key string, err error) bool {
	var bug *defect
	if errors.As(err, &bug) {
		return true
	}
	if d.Store.Ping(ctx) != nil {
		return false // what a store that is away fails says nothing of the update
	}
	if sangkien.CodeOf(err) == sangkien.ENOSPACE {
		return false // not the update's fault, and the little that putting it aside takes may just find room
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.failures) > 10_000 {
		clear(d.failures) // many fail, so it is not the updates: count anew
	}
	d.failures[key]++
	return d.failures[key] >= maxFailures
}

func (d *Dispatcher) forget(key string) {
	d.mu.Lock()
	delete(d.failures, key)
	d.mu.Unlock()
}

// quarantine puts an update aside and says so to the person, with a reference for the operator.
func (d *Dispatcher) quarantine(ctx context.Context, u sangkien.Update, cause error) error {
	raw, err := json.Marshal(u)
	if err != nil {
		raw = []byte(u.Key)
	}
	c := sangkien.Commit{Key: u.Key, At: d.Now(), Effects: []sangkien.Effect{u.Quarantine(string(raw), d.Now())}}
	if u.Address.Chat != "" && !u.Group {
		c.Replies = []sangkien.Reply{{To: u.Address, Language: sangkien.LanguageOf(u.From.Language),
			Lines: []sangkien.Line{sangkien.Say("error.internal", sangkien.With("ref", Reference(u.Key)))}}}
	}
	d.Logger.ErrorContext(ctx, "update put in quarantine", "update", u.Key, "ref", Reference(u.Key), "error", cause)
	if err := d.commit(ctx, c); err != nil {
		return fmt.Errorf("quarantine %s: %w", u.Key, err)
	}
	d.forget(u.Key)
	return nil
}

// Reference is what a person quotes when something went wrong: six characters that lead to the log line.
func Reference(key string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // a hash's Write never fails
	s := strconv.FormatUint(uint64(h.Sum32()), 36)
	return ("000000" + s)[len(s):]
}

// clean lets text in as vntext.Clean leaves it: the one edge for all channels.
func clean(u sangkien.Update) sangkien.Update {
	if u.Kind != sangkien.UpdatePoisoned {
		u.Text = vntext.Clean(u.Text)
	}
	u.From.Name = vntext.Clean(u.From.Name)
	files := make([]sangkien.File, len(u.Files))
	for i, f := range u.Files {
		f.Name, f.MIME = vntext.Clean(f.Name), vntext.Clean(f.MIME)
		files[i] = f
	}
	u.Files = files
	return u
}
