package bot

import (
	"context"
	"math"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Rate is how fast a platform lets us send.
type Rate struct {
	Global float64 // messages a second over all chats; 0: no limit
	Chat   float64 // and to one chat; 0: no limit
	Burst  int     // that one chat forgives
}

// Window is the rate as it is kept: never more than most messages within so long. It is a little longer than a second.
func (r Rate) Window() (most int, within time.Duration) {
	n := min(max(1, math.Floor(r.Global)), mostTaken)
	return int(n), time.Duration(n / r.Global * slack * float64(time.Second))
}

// Each is how often one chat may be written to on average, and how far it may run ahead of that.
func (r Rate) Each() (interval, ahead time.Duration) {
	if r.Chat <= 0 {
		return 0, 0
	}
	interval = time.Duration(float64(time.Second) / r.Chat)
	return interval, time.Duration(max(1, r.Burst)-1) * interval
}

// Pace keeps a platform's limits: over all chats of our bot, to each of them, and what the platform said when it was too
// much. Replies overtake notices, and these bulk. It speaks in durations, because the clocks of replicas differ.
type Pace interface {
	// Take takes the moment for one message. A reply's is the next that is free, after wait; others' is now, or taken is
	// false, as it is when the chat or the bot may not be written to yet: then ask again after wait.
	Take(ctx context.Context, class sangkien.ReplyClass, chat sangkien.Address) (wait time.Duration, taken bool, err error)
	// Free is how many bulk messages could be sent now, at most most, and, when that is none, how long to wait.
	Free(ctx context.Context, most int) (n int, wait time.Duration, err error)
	// Hold stops a chat until the platform takes more. The platform does not say whether it means the chat or the bot:
	// when it refuses another chat soon after the first, it is the bot.
	Hold(ctx context.Context, chat sangkien.Address, d time.Duration) error
}

// await waits for the moment of a message. It returns false, with the rest of the wait, when that is longer than most or
// ctx ends.
func await(ctx context.Context, p Pace, class sangkien.ReplyClass, chat sangkien.Address, most time.Duration) (time.Duration, bool) {
	for until := time.Now().Add(most); ; {
		wait, taken, err := p.Take(ctx, class, chat)
		switch {
		case err != nil:
			return time.Second, false
		case taken:
			return wait, wait <= most && Sleep(ctx, wait)
		case time.Now().Add(wait).After(until) || !Sleep(ctx, wait):
			return wait, false
		}
	}
}
