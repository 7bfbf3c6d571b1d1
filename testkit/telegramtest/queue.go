package telegramtest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// update is what happened, until the bot has it.
type update struct {
	id    int64
	lane  string // updates of one lane reach the webhook one after the other
	raw   []byte
	times int // deliveries that it needs
	sent  int // deliveries that it had, by polling
	done  bool
}

// enqueue makes an update of a kind, if the bot wants it. make fills its id in. Callers hold the lock.
func (s *Server) enqueue(kind, lane string, body func(id int64) []byte) int64 {
	if s.allowed != nil && kind != "" && !s.allowed[kind] {
		return 0
	}
	u := &update{id: s.nextUpdate, lane: lane, times: max(1, s.times())}
	u.raw = body(u.id)
	s.nextUpdate++
	s.made++
	s.updates = append(s.updates, u)
	s.waiting++
	if s.hook != nil {
		s.dispatch(s.hook, u)
	}
	announce(&s.changed)
	return u.id
}

// wrap makes the JSON of an update out of what it holds.
func wrap(kind string, content any) func(int64) []byte {
	return func(id int64) []byte {
		raw, err := json.Marshal(map[string]any{"update_id": id, kind: content})
		if err != nil {
			panic(err) // maps of ours always marshal
		}
		return raw
	}
}

// Raw puts an update into the queue as it stands; UPDATE_ID in it becomes its id. For what no user can do.
func (s *Server) Raw(raw string) (updateID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enqueue("", "raw", func(id int64) []byte { return fillID(raw, id) })
}

// finish notes that the bot has an update. Callers hold the lock.
func (s *Server) finish(u *update) {
	if !u.done {
		u.done = true
		s.waiting--
	}
}

// Pending is how many updates the bot has not confirmed.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting
}

// Conflicts is how many polls were ended by another one.
func (s *Server) Conflicts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conflicts
}

// WaitPolling waits until a long poll waits for updates.
func (s *Server) WaitPolling(ctx context.Context) error {
	return s.waitUntil(ctx, func() bool { return s.poller != nil }, "the bot to poll")
}

// getUpdates is a long poll. See https://core.telegram.org/bots/api#getupdates.
func (s *Server) getUpdates(ctx context.Context, p map[string]string) (any, error) {
	offset, _ := strconv.ParseInt(p["offset"], 10, 64)
	limit, _ := strconv.Atoi(p["limit"])
	seconds, _ := strconv.Atoi(p["timeout"])
	if limit < 1 || limit > 100 {
		limit = 100
	}
	wait := time.Duration(min(seconds, 50)) * time.Second // the server cuts longer ones
	if s.opts.NoLongPoll {
		wait = 0
	}
	terminated, err := s.takeOver(offset, p)
	if err != nil {
		return nil, err
	}
	return s.await(ctx, limit, wait, terminated)
}

// takeOver makes this poll the only one, and confirms what lies before its offset.
func (s *Server) takeOver(offset int64, p map[string]string) (terminated chan string, err error) {
	allowed, allowedErr := readAllowed(p["allowed_updates"])
	if allowedErr != nil {
		s.violate("getUpdates: %v", allowedErr)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook != nil {
		return nil, conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	}
	if allowedErr == nil {
		s.allowed = allowed
	}
	s.terminate("terminated by other getUpdates request; make sure that only one bot instance is running")
	s.poller = make(chan string, 1)
	s.confirm(offset)
	return s.poller, nil
}

func (s *Server) terminate(why string) {
	if s.poller != nil {
		s.poller <- why
		s.poller = nil
		s.conflicts++
	}
}

// await returns the head of the queue as soon as there is one.
func (s *Server) await(ctx context.Context, limit int, wait time.Duration, terminated chan string) (any, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for late := wait <= 0; ; {
		s.mu.Lock()
		batch, changed := s.head(limit), subscribe(&s.changed)
		if (len(batch) > 0 || late) && s.poller == terminated {
			s.poller = nil
		}
		s.mu.Unlock()
		if len(batch) > 0 || late {
			return batch, nil
		}
		select {
		case <-changed:
		case <-timer.C:
			late = true
		case why := <-terminated:
			return nil, conflict(why)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *Server) head(limit int) []json.RawMessage {
	batch := make([]json.RawMessage, 0, min(limit, len(s.updates)))
	for _, u := range s.updates {
		if len(batch) == limit {
			break
		}
		if !u.done {
			u.sent++
			batch = append(batch, u.raw)
		}
	}
	return batch
}

// confirm forgets the updates before the offset that had all their deliveries. An offset far beyond the queue
// confirms nothing: the server then answers with the head. A negative one keeps only so many.
func (s *Server) confirm(offset int64) {
	newest := len(s.updates) + int(max(offset, -1000))
	for i, u := range s.updates {
		had := u.id < offset && offset <= s.nextUpdate+10 && u.sent >= u.times
		if had || offset < 0 && i < newest {
			s.finish(u)
		}
	}
	s.compact()
	announce(&s.changed)
}

// compact drops what is done: from the head of the queue at once, from its middle when that is most of it.
func (s *Server) compact() {
	for len(s.updates) > 0 && s.updates[0].done {
		s.updates[0], s.updates = nil, s.updates[1:]
	}
	if len(s.updates) > 2*s.waiting+64 {
		s.updates = slices.DeleteFunc(s.updates, func(u *update) bool { return u.done })
	}
}

func conflict(why string) error {
	return apiFailure{code: http.StatusConflict, description: "Conflict: " + why}
}
