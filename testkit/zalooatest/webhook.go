package zalooatest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"testing"
	"time"
)

// event is one delivery to be made.
type event struct {
	raw     []byte
	lane    string
	stamp   string
	done    bool
	given   bool // up
	took    bool // it was taken at least once
	answers []int
}

// mostWait is the longest wait before an event is delivered again.
const mostWait = time.Second

// Webhook sets where events go, and sends those that wait.
func (s *Server) Webhook(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = url
	for _, e := range s.events {
		if !e.done {
			s.send(e)
		}
	}
}

// push makes an event and sends it. Callers hold the lock.
func (s *Server) push(body map[string]any, lane string) {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	stamp, _ := body["timestamp"].(string)
	e := &event{raw: raw, lane: lane, stamp: stamp}
	s.events = append(s.events, e)
	if s.hook != "" {
		s.send(e)
	}
}

// Event sends a body of the test's own, signed.
func (s *Server) Event(body map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.push(body, "")
}

// send delivers an event until it is taken, each time signed. Zalo has no order: neither has this.
func (s *Server) send(e *event) {
	hook := s.hook
	again := 0
	if s.opts.Deliveries != nil {
		again = s.opts.Deliveries() - 1
	}
	s.work.Go(func() {
		begun := time.Now()
		for wait := s.opts.WebhookRetry; ; wait = min(2*wait, s.opts.WebhookGivesUp, mostWait) {
			status := s.Post(s.ctx, hook, e.raw, Sign(e.raw, e.stamp))
			took := status == http.StatusOK
			if took && again > 0 {
				again, status = again-1, 0 // it is as if the answer had not come
			}
			s.mu.Lock()
			e.took = e.took || took
			e.answers = append(e.answers, status)
			e.done = status == http.StatusOK
			e.given = !e.done && time.Since(begun) > s.opts.WebhookGivesUp
			over := e.done || e.given
			s.announce()
			s.mu.Unlock()
			if over {
				return
			}
			select {
			case <-time.After(wait):
			case <-s.ctx.Done():
				return
			}
		}
	})
}

// Sign is the signature of a body.
func Sign(raw []byte, timestamp string) string {
	sum := sha256.Sum256([]byte(AppID + string(raw) + timestamp + OASecret))
	return "mac=" + hex.EncodeToString(sum[:])
}

// Post delivers a body once with the signature ("" for none) and returns the status, 0 when no answer came in time.
func (s *Server) Post(ctx context.Context, url string, raw []byte, signature string) int {
	ctx, cancel := context.WithTimeout(ctx, s.opts.WebhookTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	if signature != "" {
		r.Header.Set("X-ZEvent-Signature", signature)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// Raw returns the bodies of all events so far, in their order.
func (s *Server) Raw() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all [][]byte
	for _, e := range s.events {
		all = append(all, e.raw)
	}
	return all
}

// AwaitAnswers waits until so many deliveries were answered, or given up as not answered.
func (s *Server) AwaitAnswers(t testing.TB, n int) {
	t.Helper()
	s.await(t, "an answer", func() bool {
		answered := 0
		for _, e := range s.events {
			answered += len(e.answers)
		}
		return answered >= n
	})
}

// AwaitTaken waits until every event was taken or given up, and returns the answers of each.
func (s *Server) AwaitTaken(t testing.TB) [][]int {
	t.Helper()
	var all [][]int
	s.await(t, "all events to be taken", func() bool {
		all = nil
		for _, e := range s.events {
			if !e.done && !e.given {
				return false
			}
			all = append(all, e.answers)
		}
		return true
	})
	return all
}

// Took tells whether the event of a message was taken, be it that it is delivered again.
func (s *Server) Took(message string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if bytes.Contains(e.raw, []byte(`"msg_id":"`+message+`"`)) {
			return e.took
		}
	}
	return false
}
