// Package zalooatest is a Zalo Official Account for tests: its Open API, its OAuth and its webhook, as strict in what
// they take as the real ones and as awkward in how they answer. Tokens are in oauth.go, sending in messages.go and
// uploads.go, templates to phones in template.go; what people do (users.go) goes out by webhook.go.
//
// It imports nothing of ours, so that a wrong belief of ours about Zalo cannot be on both sides of a test.
package zalooatest

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options are what a test can choose; the zero value is a good server.
type Options struct {
	Now       func() time.Time // default time.Now
	AccessFor time.Duration    // how long an access token lasts; default 25 h
	// Interaction, FreeFor, FreeReplies, PerDay and PerMonth are the windows: 7 days, 48 h, 8, 1 and 4.
	Interaction, FreeFor          time.Duration
	FreeReplies, PerDay, PerMonth int
	Paid                          bool          // the OA pays for what is beyond the free replies
	PerMinute                     int           // messages a minute, then -32; 0: no limit
	WebhookTimeout                time.Duration // how long an answer is awaited; default 2 s, as Zalo's
	WebhookRetry, WebhookGivesUp  time.Duration // default 20 ms, 10 s
	Deliveries                    func() int    // how often an event is delivered once it was taken; default once
	OnSend                        func(Sent)
	Zone                          *time.Location // of the night; default +07
}

// AppID, AppSecret, OASecret and OAID are those of every server.
const (
	AppID     = "2910294829102948291"
	AppSecret = "app-secret-of-the-test-server"
	OASecret  = "oa-secret-of-the-test-server"
	OAID      = "579745863508352884"
)

// Server is one Official Account with one app.
type Server struct {
	URL string // base of the API and of OAuth

	opts Options
	http *httptest.Server
	ctx  context.Context
	end  context.CancelFunc
	work sync.WaitGroup

	mu         sync.Mutex
	access     map[string]time.Time // access tokens, until when
	newest     string               // the access token that was given last
	refresh    string               // the one refresh token that works
	used       map[string]bool      // refresh tokens that were used
	codes      map[string]grant
	renewals   int // refreshes that succeeded
	oauthFault []Fault
	sendFault  []int // codes to answer with
	cuts       int   // calls to come that get no answer
	users      map[string]*User
	sent       []Sent
	uploads    map[string]Upload
	minute     []time.Time
	templates  map[string]bool // approved
	quota      int             // of templates
	hook       string
	events     []*event
	next       int64
	violations []string
	changed    chan struct{}
}

// New starts a server. The test ends it, and fails for whatever broke the rules without being told.
func New(t testing.TB, opts Options) *Server {
	t.Helper()
	s := &Server{opts: defaults(opts), access: map[string]time.Time{}, used: map[string]bool{}, codes: map[string]grant{},
		users: map[string]*User{}, uploads: map[string]Upload{}, templates: map[string]bool{}, quota: 500, next: 1000, changed: make(chan struct{})}
	s.ctx, s.end = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v4/oa/access_token", s.token)
	mux.HandleFunc("GET /v4/oa/permission", s.permission)
	for _, kind := range []string{"cs", "transaction", "promotion"} {
		mux.HandleFunc("POST /v3.0/oa/message/"+kind, s.authorised(func(r *http.Request) (any, *failure) { return s.message(kind, r) }))
	}
	for _, kind := range []string{"image", "gif", "file"} {
		mux.HandleFunc("POST /v2.0/oa/upload/"+kind, s.authorised(func(r *http.Request) (any, *failure) { return s.upload(kind, r) }))
	}
	mux.HandleFunc("POST /message/template", s.authorised(s.template))
	mux.HandleFunc("GET /files/{name}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		u, ok := s.uploads[r.PathValue("name")]
		s.mu.Unlock()
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(u.Data)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.violate("there is no %s %s", r.Method, r.URL.Path)
		write(w, &failure{-209, "API is not supported"})
	})
	s.http = httptest.NewServer(mux)
	s.URL = s.http.URL
	t.Cleanup(func() {
		s.end()
		s.work.Wait()
		s.http.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, v := range s.violations {
			t.Error("zalo: " + v)
		}
	})
	return s
}

func defaults(o Options) Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.FixedZone("+07", 7*3600)
	}
	o.AccessFor, o.Interaction, o.FreeFor = cmp.Or(o.AccessFor, 90_000*time.Second), cmp.Or(o.Interaction, 7*24*time.Hour), cmp.Or(o.FreeFor, 48*time.Hour)
	o.FreeReplies, o.PerDay, o.PerMonth = cmp.Or(o.FreeReplies, 8), cmp.Or(o.PerDay, 1), cmp.Or(o.PerMonth, 4)
	o.WebhookTimeout, o.WebhookRetry, o.WebhookGivesUp = cmp.Or(o.WebhookTimeout, 2*time.Second), cmp.Or(o.WebhookRetry, 20*time.Millisecond), cmp.Or(o.WebhookGivesUp, 10*time.Second)
	return o
}

// failure is an error as Zalo says it: with HTTP 200.
type failure struct {
	Code    int    `json:"error"`
	Message string `json:"message"`
}

// authorised lets in who shows an access token that is good now.
func (s *Server) authorised(do func(*http.Request) (any, *failure)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		until, ok := s.access[r.Header.Get("access_token")]
		ok = ok && s.opts.Now().Before(until)
		s.mu.Unlock()
		if !ok {
			write(w, &failure{-216, "Access token is invalid"})
			return
		}
		data, f := do(r)
		s.mu.Lock()
		cut := s.cuts > 0
		s.cuts = max(0, s.cuts-1)
		s.mu.Unlock()
		if cut {
			panic(http.ErrAbortHandler) // ends the connection
		}
		if f != nil {
			write(w, f)
			return
		}
		write(w, map[string]any{"error": 0, "message": "Success", "data": data})
	}
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (s *Server) violate(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, sprintf(format, args...))
}

// announce wakes who awaits something. Callers hold the lock.
func (s *Server) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Await waits until the condition holds. It is asked under the server's lock, and must not take it.
func (s *Server) await(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		ok, changed := done(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("zalo waited in vain for %s", what)
		}
	}
}

// Refuse answers the next sends with these codes.
func (s *Server) Refuse(codes ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sendFault = append(s.sendFault, codes...)
}

// Cut does what the next calls ask for, and ends their connections without an answer.
func (s *Server) Cut(calls int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cuts = calls
}

// Secrets is what must never be in a log.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []string{AppSecret, OASecret}
	for t := range s.access {
		all = append(all, t)
	}
	for t := range s.used {
		all = append(all, t)
	}
	return append(all, s.refresh)
}

// Leaks lists the secrets that are in a text.
func (s *Server) Leaks(text string) []string {
	var found []string
	for _, secret := range s.Secrets() {
		if secret != "" && strings.Contains(text, secret) {
			found = append(found, secret)
		}
	}
	return found
}
