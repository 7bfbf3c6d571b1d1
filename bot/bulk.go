package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Broadcasts is the table of what goes to many; storage is one.
type Broadcasts interface {
	BroadcastsIn(context.Context, sangkien.BroadcastState) ([]sangkien.Broadcast, error)
	Commit(context.Context, sangkien.Commit) (sangkien.Facts, error)
	Expand(ctx context.Context, broadcast int64, now time.Time) error
	Sweep(ctx context.Context, now time.Time) (more bool, err error)
	ClaimRecipients(ctx context.Context, by string, b sangkien.Broadcast, channel string, limit int, now time.Time, lease time.Duration, day int64, perDay int) ([]sangkien.Recipient, error)
	LeasedRecipients(ctx context.Context, by string) ([]sangkien.Recipient, error)
	FinishRecipients(ctx context.Context, by string, results []sangkien.RecipientResult, now time.Time) error
}

// Bulk is how an Outbox sends broadcasts. Every replica may send them: the table says who sends to whom.
type Bulk struct {
	Table   Broadcasts
	Zone    *time.Location // of the deployment: its nights and days
	Quiet   sangkien.QuietHours
	PerDay  int     // bulk messages to one member a day; 0: no limit
	Uploads Uploads // of pictures; nil: each is uploaded anew
	// TraceBulk is for recipients what Outbox.Trace is for deliveries; nil: nobody is told.
	TraceBulk func(ctx context.Context, b sangkien.Broadcast, channel string) (context.Context, func(sangkien.RecipientResult))
}

const (
	planEvery     = 500 * time.Millisecond // looking at which broadcasts run: pausing is effective by the claim itself
	bulkParallel  = 64                     // sends at once on one channel
	fewRecipients = 8                      // below which it is worth to wait for more
	claimEvery    = 30 * time.Millisecond  // at most so often, so that claims share transactions
	bulkLease     = lease                  // longer than a send with its waits
	patience      = 8                      // attempts, below which no recipient is given up
)

// bulk is the part of the outbox that sends broadcasts.
type bulk struct {
	Bulk
	*Outbox
	running atomic.Pointer[[]sangkien.Broadcast]
	changed chan struct{} // what runs has changed
	results chan ended
	hold    hold[[2]int64] // by broadcast and member
	claims  sync.RWMutex   // held for writing, nobody claims
}

// ended is how a send ended. Its slot is free once that is noted: what is sent and not noted is sent again after a
// crash, and must not be more than what is under way.
type ended struct {
	result sangkien.RecipientResult
	slots  chan struct{}
}

// RunBulk sends broadcasts until ctx ends, then lets the sends that were begun end and notes them. It runs beside Run.
func (o *Outbox) RunBulk(ctx context.Context, config Bulk) {
	b := &bulk{Bulk: config, Outbox: o, changed: make(chan struct{}, len(o.channels)), results: make(chan ended, bulkParallel)}
	b.running.Store(&[]sangkien.Broadcast{})
	if config.Uploads != nil {
		b.uploads = newUploader(config.Uploads)
	}
	defer o.live(ctx)()
	var senders, noter sync.WaitGroup
	noter.Go(func() { b.note(ctx) })
	senders.Go(func() { b.plan(ctx) })
	for name := range o.channels {
		senders.Go(func() { b.serve(ctx, name) })
	}
	senders.Wait()
	close(b.results)
	noter.Wait()
}

// now is the time in the deployment's zone.
func (b *bulk) now() time.Time { return time.Now().In(b.Zone) }

// serve sends on one channel until ctx ends, then waits for what it began.
func (b *bulk) serve(ctx context.Context, channel string) {
	l := &line{bulk: b, channel: channel, slots: make(chan struct{}, bulkParallel)}
	defer l.sends.Wait()
	for ctx.Err() == nil {
		if wait := l.round(ctx); wait > 0 {
			l.rest(ctx, wait)
		}
	}
}

// line is the sending on one channel.
type line struct {
	*bulk
	channel string
	slots   chan struct{}
	sends   sync.WaitGroup
	turn    int // which broadcast is next
	trouble trouble
}

// rest waits, or until what runs has changed.
func (l *line) rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-l.changed:
		Sleep(ctx, min(d, claimEvery))
	case <-timer.C:
	}
}

