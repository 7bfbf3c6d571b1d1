package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/locale"
)

// Deliveries is the table of what waits to be sent; storage is one.
type Deliveries interface {
	Claim(ctx context.Context, by string, channels []string, limit int, now time.Time, lease time.Duration) ([]sangkien.Delivery, error)
	Finish(ctx context.Context, by string, results []sangkien.DeliveryResult) (more bool, err error)
	Beat(ctx context.Context, by string, now time.Time, silence time.Duration) error
	Leased(ctx context.Context, by string) ([]int64, error)
}

// How the outbox works. Nothing here is promised to anyone outside.
const (
	lease       = 4 * time.Minute        // longer than any send with its waits
	longestWait = 20 * time.Second       // for the platform's pace, while a row is leased
	idlePoll    = 250 * time.Millisecond // rows that become due, or that another process wrote
	parallel    = 64                     // sends at once
	gather      = 2 * time.Millisecond   // waited for more, so that claims and notes share transactions
	giveUp      = 24 * time.Hour         // after which nobody waits for an answer any more
)

// Outbox speaks to people: the only thing in the program that does. It claims what was committed, says it
// through its channel and notes how that ended.
type Outbox struct {
	by       string // this sender, unique among processes
	table    Deliveries
	channels map[string]Channel
	paces    map[string]Pace
	files    Opener
	uploads  *uploader // nil: none is remembered
	say      *locale.Speaker
	logger   *slog.Logger
	wake     chan struct{}
	results  chan sangkien.DeliveryResult
	life     life
	hold     hold[int64] // by id
	full     atomic.Bool // every sender is at work: more may wait

	// Observe, when set, is told of each attempt: its channel, how it ended ("sent", "limited", …) and how
	// long after the commit. It must not block.
	Observe func(channel, outcome string, after time.Duration)
	// Trace, when set, is told of each attempt before it begins, and what it returns, how that ended. The attempt is made
	// with the context that it returns. It must not block.
	Trace func(context.Context, sangkien.Delivery) (context.Context, func(sangkien.DeliveryResult))
}

// NewOutbox returns the outbox of the sender called by. paces has those of channels that have one; files is where
// the files of replies are.
func NewOutbox(by string, table Deliveries, channels []Channel, paces map[string]Pace, files Opener, say *locale.Speaker, logger *slog.Logger) *Outbox {
	o := &Outbox{by: by, table: table, channels: map[string]Channel{}, paces: map[string]Pace{}, files: files, say: say, logger: logger,
		wake: make(chan struct{}, 1), results: make(chan sangkien.DeliveryResult, parallel),
		Observe: func(string, string, time.Duration) {}, Trace: untraced}
	for _, c := range channels {
		o.channels[c.Name()] = c
		if o.paces[c.Name()] = paces[c.Name()]; o.paces[c.Name()] == nil {
			o.paces[c.Name()] = NewPace(Rate{})
		}
	}
	return o
}

func untraced(ctx context.Context, _ sangkien.Delivery) (context.Context, func(sangkien.DeliveryResult)) {
	return ctx, func(sangkien.DeliveryResult) {}
}

// Wake says that something was committed. It never blocks.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, then lets the sends that were begun end and notes them.
func (o *Outbox) Run(ctx context.Context) {
	var senders, noter sync.WaitGroup
	noter.Go(func() { o.note(ctx) })
	defer o.live(ctx)()
	slots := make(chan struct{}, parallel)
	for ctx.Err() == nil {
		claimed := time.Now()
		o.send(ctx, slots, &senders)
		o.rest(ctx)
		Sleep(ctx, gather-time.Since(claimed))
	}
	senders.Wait()
	close(o.results)
	noter.Wait()
}

