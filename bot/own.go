package bot

import (
	"context"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// soon is how far ahead a reply takes its moment. One that waits longer asks again: a moment that is taken and not used is
// lost, and where more wait than moments come none would be used.
const soon = 250 * time.Millisecond

// sameLimit is within what time two chats that are refused mean that it is the bot that is too fast.
const sameLimit = 2 * time.Second

// own is the pace of a process that sends alone.
type own struct {
	interval, ahead time.Duration // of one chat
	soon            time.Duration // how far ahead a reply may take its moment: one that is not there in time has wasted it

	mu        sync.Mutex
	global    *pace
	chats     map[sangkien.Address]time.Time // when each would be at its average pace again
	all       time.Time                      // when the platform takes anything again
	refused   sangkien.Address               // the chat that was last stopped,
	refusedAt time.Time                      // and when
	swept     time.Time
}

// NewPace returns the pace of a process that sends alone. It never fails.
func NewPace(r Rate) Pace { return newOwn(r) }

func newOwn(r Rate) *own {
	o := &own{global: newPace(r), soon: soon, chats: map[sangkien.Address]time.Time{}}
	o.interval, o.ahead = r.Each()
	return o
}

// Take takes the moment for one message.
func (o *own) Take(_ context.Context, class sangkien.ReplyClass, chat sangkien.Address) (wait time.Duration, taken bool, err error) {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sweep(now)
	if wait = max(o.all.Sub(now), o.chats[chat].Add(-o.ahead).Sub(now)); wait > 0 {
		return wait, false, nil
	}
	switch {
	case class != sangkien.ClassReply:
		wait = o.global.attempt(class, now)
		taken = wait == 0
	case o.global != nil && o.global.next().Sub(now) > o.soon:
		wait = o.global.next().Sub(now) - o.soon
	default:
		wait, taken = o.global.reserve(now), true
	}
	if at := now.Add(wait); taken && o.interval > 0 {
		o.chats[chat] = later(o.chats[chat], at).Add(o.interval)
	}
	return wait, taken, nil
}

// Free is how many bulk messages could be sent now.
func (o *own) Free(_ context.Context, most int) (int, time.Duration, error) {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	if held := o.all.Sub(now); held > 0 {
		return 0, held, nil
	}
	n, wait := o.global.free(now, most)
	return n, wait, nil
}

// Hold stops a chat, or the bot, until the platform takes more. Afterwards the chat is at its average pace.
func (o *own) Hold(_ context.Context, chat sangkien.Address, d time.Duration) error {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.chats[chat] = later(o.chats[chat], now.Add(d+o.ahead))
	if o.refused != chat && now.Sub(o.refusedAt) < sameLimit {
		o.all = later(o.all, now.Add(d))
	}
	o.refused, o.refusedAt = chat, now
	return nil
}

// begin changes the rate over all chats. Nothing is granted until one window after the moment last.
func (o *own) begin(perSecond float64, last time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.global = newPace(Rate{Global: perSecond}); o.global != nil {
		o.all = later(o.all, last.Add(o.global.window))
	}
}

// sweep forgets chats that are at their average pace, so that memory follows who talks now.
func (o *own) sweep(now time.Time) {
	if now.Sub(o.swept) < time.Minute {
		return
	}
	o.swept = now
	for a, t := range o.chats {
		if t.Before(now) {
			delete(o.chats, a)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
