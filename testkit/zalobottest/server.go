// Package zalobottest is a Zalo Bot Platform for tests: strict about what a bot sends, and as awkward as the real one.
// It hands each update over exactly once, answers errors with HTTP 200, and an idle poll with an error 408. It imports
// nothing of ours, so that a wrong belief of ours about Zalo cannot be on both sides of a test.
package zalobottest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// DefaultToken is the token of a server that was given none.
const DefaultToken = "4711:zaFakeTokenOfTheTestServer"

// Options are what a test can choose; the zero value is a good server.
type Options struct {
	Token string // of the bot; default DefaultToken
	// Rewrite turns the public address of a photo into one that the server can reach.
	Rewrite func(url string) string
	// Hook does the same for the address of the webhook.
	Hook func(url string) string
	// Delay is awaited before each delivery to the webhook; deliveries overtake each other by it.
	Delay func() time.Duration
	// Idle is how long an idle poll is kept open at most; default: as long as the bot asks.
	Idle time.Duration
}

// Server is one platform with one bot.
type Server struct {
	URL   string // base of all requests: SANGKIEN_ZALO_BOT_API_URL
	Token string
	BotID string

	opts Options
	http *http.Server
	ctx  context.Context // ends with Close
	end  context.CancelFunc
	work sync.WaitGroup

	mu         sync.Mutex
	queue      []*update
	handed     []Handed
	polls      int // that are being answered
	hook       *webhook
	pushing    int        // deliveries that are under way
	times      func() int // how often an update is delivered to the webhook
	chats      map[string]*Chat
	photos     map[string][]byte
	next       int64
	faults     []*Fault
	violations []string
	counts     map[string]int
	changed    chan struct{} // closed when anything happens; nil while no one waits
}

// Handed is an update that the bot was given.
type Handed struct {
	MessageID string
	Chat      *Chat
	Text      string
	At        time.Time // when its answer began to be written
}

// New starts a server that ends with the test. Requests that break Zalo's rules fail the test at its end, unless it
// takes them by TakeViolations.
func New(t testing.TB, opts ...Options) *Server {
	t.Helper()
	var o Options
	if len(opts) > 0 {
		o = opts[0]
	}
	if o.Token == "" {
		o.Token = DefaultToken
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	id, _, _ := strings.Cut(o.Token, ":")
	s := &Server{URL: "http://" + listener.Addr().String(), Token: o.Token, BotID: id, opts: o, times: func() int { return 1 },
		chats: map[string]*Chat{}, photos: map[string][]byte{}, counts: map[string]int{}, next: 1}
	s.ctx, s.end = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return s.ctx }}
	s.work.Go(func() { _ = s.http.Serve(listener) })
	t.Cleanup(func() {
		s.end()
		_ = s.http.Close()
		s.work.Wait()
		for _, v := range s.TakeViolations() {
			t.Errorf("zalo bot: the bot broke a rule: %s", v)
		}
	})
	return s
}

// TakeViolations returns the requests that broke a rule, in words, and forgets them.
func (s *Server) TakeViolations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.violations
	s.violations = nil
	return taken
}

// violate notes a broken rule. Callers hold the lock.
func (s *Server) violate(format string, args ...any) {
	if len(s.violations) < 100 {
		s.violations = append(s.violations, fmt.Sprintf(format, args...))
	}
}

// Count is how often the bot called a method.
func (s *Server) Count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[method]
}

// Handed lists what the bot was given by polling, oldest first.
func (s *Server) Handed() []Handed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Handed(nil), s.handed...)
}

// WaitCount waits until the bot called a method n times.
func (s *Server) WaitCount(ctx context.Context, method string, n int) error {
	return s.waitUntil(ctx, func() bool { return s.counts[method] >= n }, "%d calls of %s", n, method)
}

// WaitPolling waits until the bot polls.
func (s *Server) WaitPolling(ctx context.Context) error {
	return s.waitUntil(ctx, func() bool { return s.polls > 0 }, "the bot to poll")
}

// WaitQuiet waits until no poll and no delivery is under way any more: after the bot's death, until the server has
// noticed it.
func (s *Server) WaitQuiet(ctx context.Context) error {
	return s.waitUntil(ctx, func() bool { return s.polls == 0 && s.pushing == 0 }, "the last poll to end")
}

// WaitIdle waits until every update was handed over.
func (s *Server) WaitIdle(ctx context.Context) error {
	return s.waitUntil(ctx, func() bool { return len(s.queue) == 0 && s.pushing == 0 }, "every update to be handed over")
}

// waitUntil waits for a condition that is read under the lock.
func (s *Server) waitUntil(ctx context.Context, done func() bool, what string, args ...any) error {
	for {
		s.mu.Lock()
		ok, changed := done(), s.subscribe()
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for "+what+": %w", append(args, ctx.Err())...)
		}
	}
}

// subscribe returns a channel that is closed at the next announce. Callers hold the lock.
func (s *Server) subscribe() <-chan struct{} {
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

// announce wakes all who wait. Callers hold the lock.
func (s *Server) announce() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}
