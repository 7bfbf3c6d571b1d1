package bot

import (
	"context"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// hold is what this sender knows to have claimed. A claim whose answer was lost may have claimed more, which would wait
// until its lease has run out, and in a broadcast would be uncertain then.
type hold[K comparable] struct {
	mu      sync.Mutex
	held    map[K]struct{}
	doubted time.Time // when a claim failed last; zero: nothing is in doubt
	looked  time.Time
}

// lateClaim is how long after it failed a claim may still take effect: the server may be at it.
const (
	lateClaim = 10 * time.Second
	lookEvery = time.Second
)

func (h *hold[K]) add(k K) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held = map[K]struct{}{}
	}
	h.held[k] = struct{}{}
}

func (h *hold[K]) remove(k K) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.held, k)
}

func (h *hold[K]) has(k K) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.held[k]
	return ok
}

// doubt says that a claim failed, and nobody knows whether it took effect.
func (h *hold[K]) doubt() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.doubted, h.looked = time.Now(), time.Time{}
}

// clear gives back what was claimed and is not held, if there may be any. false: that failed, and nothing may be claimed.
func (h *hold[K]) clear(giveBack func() error) bool {
	h.mu.Lock()
	now := time.Now()
	look := !h.doubted.IsZero() && now.Sub(h.looked) >= lookEvery
	h.mu.Unlock()
	if !look {
		return true
	}
	if err := giveBack(); err != nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.looked = now; now.Sub(h.doubted) > lateClaim {
		h.doubted = time.Time{}
	}
	return true
}

// giveBack lets others, or this sender itself, claim what it holds without knowing.
func (o *Outbox) giveBack(ctx context.Context) error {
	leased, err := o.table.Leased(ctx, o.by)
	if err != nil {
		return err
	}
	var back []sangkien.DeliveryResult
	for _, id := range leased {
		if !o.hold.has(id) {
			back = append(back, sangkien.DeliveryResult{ID: id, State: sangkien.DeliveryLater, Due: time.Now(), Reason: "claimed without knowing"})
		}
	}
	if len(back) == 0 {
		return nil
	}
	_, err = o.table.Finish(ctx, o.by, back)
	return err
}

// giveBack is the same for recipients of broadcasts; nobody claims meanwhile.
func (b *bulk) giveBack(ctx context.Context) error {
	b.claims.Lock()
	defer b.claims.Unlock()
	leased, err := b.Table.LeasedRecipients(ctx, b.by)
	if err != nil {
		return err
	}
	var back []sangkien.RecipientResult
	for _, r := range leased {
		if !b.hold.has([2]int64{r.Broadcast, r.Member}) {
			back = append(back, sangkien.RecipientResult{Broadcast: r.Broadcast, Member: r.Member, State: sangkien.RecipientQueued, Due: b.now()})
		}
	}
	if len(back) == 0 {
		return nil
	}
	return b.Table.FinishRecipients(ctx, b.by, back, b.now())
}

// How long noting what was sent goes on.
const (
	noteWithin = 10 * time.Second // one try
	noteAfter  = 8 * time.Second  // tries, after the end was asked for
	notePause  = time.Second      // the longest pause between two
)

// insist notes what was sent, as often as it needs: what is not noted is sent again. A store that is away is waited for,
// and meanwhile nothing is said; for other reasons it fails for so long at most.
func (o *Outbox) insist(ctx context.Context, what string, count int, most time.Duration, note func(context.Context) error) {
	end, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(ctx, func() { Sleep(end, noteAfter); cancel() })()
	var failing time.Time
	for attempt := 0; ; attempt++ {
		once, done := context.WithTimeout(end, noteWithin)
		err := note(once)
		done()
		if err == nil {
			return
		}
		o.lost()
		if failing.IsZero() || sangkien.CodeOf(err) == sangkien.EUNAVAILABLE {
			failing = time.Now()
		}
		o.logger.Error(what, "count", count, "attempt", attempt, "error", err)
		if time.Since(failing) > most || !Sleep(end, min(backoff(attempt), notePause)) {
			return
		}
	}
}