// round claims as much as may be sent now and begins to send it. It returns how long to wait before the next.
func (l *line) round(ctx context.Context) time.Duration {
	running := *l.running.Load()
	now := l.now()
	if wait := max(l.Quiet.Wait(now), l.trouble.wait(now)); wait > 0 || len(running) == 0 {
		return max(min(wait, time.Minute), planEvery)
	}
	slots := cap(l.slots) - len(l.slots)
	if slots == 0 {
		return gather
	}
	if !l.alive() || !l.hold.clear(func() error { return l.giveBack(ctx) }) {
		return idlePoll
	}
	n, wait, err := l.paces[l.channel].Free(ctx, slots)
	if n == 0 || err != nil {
		return max(wait, time.Millisecond)
	}
	sent := 0
	for range running {
		x := running[l.turn%len(running)]
		l.turn++
		claimed, err := l.claim(ctx, x, n-sent, now)
		if err != nil {
			if ctx.Err() == nil {
				l.logger.ErrorContext(ctx, "claim recipients", "broadcast", x.ID, "error", err)
			}
			return time.Second
		}
		for _, r := range claimed {
			l.slots <- struct{}{}
			l.sends.Go(func() {
				ctx, end := l.traced(ctx, x)
				result := l.guarded(ctx, x, r)
				end(result)
				l.results <- ended{result, l.slots}
			})
		}
		if sent += len(claimed); sent >= n {
			break
		}
	}
	switch {
	case sent == 0:
		return planEvery // all are sent or under way, or are being written down
	case n < fewRecipients:
		return claimEvery
	}
	return 0
}

func (l *line) traced(ctx context.Context, x sangkien.Broadcast) (context.Context, func(sangkien.RecipientResult)) {
	if l.TraceBulk == nil {
		return ctx, func(sangkien.RecipientResult) {}
	}
	return l.TraceBulk(ctx, x, l.channel)
}

// claim claims recipients. What is claimed is held before anyone looks at what is not.
func (l *line) claim(ctx context.Context, x sangkien.Broadcast, n int, now time.Time) ([]sangkien.Recipient, error) {
	l.claims.RLock()
	defer l.claims.RUnlock()
	claimed, err := l.Table.ClaimRecipients(ctx, l.by, x, l.channel, n, now, bulkLease, sangkien.DayOf(now), l.PerDay)
	for _, r := range claimed {
		l.hold.add([2]int64{r.Broadcast, r.Member})
	}
	if err != nil {
		l.hold.doubt()
	}
	return claimed, err
}

// guarded is deliver for a message that may hold what nobody thought of.
func (l *line) guarded(ctx context.Context, x sangkien.Broadcast, r sangkien.Recipient) (result sangkien.RecipientResult) {
	defer func() {
		if p := recover(); p != nil {
			l.logger.ErrorContext(ctx, "panic while a broadcast is sent", "channel", l.channel, "broadcast", x.ID, "panic", fmt.Sprint(p))
			result = sangkien.RecipientResult{Broadcast: r.Broadcast, Member: r.Member, State: sangkien.RecipientFailed, Reason: sangkien.FailedRefused}
		}
	}()
	return l.deliver(ctx, x, r)
}

// deliver sends a broadcast to one recipient and says how that ended.
func (l *line) deliver(ctx context.Context, x sangkien.Broadcast, r sangkien.Recipient) sangkien.RecipientResult {
	result := sangkien.RecipientResult{Broadcast: r.Broadcast, Member: r.Member, State: sangkien.RecipientSent}
	channel := l.channels[l.channel]
	for i, p := range l.parts(fmt.Sprintf("b%d.%d", r.Broadcast, r.Member), x.Message(r), channel) {
		if wait, ok := l.moment(ctx, l.channel, sangkien.ClassBulk, r.To); !ok {
			return l.unsent(x, result, i, l.now().Add(wait))
		}
		id, err := p(context.WithoutCancel(ctx), r.To)
		var se *SendError
		if errors.As(err, &se) && se.Kind == SendMoved && se.MovedTo != "" {
			r.To.Chat, result.MovedTo = se.MovedTo, se.MovedTo
			id, err = p(context.WithoutCancel(ctx), r.To)
		}
		if err != nil {
			return l.failed(ctx, x, r, result, i, err)
		}
		result.MessageID = id
	}
	result.Counted = l.channels[l.channel].Limits().Counted
	l.trouble.over()
	l.Observe(l.channel, "bulk_sent", 0)
	return result
}

