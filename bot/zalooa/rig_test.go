package zalooa

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit/zalooatest"
)

const testKey = "a-key-for-tests-of-32-characters"

// clock is a time that the test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// rig is a channel at a strict server, with a real database for its tokens.
type rig struct {
	*Channel
	t      *testing.T
	server *zalooatest.Server
	store  *storage.Store
	clock  *clock
	hook   *httptest.Server
	log    *safeBuffer

	mu      sync.Mutex
	got     []sangkien.Update
	seen    map[string]bool
	fail    int           // how many receipts fail
	hold    chan struct{} // while it is open, nothing is committed
	contact map[string]sangkien.Contact
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func openStore(t *testing.T) *storage.Store {
	t.Helper()
	s, err := storage.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newRig(t *testing.T, opts zalooatest.Options, change func(*Config)) *rig {
	t.Helper()
	// Noon in Hà Nội.
	r := &rig{t: t, clock: &clock{at: time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC)}, log: &safeBuffer{}, seen: map[string]bool{}, contact: map[string]sangkien.Contact{}}
	opts.Now = r.clock.Now
	r.server, r.store = zalooatest.New(t, opts), openStore(t)
	limits, err := ReadLimits("promotions_per_month=4")
	if err != nil {
		t.Fatal(err)
	}
	c := Config{AppID: zalooatest.AppID, AppSecret: zalooatest.AppSecret, OASecret: zalooatest.OASecret, RefreshToken: r.server.Seed(), SecretKey: testKey,
		APIURL: r.server.URL, OAuthURL: r.server.URL, Vault: r.store, Contact: r.look, Limits: limits, Zone: time.FixedZone("+07", 7*3600), Now: r.clock.Now,
		Logger: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&c)
	}
	if r.Channel, err = New(c); err != nil {
		t.Fatal(err)
	}
	if err := r.tokens.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.hook = httptest.NewServer(r.Webhook(r.receive))
	t.Cleanup(func() {
		r.hook.Close()
		if found := r.server.Leaks(r.log.String()); len(found) > 0 {
			t.Errorf("secrets are in the log: %q\n%s", found, r.log)
		}
	})
	return r
}

// look returns what is known of a person: who is not set just wrote and follows.
func (r *rig) look(_ context.Context, a sangkien.Address, now time.Time) (sangkien.Contact, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.contact[a.Chat]; ok {
		return c, nil
	}
	return sangkien.Contact{Address: a, Heard: now, Follows: true}, nil
}

// receive notes updates once per key, as the inbox and the store do.
func (r *rig) receive(ctx context.Context, u sangkien.Update) func() error {
	return func() error {
		r.mu.Lock()
		hold := r.hold
		r.mu.Unlock()
		if hold != nil {
			select {
			case <-hold:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.fail > 0 {
			r.fail--
			return errors.New("the stores are down")
		}
		if !r.seen[u.Key] {
			r.got = append(r.got, u)
		}
		r.seen[u.Key] = true
		return nil
	}
}

func (r *rig) updates() []sangkien.Update {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]sangkien.Update(nil), r.got...)
}

func (r *rig) to(u *zalooatest.User) sangkien.Address {
	return sangkien.Address{Channel: Name, Bot: zalooatest.AppID, Chat: u.ID}
}

func asSendError(t *testing.T, err error) *bot.SendError {
	t.Helper()
	var se *bot.SendError
	if !errors.As(err, &se) {
		t.Fatalf("%v is no SendError", err)
	}
	return se
}

// post calls the handler without a network and returns the status.
func post(h http.Handler, raw []byte, signature string) int {
	r := httptest.NewRequest(http.MethodPost, "/webhooks/zalo-oa", bytes.NewReader(raw))
	if signature != "" {
		r.Header.Set("X-ZEvent-Signature", signature)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}
