package bot

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	sangkien "github.com/sangkien/sangkien"
)

// Flood keeps one chat, or one account in many chats, from taking the time of all. What is too much is dropped, and
// that is said once, politely: who reads it knows what to send again. It stands before the handler, so that a flood
// costs no transaction.
type Flood struct {
	handle Handle
	limit  rate.Limit
	burst  int

	// Notice, when set, tells the sender, in the chat of the update; its error makes the platform deliver again.
	Notice func(context.Context, sangkien.Update) error
	// Spared, when set, is true for what is taken although there was too much else, such as the wish to stop. It has a
	// bucket of its own: it does not open the door to a flood.
	Spared func(sangkien.Update) bool
	// Dropped, when set, is told the channel of each update that is dropped. It must not block.
	Dropped func(channel string)

	mu      sync.Mutex
	now     func() time.Time
	buckets map[string]*floodBucket
	swept   time.Time
}

// Bounds of what Flood remembers: some 20 MB when it is full.
const (
	floodBuckets = 50_000
	floodKeys    = 32
	floodSweep   = time.Minute
)

type floodBucket struct {
	tokens *rate.Limiter
	used   time.Time
	told   bool
	keys   []string // of the last updates: one that is delivered again costs nothing
}

// NewFlood lets perMinute updates a minute of a chat, and of an account, through to handle, and burst at once. 0 lets
// everything through.
func NewFlood(perMinute, burst int, handle Handle) *Flood {
	return &Flood{handle: handle, limit: rate.Limit(float64(perMinute) / 60), burst: burst, now: time.Now, buckets: map[string]*floodBucket{},
		Notice:  func(context.Context, sangkien.Update) error { return nil },
		Spared:  func(sangkien.Update) bool { return false },
		Dropped: func(string) {}}
}

// Handle is a Handle.
func (f *Flood) Handle(ctx context.Context, u sangkien.Update) error {
	if f.limit == 0 {
		return f.handle(ctx, u)
	}
	pass, tell := f.admit(u)
	if !pass && f.Spared(u) && f.spare(u) {
		if tell {
			f.untold(u)
		}
		pass = true
	}
	if pass {
		return f.handle(ctx, u)
	}
	f.Dropped(u.Address.Channel)
	if !tell || u.Group {
		return nil
	}
	err := f.Notice(ctx, u)
	if err != nil {
		f.untold(u)
	}
	return err
}

// admit takes a token of the chat's and of the account's bucket. The first time that there is none, the sender is to
// be told.
func (f *Flood) admit(u sangkien.Update) (pass, tell bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.sweep(now)
	chat, account := f.bucket(chatKey(u), now), f.bucket("who:"+u.Address.Channel+":"+u.From.ID, now)
	if chat.seen(u.Key) {
		return true, false
	}
	if chat.tokens.TokensAt(now) >= 1 && account.tokens.TokensAt(now) >= 1 {
		chat.tokens.AllowN(now, 1)
		account.tokens.AllowN(now, 1)
		chat.note(u.Key)
		if chat.tokens.TokensAt(now) > float64(f.burst)/2 {
			chat.told = false
		}
		return true, false
	}
	tell, chat.told = !chat.told, true
	return false, tell
}

// spare takes a token of the bucket for what is spared.
func (f *Flood) spare(u sangkien.Update) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	return f.bucket("spared:"+u.Address.String(), now).tokens.AllowN(now, 1)
}

func chatKey(u sangkien.Update) string { return "chat:" + u.Address.String() }

// untold lets the notice be tried again.
func (f *Flood) untold(u sangkien.Update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if b := f.buckets[chatKey(u)]; b != nil {
		b.told = false
	}
}

func (f *Flood) bucket(key string, now time.Time) *floodBucket {
	b, ok := f.buckets[key]
	if !ok {
		if len(f.buckets) >= floodBuckets {
			for k := range f.buckets { // any: a crowd that large is no single flooder
				delete(f.buckets, k)
				break
			}
		}
		b = &floodBucket{tokens: rate.NewLimiter(f.limit, f.burst)}
		f.buckets[key] = b
	}
	b.used = now
	return b
}

// sweep forgets those who have been quiet for so long that their bucket is full.
func (f *Flood) sweep(now time.Time) {
	if now.Sub(f.swept) < floodSweep {
		return
	}
	f.swept = now
	full := time.Duration(float64(f.burst)/float64(f.limit)*float64(time.Second)) + floodSweep
	for key, b := range f.buckets {
		if now.Sub(b.used) > full {
			delete(f.buckets, key)
		}
	}
}

func (b *floodBucket) seen(key string) bool {
	for _, k := range b.keys {
		if k == key {
			return true
		}
	}
	return false
}

func (b *floodBucket) note(key string) {
	if len(b.keys) == floodKeys {
		b.keys = append(b.keys[:0], b.keys[1:]...)
	}
	b.keys = append(b.keys, key)
}