// send claims as much as there are free senders and starts them.
func (o *Outbox) send(ctx context.Context, slots chan struct{}, senders *sync.WaitGroup) {
	free := cap(slots) - len(slots)
	o.full.Store(free == 0)
	if free == 0 || !o.alive() || !o.hold.clear(func() error { return o.giveBack(ctx) }) {
		return
	}
	names := make([]string, 0, len(o.channels))
	for name := range o.channels {
		names = append(names, name)
	}
	slices.Sort(names)
	claimed, err := o.table.Claim(ctx, o.by, names, free, time.Now(), lease)
	for _, d := range claimed {
		o.hold.add(d.ID)
	}
	if err != nil {
		o.hold.doubt()
		if ctx.Err() == nil {
			o.logger.ErrorContext(ctx, "claim deliveries", "error", err)
		}
		return
	}
	o.full.Store(len(claimed) == free)
	for _, d := range claimed {
		slots <- struct{}{}
		senders.Go(func() {
			ctx, end := o.Trace(ctx, d)
			result := o.guarded(ctx, d)
			end(result)
			<-slots
			o.results <- result
		})
	}
}

// rest waits until something is committed, a send has ended, or a while has passed.
func (o *Outbox) rest(ctx context.Context) {
	timer := time.NewTimer(idlePoll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-o.wake:
	case <-timer.C:
	}
}

// note writes results down, those that are ready together at once. It outlives Run's context: what was sent
// must be noted, or it is sent again.
func (o *Outbox) note(ctx context.Context) {
	for first := range o.results {
		Sleep(context.Background(), gather)
		batch := []sangkien.DeliveryResult{first}
		for more := true; more && len(batch) < parallel; {
			select {
			case r, ok := <-o.results:
				if more = ok; ok {
					batch = append(batch, r)
				}
			default:
				more = false
			}
		}
		// What cannot be noted is sent again when the leases have run out: better twice than never.
		more := true
		o.insist(ctx, "note deliveries", len(batch), lease, func(ctx context.Context) (err error) {
			more, err = o.table.Finish(ctx, o.by, batch)
			return err
		})
		for _, r := range batch {
			o.hold.remove(r.ID)
		}
		if more || o.full.Load() {
			o.Wake()
		}
	}
}

// guarded is deliver for a message that may hold what nobody thought of: the others are said, also after the next start.
func (o *Outbox) guarded(ctx context.Context, d sangkien.Delivery) (result sangkien.DeliveryResult) {
	defer func() {
		if r := recover(); r != nil {
			o.logger.ErrorContext(ctx, "panic while a message is sent", "channel", d.Reply.To.Channel, "delivery", d.ID, "panic", fmt.Sprint(r))
			result = sangkien.DeliveryResult{ID: d.ID, Parts: d.Parts, State: sangkien.DeliveryFailed, Reason: "panic"}
		}
	}()
	return o.deliver(ctx, d)
}

// deliver sends one reply, in as many messages as its channel needs, and says how it ended.
func (o *Outbox) deliver(ctx context.Context, d sangkien.Delivery) sangkien.DeliveryResult {
	result := sangkien.DeliveryResult{ID: d.ID, Parts: d.Parts, State: sangkien.DeliverySent}
	channel := o.channels[d.Reply.To.Channel]
	parts := o.parts(fmt.Sprintf("o%d", d.ID), d.Reply, channel)
	if d.Reply.Revises {
		parts = o.revision(d, channel)
	}
	for _, p := range parts[min(d.Parts, len(parts)):] {
		wait, ok := o.moment(ctx, channel.Name(), d.Reply.Class, d.Reply.To)
		if !ok {
			return o.later(result, time.Now().Add(wait), "waiting for the platform's pace")
		}
		id, err := sendTo(context.WithoutCancel(ctx), p, d.Reply.To)
		if err != nil {
			return o.failed(ctx, d, result, err)
		}
		result.Parts, result.MessageID = result.Parts+1, id
		if channel.Limits().Counted {
			result.Counted, result.At = result.Counted+1, time.Now()
		}
	}
	o.Observe(channel.Name(), "sent", time.Since(d.Created))
	if r, ok := channel.(Retirer); ok && d.Reply.Retire != "" {
		r.Retire(ctx, d.Reply.To, d.Reply.Retire)
	}
	if m, ok := channel.(MenuSetter); ok && d.Reply.Menu != "" {
		m.SetMenu(ctx, d.Reply.To, d.Reply.Menu)
	}
	return result
}