// unsent is a recipient that is queued again; one that has a part of the message already is in doubt: with the second
// part the first would come twice.
func (l *line) unsent(x sangkien.Broadcast, r sangkien.RecipientResult, parts int, due time.Time) sangkien.RecipientResult {
	if parts > 0 {
		return inDoubt(x, r)
	}
	r.State, r.Due = sangkien.RecipientQueued, due
	return r
}

func inDoubt(x sangkien.Broadcast, r sangkien.RecipientResult) sangkien.RecipientResult {
	r.State, r.Doubt = x.Doubt(), true
	if r.State == sangkien.RecipientUncertain {
		r.Reason = sangkien.DoubtNoAnswer
	}
	return r
}

// failed says what a failed send means for the recipient, and for the others of the channel.
func (l *line) failed(ctx context.Context, x sangkien.Broadcast, to sangkien.Recipient, r sangkien.RecipientResult, parts int, err error) sangkien.RecipientResult {
	var se *SendError
	if !errors.As(err, &se) {
		se = &SendError{Kind: SendRetry, Err: err}
	}
	now := l.now()
	l.Observe(l.channel, "bulk_"+se.Kind.String(), 0)
	switch se.Kind {
	case SendUnreachable:
		r.State, r.Reason = sangkien.RecipientBlocked, sangkien.BlockedByPerson
		return r
	case SendRefused, SendMoved:
		l.logger.WarnContext(ctx, "broadcast refused", "channel", l.channel, "broadcast", x.ID, "error", se)
		r.State, r.Reason = sangkien.RecipientFailed, sangkien.FailedRefused
		return r
	case SendLimited:
		_ = l.paces[l.channel].Hold(ctx, to.To, se.After) // it fails when ctx ends: then we send no more
		return l.unsent(x, r, parts, now.Add(se.After))
	case SendBarred:
		return l.barred(x, r, parts, se)
	case SendUnknown:
		l.trouble.more(now, false)
		return inDoubt(x, r)
	}
	l.trouble.more(now, se.Kind == SendFatal)
	if to.Attempts+1 >= patience && now.Sub(x.Started) > giveUp {
		r.State, r.Reason = sangkien.RecipientFailed, sangkien.FailedGaveUp
		return r
	}
	return l.unsent(x, r, parts, now.Add(backoff(to.Attempts)))
}

// barred is a recipient whom the platform does not let us write to now: at night it waits for the morning, beyond a
// window or a quota the message is not for them any more.
func (l *line) barred(x sangkien.Broadcast, r sangkien.RecipientResult, parts int, se *SendError) sangkien.RecipientResult {
	if se.Barred == sangkien.BarredNight && !se.Until.IsZero() {
		return l.unsent(x, r, parts, se.Until)
	}
	r.State, r.Reason = sangkien.RecipientSkipped, string(se.Barred)
	return r
}

// note writes results down, those that are ready together at once. What was sent must be noted: what cannot be is
// uncertain when the leases have run out.
func (b *bulk) note(ctx context.Context) {
	for first := range b.results {
		Sleep(context.Background(), gather)
		all := []ended{first}
		for more := true; more && len(all) < 4*bulkParallel; {
			select {
			case r, ok := <-b.results:
				if more = ok; ok {
					all = append(all, r)
				}
			default:
				more = false
			}
		}
		// Two replicas lock rows in one order.
		slices.SortFunc(all, func(x, y ended) int {
			return cmp.Or(cmp.Compare(x.result.Broadcast, y.result.Broadcast), cmp.Compare(x.result.Member, y.result.Member))
		})
		var batch []sangkien.RecipientResult
		for _, e := range all {
			batch = append(batch, e.result)
		}
		b.insist(ctx, "note recipients", len(batch), bulkLease/2, func(ctx context.Context) error {
			return b.Table.FinishRecipients(ctx, b.by, batch, b.now())
		})
		for _, e := range all {
			b.hold.remove([2]int64{e.result.Broadcast, e.result.Member})
			<-e.slots
		}
	}
}

// trouble slows a channel down on which one send after the other fails: an outage is not counted against each
// recipient in turn.
type trouble struct {
	mu    sync.Mutex
	count int
	until time.Time
}

// manyFailures is how many sends in a row are more than bad luck.
const manyFailures = 5

func (t *trouble) more(now time.Time, fatal bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count++; fatal {
		t.until = now.Add(time.Minute)
	} else if t.count >= manyFailures && !t.until.After(now) {
		t.until = now.Add(min(backoff(t.count/manyFailures), time.Minute))
	}
}

func (t *trouble) over() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count = 0
}

func (t *trouble) wait(now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.until.Sub(now)
}
