// Package telegramtest is a Telegram Bot API server for tests: strict about what a bot sends, and as awkward as the
// real one in how it answers. A request goes through the checks of the machine-readable spec (spec.go, rules.go),
// past the injected faults (fault.go), to a method (methods.go); what a user does (chat.go) becomes an update that
// waits in a queue (queue.go) until a bot polls and confirms it or a webhook (webhook.go) takes it.
//
// It imports nothing of ours, so that a wrong belief of ours about Telegram cannot be on both sides of a test.
package telegramtest

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options are what a test can choose; the zero value is a good server.
type Options struct {
	Addr  string // to listen on; default "127.0.0.1:0"
	Token string // of the bot; default DefaultToken
	// Keep is how many messages of a chat are remembered, and how many calls of a method; 0: all messages, 100 calls.
	Keep int
	// OnSend is told every message that the bot sent, while the request is still being answered. It must be quick.
	OnSend func(Message)
	// WebhookRetry is the wait before the third delivery of an update, doubled each time up to WebhookRetryMax; the
	// second comes at once. Telegram's are 2 s and about a minute; the defaults are 20 ms and 500 ms.
	WebhookRetry, WebhookRetryMax time.Duration
	// WebhookTimeout is how long an answer is awaited before the connection is cut; default 60 s, as Telegram's.
	WebhookTimeout time.Duration
	// WebhookConnections is used instead of the bot's max_connections when it is set.
	WebhookConnections int
	// NoInline is a bot whose inline mode was not switched on.
	NoInline bool
	// NoLongPoll answers every getUpdates at once.
	NoLongPoll bool
}

// DefaultToken is the token of a server that was given none.
const DefaultToken = "4242:AAF-fake-token-of-the-test-server-0"

// Server is one Telegram with one bot.
type Server struct {
	URL   string // base of all requests: SANGKIEN_TELEGRAM_API_URL
	Token string
	BotID string // the part of the token before the colon

	opts  Options
	spec  *spec
	http  *http.Server
	ctx   context.Context // ends with Close; deliveries to the webhook hang on it
	end   context.CancelFunc
	work  sync.WaitGroup // deliveries to the webhook
	files fileStore

	mu         sync.Mutex
	updates    []*update // oldest first; holds those that are done for a while
	waiting    int       // of them, those that are not done
	nextUpdate int64
	made       int                  // how many there were
	times      func() int           // how often the next update is delivered
	again      func() time.Duration // how long after it was taken an update comes once more; 0: not
	late       int                  // of those, how many are under way
	deliveries int                  // to the webhook
	allowed    map[string]bool      // nil: Telegram's default set
	conflicts  int                  // polls that were ended by another
	poller     chan string          // tells the waiting getUpdates that it is terminated
	hook       *webhook             // nil: none is set
	chats      map[int64]*Chat      // people and groups that exist
	queries    map[string]struct{}  // callback queries that wait for an answer
	inlines    map[string]struct{}  // inline queries that do
	shared     []Shared
	uploads    map[string]Upload // that a call has brought and not yet looked at
	kept       map[string]Upload // by file_id
	nextID     int64             // of messages, files and callback queries
	faults     []*fault
	violations []string
	counts     map[string]int
	calls      map[string][]Call
	changed    chan struct{} // closed when an update, a call or a confirmation comes; nil while no one waits
}

// Call is one request of the bot.
type Call struct {
	Method string
	Params map[string]string
}

// New starts a server that ends with the test. Requests that break Telegram's rules fail the test at its end,
// unless it takes them by TakeViolations.
func New(t testing.TB, opts ...Options) *Server {
	t.Helper()
	var o Options
	if len(opts) > 0 {
		o = opts[0]
	}
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		for _, v := range s.Violations() {
			t.Errorf("telegram: the bot broke a rule: %s", v)
		}
	})
	return s
}

// Start starts a server. Close ends it.
func Start(o Options) (*Server, error) {
	sp, err := loadSpec()
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen for the bot: %w", err)
	}
	id, _, _ := strings.Cut(o.Token, ":")
	s := &Server{
		URL: "http://" + listener.Addr().String(), Token: o.Token, BotID: id, opts: o, spec: sp,
		nextUpdate: 1000, nextID: 1, times: once, again: never, chats: map[int64]*Chat{}, queries: map[string]struct{}{}, inlines: map[string]struct{}{},
		counts: map[string]int{}, calls: map[string][]Call{}, kept: map[string]Upload{},
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return s.ctx }}
	s.work.Add(1)
	go func() { defer s.work.Done(); _ = s.http.Serve(listener) }()
	return s, nil
}

func once() int { return 1 }

func never() time.Duration { return 0 }

func (o Options) withDefaults() Options {
	o.Addr = cmp.Or(o.Addr, "127.0.0.1:0")
	o.Token = cmp.Or(o.Token, DefaultToken)
	o.WebhookRetry = cmp.Or(o.WebhookRetry, 20*time.Millisecond)
	o.WebhookRetryMax = cmp.Or(o.WebhookRetryMax, 500*time.Millisecond)
	o.WebhookTimeout = cmp.Or(o.WebhookTimeout, time.Minute)
	return o
}

// Close hangs up on everyone and waits until all that the server began has ended.
func (s *Server) Close() {
	s.end()
	_ = s.http.Close()
	s.work.Wait()
}

// Violations are the requests that broke a rule of the spec, in words.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.violations...)
}

// TakeViolations returns the violations and forgets them.
func (s *Server) TakeViolations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.violations
	s.violations = nil
	return taken
}

// violate notes a broken rule; a thousand of them say enough.
func (s *Server) violate(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.violations) < 1000 {
		s.violations = append(s.violations, fmt.Sprintf(format, args...))
	}
}

// Count is how often the bot called a method.
func (s *Server) Count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[method]
}

// Calls are the last calls of a method, oldest first.
func (s *Server) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls[method]...)
}

// Traffic is how many updates there were, and how often one was brought to the webhook.
func (s *Server) Traffic() (updates, deliveries int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made, s.deliveries
}

// WaitCount waits until the bot called a method n times.
func (s *Server) WaitCount(ctx context.Context, method string, n int) error {
	return s.waitUntil(ctx, func() bool { return s.counts[method] >= n }, "%d calls of %s", n, method)
}

// WaitIdle waits until every update is confirmed or taken by the webhook.
func (s *Server) WaitIdle(ctx context.Context) error {
	return s.waitUntil(ctx, func() bool { return s.waiting+s.late == 0 }, "the bot to confirm every update")
}

// WaitAnswered waits until every callback query is answered.
func (s *Server) WaitAnswered(ctx context.Context) error {
	return s.waitUntil(ctx, func() bool { return len(s.queries) == 0 }, "every callback query to be answered")
}

// waitUntil waits for a condition that is read under the lock.
func (s *Server) waitUntil(ctx context.Context, done func() bool, what string, args ...any) error {
	for {
		s.mu.Lock()
		ok, changed := done(), subscribe(&s.changed)
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
func subscribe(ch *chan struct{}) <-chan struct{} {
	if *ch == nil {
		*ch = make(chan struct{})
	}
	return *ch
}

// announce wakes all who wait. Callers hold the lock.
func announce(ch *chan struct{}) {
	if *ch != nil {
		close(*ch)
		*ch = nil
	}
}
