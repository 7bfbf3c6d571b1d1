package bot

import (
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
	global *rate.Limiter

	mu      sync.Mutex
	chats   map[sangkien.Address]*rate.Limiter
	blocked map[sangkien.Address]time.Time // by 429 of one chat
	all     time.Time                      // by 429 of the bot
	swept   time.Time
}

func newLimiter(r Rate) *limiter {
	l := &limiter{rate: r, chats: map[sangkien.Address]*rate.Limiter{}, blocked: map[sangkien.Address]time.Time{}}
	l.global = rate.NewLimiter(rate.Inf, 0)
	if r.Global > 0 {
		l.global = rate.NewLimiter(rate.Limit(r.Global), max(1, int(r.Global)))
	}
	return l
}

// reserve takes one message's worth at now and returns how long it must wait until it may be sent.
func (l *limiter) reserve(a sangkien.Address, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	wait := max(l.global.ReserveN(now, 1).DelayFrom(now), l.all.Sub(now), l.blocked[a].Sub(now))
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

// hold stops a chat until the platform takes more. A wait as long as this is the whole bot's, not one chat's.
func (l *limiter) hold(a sangkien.Address, now time.Time, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blocked[a] = now.Add(d)
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
