package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	sangkien "github.com/sangkien/sangkien"
)

// ErrBusy says that too many updates wait: the platform shall deliver again later.
var ErrBusy = errors.New("too many updates are waiting")

// Handle does all that follows from an update. nil means that it is committed.
type Handle func(ctx context.Context, u sangkien.Update) error

// Inbox gives each chat one order (promise 3): updates of one chat are handled one after the other, chats side
// by side. It holds no update longer than it takes: what is not handled when the process dies was never
// acknowledged, and the platform delivers it again.
type Inbox struct {
	handle  Handle
	logger  *slog.Logger
	slots   chan struct{} // bounds how many are handled at once
	waiting chan struct{} // bounds how many are held

	mu     sync.Mutex
	queues map[sangkien.Address][]*pending // a chat is here while one of its updates is handled
	closed bool
	work   sync.WaitGroup
}

type pending struct {
	ctx    context.Context //nolint:containedctx // of the delivery, which waits for the update
	update sangkien.Update
	done   chan struct{}
	err    error
}

// NewInbox returns an inbox that handles at most parallel updates at once and holds at most held.
func NewInbox(handle Handle, parallel, held int, logger *slog.Logger) *Inbox {
	return &Inbox{handle: handle, logger: logger, slots: make(chan struct{}, parallel),
		waiting: make(chan struct{}, held), queues: map[sangkien.Address][]*pending{}}
}

// Receive puts an update behind the earlier ones of its chat; see the type Receive.
func (in *Inbox) Receive(ctx context.Context, u sangkien.Update) (wait func() error) {
	select {
	case in.waiting <- struct{}{}:
	default:
		return func() error { return ErrBusy }
	}
	p := &pending{ctx: ctx, update: u, done: make(chan struct{})}
	if !in.enqueue(p) {
		<-in.waiting
		return func() error { return ErrBusy }
	}
	return func() error { <-p.done; return p.err }
}

func (in *Inbox) enqueue(p *pending) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return false
	}
	queue, busy := in.queues[p.update.Address]
	in.queues[p.update.Address] = append(queue, p)
	if !busy {
		in.work.Add(1)
		go in.serve(p.update.Address)
	}
	return true
}

// serve handles the updates of one chat until none is left.
func (in *Inbox) serve(a sangkien.Address) {
	defer in.work.Done()
	for {
		in.mu.Lock()
		queue := in.queues[a]
		if len(queue) == 0 {
			delete(in.queues, a)
			in.mu.Unlock()
			return
		}
		p := queue[0]
		in.queues[a] = queue[1:]
		in.mu.Unlock()
		in.one(p)
	}
}

func (in *Inbox) one(p *pending) {
	in.slots <- struct{}{}
	defer func() {
		if r := recover(); r != nil {
			p.err = fmt.Errorf("handle %s: panic: %v", p.update.Key, r)
			in.logger.ErrorContext(p.ctx, "panic in a handler", "update", p.update.Key, "panic", fmt.Sprint(r))
		}
		<-in.slots
		<-in.waiting
		close(p.done)
	}()
	p.err = in.handle(p.ctx, p.update)
	if p.err != nil {
		in.logger.WarnContext(p.ctx, "update not handled", "update", p.update.Key, "error", p.err)
	}
}

// Depth is how many updates were taken in and are not done.
func (in *Inbox) Depth() int { return len(in.waiting) }

// Close takes nothing in any more and waits for what is being handled.
func (in *Inbox) Close() {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	in.work.Wait()
}