// moment waits for the moment of a message. It returns false, with when to try again, when that is too far away, or
// another sender may have taken over what this one claimed.
func (o *Outbox) moment(ctx context.Context, channel string, class sangkien.ReplyClass, to sangkien.Address) (time.Duration, bool) {
	wait, ok := await(ctx, o.paces[channel], class, to, longestWait)
	if ok && !o.alive() {
		return beatEvery, false
	}
	return wait, ok
}

// sendTo sends a part, and once more where the chat has moved to.
func sendTo(ctx context.Context, send part, to sangkien.Address) (string, error) {
	id, err := send(ctx, to)
	var se *SendError
	if errors.As(err, &se) && se.Kind == SendMoved && se.MovedTo != "" {
		to.Chat = se.MovedTo
		return send(ctx, to)
	}
	return id, err
}

func (o *Outbox) later(r sangkien.DeliveryResult, due time.Time, reason string) sangkien.DeliveryResult {
	r.State, r.Due, r.Reason = sangkien.DeliveryLater, due, reason
	return r
}

// failed says what a failed send means for the delivery.
func (o *Outbox) failed(ctx context.Context, d sangkien.Delivery, r sangkien.DeliveryResult, err error) sangkien.DeliveryResult {
	var se *SendError
	if !errors.As(err, &se) {
		se = &SendError{Kind: SendRetry, Err: err}
	}
	now := time.Now()
	o.Observe(d.Reply.To.Channel, se.Kind.String(), now.Sub(d.Created))
	r.Reason = se.Error()
	switch se.Kind {
	case SendUnreachable:
		r.State = sangkien.DeliveryUnreachable
		return r
	case SendRefused, SendMoved:
		r.State = sangkien.DeliveryFailed
		o.logger.WarnContext(ctx, "message refused", "channel", d.Reply.To.Channel, "delivery", d.ID, "error", se)
		return r
	case SendBarred:
		return o.barred(d, r, se, now)
	case SendLimited:
		_ = o.paces[d.Reply.To.Channel].Hold(ctx, d.Reply.To, se.After) // it fails when ctx ends: then we send no more
		return o.later(r, now.Add(se.After), r.Reason)
	case SendFatal:
		o.logger.ErrorContext(ctx, "the channel takes nothing", "channel", d.Reply.To.Channel, "error", se)
		return o.later(r, now.Add(time.Minute), r.Reason)
	}
	keep := keepBarred // it may have waited for most of that until its person could be written to
	if d.Reply.Class == sangkien.ClassReply {
		keep = giveUp
	}
	if now.Sub(d.Created) > keep && !d.Created.IsZero() {
		r.State = sangkien.DeliveryFailed
		o.logger.WarnContext(ctx, "message given up", "channel", d.Reply.To.Channel, "delivery", d.ID, "error", se)
		return r
	}
	return o.later(r, now.Add(backoff(d.Attempts)), r.Reason)
}

// How long news about one's own matter waits until its person may be written to again, and how often that is
// looked at: it costs a read, not a call.
const (
	keepBarred  = 30 * 24 * time.Hour
	lookBarred  = 30 * time.Minute
	spreadLooks = 64 // rows that were barred together are looked at apart
)

// barred says what becomes of a message that the platform does not let us send to its person now. Nobody waits for
// a late answer; news waits for its time, or for the person to write.
func (o *Outbox) barred(d sangkien.Delivery, r sangkien.DeliveryResult, se *SendError, now time.Time) sangkien.DeliveryResult {
	r.Reason = string(se.Barred)
	due := se.Until
	if due.IsZero() {
		due = now.Add(lookBarred + time.Duration(d.ID%spreadLooks)*time.Second)
	}
	if d.Reply.Class == sangkien.ClassReply || now.Sub(d.Created) > keepBarred && !d.Created.IsZero() {
		r.State = sangkien.DeliveryFailed
		o.logger.Warn("message not allowed", "channel", d.Reply.To.Channel, "delivery", d.ID, "why", r.Reason)
		return r
	}
	return o.later(r, due, r.Reason)
}

// backoff is how long to wait after so many attempts: 0.5 s, 1 s, 2 s … up to five minutes.
func backoff(attempts int) time.Duration {
	return min(500*time.Millisecond<<min(attempts, 12), 5*time.Minute)
}

// Sleep waits for d. It returns false, at once, when ctx ends.
func Sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
