package bot

import (
	"context"
	"sync"
	"time"
)

const (
	beatEvery = time.Second // sign of life, without which others take over what was claimed
	// aliveFor is how long a sign of life holds: shorter than what others wait for the next. A sender without one neither
	// claims nor sends, or what another took over would be said twice.
	aliveFor = 3 * time.Second
	// deadAfter is how long others are silent before what they claimed is taken over.
	deadAfter = 4 * time.Second
	// unknown is how long others are silent for who has just begun and cannot know whether they could speak.
	unknown = time.Hour
)

// life is a sender's signs of life.
type life struct {
	mu    sync.Mutex
	users int       // loops that have something claimed, or may
	end   func()    // ends the signs
	last  time.Time // when the last sign that was written began, if it still counts

	before time.Time     // when the last sign that was written began
	gap    time.Duration // the longest that lately was between two of ours
	recent time.Time     // until then it is lately
}

// silence is how long another must be silent to be dead. Where our own signs could not be written, neither could others':
// they are given as long as that, until everyone alive has had the time to give one.
func (l *life) silence(now time.Time) time.Duration {
	gap := unknown
	if !l.before.IsZero() {
		gap = now.Sub(l.before)
	}
	if now.After(l.recent) {
		l.gap = 0
	}
	if gap > 2*beatEvery && gap >= l.gap {
		l.gap, l.recent = gap, now.Add(deadAfter)
	}
	return deadAfter + l.gap
}

// lost says that the store did not take what it must: until the next sign of life is written, nothing is said.
func (o *Outbox) lost() {
	o.life.mu.Lock()
	defer o.life.mu.Unlock()
	o.life.last = time.Time{}
}

// alive tells whether nobody takes over what this sender claimed.
func (o *Outbox) alive() bool {
	o.life.mu.Lock()
	defer o.life.mu.Unlock()
	return time.Since(o.life.last) < aliveFor
}

// live gives signs of life until each that called it has called what it returns: also while ctx has ended and what was
// begun is finished.
func (o *Outbox) live(ctx context.Context) (end func()) {
	o.life.mu.Lock()
	defer o.life.mu.Unlock()
	if o.life.users++; o.life.users == 1 {
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		var beats sync.WaitGroup
		beats.Go(func() { o.beat(ctx) })
		o.life.end = func() { cancel(); beats.Wait() }
	}
	return func() {
		o.life.mu.Lock()
		end := o.life.end
		o.life.users--
		last := o.life.users == 0
		o.life.mu.Unlock()
		if last {
			end()
		}
	}
}

func (o *Outbox) beat(ctx context.Context) {
	for more := true; more; more = Sleep(ctx, beatEvery) {
		begun := time.Now()
		o.life.mu.Lock()
		silence := o.life.silence(begun)
		o.life.mu.Unlock()
		if err := o.table.Beat(ctx, o.by, begun, silence); err != nil {
			if ctx.Err() == nil {
				o.logger.Error("give a sign of life", "error", err)
			}
			continue
		}
		o.life.mu.Lock()
		o.life.last, o.life.before = begun, begun
		o.life.mu.Unlock()
		o.Wake() // perhaps nothing was claimed for lack of it
	}
}
