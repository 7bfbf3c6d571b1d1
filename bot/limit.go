package bot

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	sangkien "github.com/sangkien/sangkien"
)

// Rate is how fast a platform lets us send.
type Rate struct {
	Global float64 // messages a second over all chats; 0: no limit
	Chat   float64 // and to one chat; 0: no limit
	Burst  int     // that one chat forgives
}

// limiter keeps the platform's pace in this process: a bucket over all chats and one for each chat.
type limiter struct {
	rate   Rate
	global *pace

	mu        sync.Mutex
	chats     map[sangkien.Address]*rate.Limiter
	blocked   map[sangkien.Address]time.Time // by 429 of one chat
	all       time.Time                      // by 429 of the bot
	refused   sangkien.Address               // the chat that was last stopped,
	refusedAt time.Time                      // and when
	swept     time.Time
}

func newLimiter(r Rate) *limiter {
	l := &limiter{rate: r, chats: map[sangkien.Address]*rate.Limiter{}, blocked: map[sangkien.Address]time.Time{}}
	l.global = newPace(r.Global)
	return l
}

// reserve takes one message's worth at now and returns how long it must wait until it may be sent.
func (l *limiter) reserve(a sangkien.Address, now time.Time) time.Duration {
	return max(l.global.reserve(now), l.chat(a, now))
}

// await waits for the moment of a message: a reply's is the next that is free, the others' is one that nobody more
// urgent wants. It returns false, with the rest of the wait, when that is longer than most or ctx ends.
func (l *limiter) await(ctx context.Context, class sangkien.ReplyClass, a sangkien.Address, most time.Duration) (time.Duration, bool) {
	now := time.Now()
	if class == sangkien.ClassReply {
		wait := l.reserve(a, now)
		return wait, wait <= most && sleep(ctx, wait)
	}
	if wait := l.chat(a, now); wait > most || !sleep(ctx, wait) {
		return wait, false
	}
	for until := time.Now().Add(most); ; {
		now := time.Now()
		wait := max(l.held(now), 0)
		if wait == 0 {
			wait = l.global.attempt(class, now)
		}
		if wait == 0 {
			return 0, true
		}
		if now.Add(wait).After(until) || !sleep(ctx, wait) {
			return wait, false
		}
	}
}

// free is how many bulk messages could be sent now, at most most, and, when that is none, how long to wait.
func (l *limiter) free(now time.Time, most int) (int, time.Duration) {
	if held := l.held(now); held > 0 {
		return 0, held
	}
	return l.global.free(now, most)
}

// held is how long the platform takes nothing from us.
func (l *limiter) held(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Sub(now)
}

// chat takes one message's worth of a chat and returns how long it must wait.
func (l *limiter) chat(a sangkien.Address, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	wait := max(0, l.all.Sub(now), l.blocked[a].Sub(now))
	if l.rate.Chat > 0 {
		c, ok := l.chats[a]
		if !ok {
			c = rate.NewLimiter(rate.Limit(l.rate.Chat), max(1, l.rate.Burst))
			l.chats[a] = c
		}
		wait = max(wait, c.ReserveN(now, 1).DelayFrom(now))
	}
	return wait
}

// sameLimit is within what time two chats that are refused mean that it is the bot that is too fast.
const sameLimit = 2 * time.Second

// hold stops a chat until the platform takes more. The platform does not say whether it means the chat or the bot:
// when it refuses another chat soon after the first, it is the bot.
func (l *limiter) hold(a sangkien.Address, now time.Time, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blocked[a] = now.Add(d)
	if l.refused != a && now.Sub(l.refusedAt) < sameLimit {
		if until := now.Add(d); until.After(l.all) {
			l.all = until
		}
	}
	l.refused, l.refusedAt = a, now
}

// sweep forgets chats whose bucket is full again, so that memory follows who talks now.
func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	for a, c := range l.chats {
		if c.TokensAt(now) >= float64(c.Burst()) {
			delete(l.chats, a)
		}
	}
	for a, until := range l.blocked {
		if now.After(until) {
			delete(l.blocked, a)
		}
	}
}
