package bot

import (
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// pace is the platform's limit over all chats: never more than so many messages in any window of time, and no fewer
// when there is enough to say. Replies take the next moments that are free, also ahead of time; notices and bulk take
// only what is free now, and bulk only while no notice waits: so each overtakes the one after it. Its owner locks.
type pace struct {
	taken   []time.Time // the last moments, in a circle
	oldest  int
	window  time.Duration // in which there are never more than len(taken)
	spacing time.Duration // that notices and bulk keep on average, so that a reply finds a moment soon
	calm    time.Time     // when they may take their next moment
	notice  time.Time     // when a notice last asked in vain
}

const (
	// slack is by how much the window is longer than asked for: so much may messages bunch up on their way.
	slack = 1.009
	// catchUp is for how long back they may make up for moments that they slept through.
	catchUp = 100 * time.Millisecond
	// noticeWaits is how long a notice that asked in vain keeps bulk back; it asks again sooner.
	noticeWaits = 50 * time.Millisecond
	mostTaken   = 1000
)

// newPace returns the pace of a rate over all chats; nil, which never waits, when it has no limit.
func newPace(r Rate) *pace {
	if r.Global <= 0 {
		return nil
	}
	most, window := r.Window()
	return &pace{taken: make([]time.Time, most), window: window, spacing: window / time.Duration(most)}
}

// next is when the next message may be sent.
func (p *pace) next() time.Time {
	if t := p.taken[p.oldest]; !t.IsZero() {
		return t.Add(p.window)
	}
	return time.Time{}
}

func (p *pace) take(at time.Time) {
	p.taken[p.oldest] = at
	p.oldest = (p.oldest + 1) % len(p.taken)
}

// reserve takes the next moment at or after now, and returns how long it is until then.
func (p *pace) reserve(now time.Time) time.Duration {
	if p == nil {
		return 0
	}
	at := now
	if next := p.next(); next.After(at) {
		at = next
	}
	p.take(at)
	return at.Sub(now)
}

// attempt takes the moment now for a message of a class that waits for others. If it is not free it returns how long
// to wait before asking again.
func (p *pace) attempt(class sangkien.ReplyClass, now time.Time) time.Duration {
	if p == nil {
		return 0
	}
	wait := p.next().Sub(now)
	if class == sangkien.ClassNotice {
		if wait > 0 {
			p.notice = now
			return min(wait, noticeWaits/2)
		}
		if wait = p.calm.Sub(now); wait > 0 {
			return wait // no burst, but its turn comes before bulk's
		}
		p.notice = time.Time{}
		p.takeCalmly(now)
		return 0
	}
	if since := now.Sub(p.notice); since < noticeWaits {
		wait = max(wait, noticeWaits-since)
	}
	if wait = max(wait, p.calm.Sub(now)); wait > 0 {
		return wait
	}
	p.takeCalmly(now)
	return 0
}

// takeCalmly takes the moment now for a message that can wait, and spaces the next of them.
func (p *pace) takeCalmly(now time.Time) {
	p.take(now)
	if p.calm = p.calm.Add(p.spacing); now.Sub(p.calm) > catchUp {
		p.calm = now.Add(-catchUp)
	}
}

// free is how many bulk messages could be sent at once now, at most most, and, when that is none, how long to wait.
func (p *pace) free(now time.Time, most int) (int, time.Duration) {
	if p == nil {
		return most, 0
	}
	if since := now.Sub(p.notice); since < noticeWaits {
		return 0, noticeWaits - since
	}
	due := p.calm
	if now.Sub(due) > catchUp {
		due = now.Add(-catchUp)
	}
	n := 0
	for n < min(most, len(p.taken)) {
		t := p.taken[(p.oldest+n)%len(p.taken)]
		if !t.IsZero() && t.Add(p.window).After(now) || due.After(now) {
			break
		}
		n++
		due = due.Add(p.spacing)
	}
	if n > 0 {
		return n, 0
	}
	return 0, max(p.next().Sub(now), p.calm.Sub(now), time.Millisecond)
}
