package zalooa

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit/zalooatest"
)

// dying is a vault whose process dies between the answer and the storing of it, when told to.
type dying struct {
	Vault
	die atomic.Bool
}

func (d *dying) SaveToken(ctx context.Context, t sangkien.Token) error {
	if d.die.CompareAndSwap(true, false) {
		return errKilled
	}
	return d.Vault.SaveToken(ctx, t)
}

var errKilled = errors.New("killed")

// replicas is processes that share an account, with the clock of all.
type replicas struct {
	t      *testing.T
	server *zalooatest.Server
	clock  *clock
	config Config
	vaults []*dying
	tokens []*Tokens
}

func newReplicas(t *testing.T, n int) *replicas {
	t.Helper()
	r := &replicas{t: t, clock: &clock{at: time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC)}}
	r.server = zalooatest.New(t, zalooatest.Options{Now: r.clock.Now})
	store := openStore(t)
	r.config = Config{AppID: zalooatest.AppID, AppSecret: zalooatest.AppSecret, OASecret: zalooatest.OASecret, SecretKey: testKey, RefreshToken: r.server.Seed(),
		APIURL: r.server.URL, OAuthURL: r.server.URL, Vault: store, Now: r.clock.Now, RenewTimeout: 100 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)}
	for range n {
		r.vaults, r.tokens = append(r.vaults, nil), append(r.tokens, nil)
	}
	for i := range n {
		r.begin(i)
	}
	return r
}

// begin starts a process anew: nothing is left of what the one before had in hand.
func (r *replicas) begin(i int) {
	c := r.config
	r.vaults[i] = &dying{Vault: r.config.Vault}
	c.Vault = r.vaults[i]
	var err error
	if r.tokens[i], err = NewTokens(c); err != nil {
		r.t.Fatal(err)
	}
}

// tick lets every process look at its tokens, all at once.
func (r *replicas) tick() {
	var all sync.WaitGroup
	for _, tokens := range r.tokens {
		all.Go(func() { _ = tokens.Keep(r.t.Context()) })
	}
	all.Wait()
}

func (r *replicas) stands() sangkien.Token {
	r.t.Helper()
	s, err := r.tokens[0].Stands(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// authorise is what the alarm asks an administrator to do.
func (r *replicas) authorise() {
	r.t.Helper()
	p := r.tokens[0].Permission("https://sangkien.example.vn/")
	code := browse(r.t, p)
	if err := r.tokens[0].Authorise(r.t.Context(), p, code); err != nil {
		r.t.Fatal(err)
	}
}

// browse agrees in a browser and returns the code of the address that it is sent to.
func browse(t *testing.T, p Permission) string {
	t.Helper()
	resp, err := newHTTP(nil).Get(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusFound || back.Query().Get("state") != p.State {
		t.Fatalf("sent to %q with %d", resp.Header.Get("Location"), resp.StatusCode)
	}
	return back.Query().Get("code")
}

// TestTokensFor1000Hours: two processes, each minute, for 1,000 hours in which about every second renewal goes wrong.
// At each minute the account works, or administrators have heard why not. An alarm comes while the access token still
// works, but where every process was dead; and after an authorisation all is well again.
func TestTokensFor1000Hours(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 2)
	faults := [][]zalooatest.Fault{
		{}, {zalooatest.Down}, {zalooatest.LosesIt}, {zalooatest.Cut, zalooatest.Down, zalooatest.Down, zalooatest.Down}, {}, {zalooatest.HangsOnIt}, {zalooatest.Cut},
	}
	kills, deaths, lapsing, renewals := 0, 0, 0, int64(0)
	var silent time.Duration
	begun := r.clock.Now()
	for n := 0; r.clock.Now().Sub(begun) < 1000*time.Hour; {
		r.tick()
		s := r.stands()
		now := r.clock.Now()
		if s.Version != renewals { // a new pair: choose what goes wrong with the next
			renewals = s.Version
			n++
			r.server.FailTokens(faults[n%len(faults)]...)
			if n%5 == 4 {
				r.vaults[0].die.Store(true)
				r.vaults[1].die.Store(true)
			}
		}
		for i, v := range r.vaults {
			r.tokens[i].mu.Lock()
			lost := r.tokens[i].unsaved != nil
			r.tokens[i].mu.Unlock()
			if lost { // it could not be stored because the process was killed: it is gone
				kills++
				v.die.Store(false)
				r.begin(i)
			}
		}
		access, err := r.tokens[1].Access(t.Context())
		works := err == nil && r.server.Works(access)
		switch alarm := s.Alarm(now); {
		case alarm == sangkien.TokenWell && !works:
			if silent += time.Minute; silent > 4*time.Minute {
				t.Fatalf("after %v nothing works and nobody knows: %+v, %v", now.Sub(begun), s, err)
			}
		case alarm == sangkien.TokenDead:
			if !now.Before(s.Expires) {
				t.Errorf("after %v the alarm came when nothing worked any more: %+v", now.Sub(begun), s)
			}
			deaths++
			r.vaults[0].die.Store(false)
			r.vaults[1].die.Store(false)
			r.clock.add(30 * time.Minute) // until someone has read it
			r.authorise()
			if s := r.stands(); s.Alarm(r.clock.Now()) != sangkien.TokenWell {
				t.Fatalf("after the authorisation: %+v", s)
			}
		case alarm == sangkien.TokenLapsing:
			lapsing++
		default:
			silent = 0
		}
		step := time.Minute
		if s.Tries == 0 {
			step = 5 * time.Minute // nothing happens from minute to minute
		}
		r.clock.add(step)
	}
	t.Logf("%d pairs, %d processes killed with an answer in hand, %d times dead with an alarm, %d minutes of early warning", renewals, kills, deaths, lapsing)
	if renewals < 40 || kills == 0 || deaths == 0 || lapsing == 0 {
		t.Errorf("the test tried too little")
	}
}

// TestLostAnswerIsTriedOnce: what was asked and not answered may have worked; it is tried once more, then the alarm
// comes, with hours to go.
func TestLostAnswerIsTriedOnce(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]zalooatest.Fault{"cut off": zalooatest.LosesIt, "timed out": zalooatest.HangsOnIt} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReplicas(t, 2)
			r.tick()
			r.clock.add(22*time.Hour + 31*time.Minute)
			r.server.FailTokens(fault)
			r.tick()
			if s := r.stands(); s.Tries != 1 || s.Alarm(r.clock.Now()) != sangkien.TokenWell || s.Failure == "" {
				t.Fatalf("after the answer was lost: %+v", s)
			}
			r.clock.add(time.Minute)
			r.tick()
			s := r.stands()
			left := s.Expires.Sub(r.clock.Now())
			if s.Alarm(r.clock.Now()) != sangkien.TokenDead || left < 2*time.Hour {
				t.Fatalf("after it was tried once more: %+v, %v left", s, left)
			}
			if access, err := r.tokens[0].Access(t.Context()); err != nil || !r.server.Works(access) {
				t.Errorf("the access token that is good for %v is not used: %v", left, err)
			}
			r.clock.add(left)
			if _, err := r.tokens[0].Access(t.Context()); !errors.Is(err, errDead) || !strings.Contains(err.Error(), "sangkien zalo authorize") {
				t.Errorf("at the end: %v", err)
			}
			r.authorise()
			for _, tokens := range r.tokens {
				if access, err := tokens.Access(t.Context()); err != nil || !r.server.Works(access) {
					t.Errorf("after the authorisation: %v", err)
				}
			}
		})
	}
}

// TestStoreDownWithAnAnswerInHand: a new pair that cannot be stored is not used, and is stored as soon as it can be.
func TestStoreDownWithAnAnswerInHand(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 1)
	r.tick()
	r.clock.add(23 * time.Hour)
	before, err := r.tokens[0].Access(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.vaults[0].die.Store(true)
	r.tick()
	if access, err := r.tokens[0].Access(t.Context()); err != nil || access != before {
		t.Errorf("a pair is used that is not stored: %v", err)
	}
	r.clock.add(time.Minute)
	r.tick() // well: the lock of the first try has run out
	if s := r.stands(); s.Version != 3 || s.Tries != 0 {
		t.Errorf("stored: %+v", s)
	}
	if access, err := r.tokens[0].Access(t.Context()); err != nil || access == before || !r.server.Works(access) {
		t.Errorf("the new pair: %v", err)
	}
}

// TestManyAskAtOnce: a token that Zalo refuses is renewed once, however many messages and processes hear of it.
func TestManyAskAtOnce(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 3)
	r.config.RenewTimeout = 5 * time.Second
	for i := range r.tokens {
		r.begin(i)
	}
	r.tick()
	old, err := r.tokens[0].Access(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.clock.add(2 * time.Minute)
	r.server.Revoke()
	before := r.server.Renewals()
	var all sync.WaitGroup
	for range 10 {
		for _, tokens := range r.tokens {
			all.Go(func() {
				if access, err := tokens.Renewed(t.Context(), old); err != nil || !r.server.Works(access) {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if n := r.server.Renewals() - before; n != 1 {
		t.Errorf("renewed %d times", n)
	}
}

// TestEndingLosesNoAnswer: a process that is asked to end while it renews still hears the answer.
func TestEndingLosesNoAnswer(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 1)
	r.tick()
	r.clock.add(23 * time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	r.tokens[0].oauth.http = &http.Client{Transport: roundTrip(func(q *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(q)
		cancel()
		if q.Context().Err() != nil {
			return nil, q.Context().Err()
		}
		return resp, err
	})}
	_ = r.tokens[0].Keep(ctx)
	if s := r.stands(); s.Version != 3 || s.Tries != 0 {
		t.Errorf("stored: %+v", s)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestSecretsAreSealed: the database alone opens no account, nor does another key.
func TestSecretsAreSealed(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 1)
	r.tick()
	s := r.stands()
	if found := r.server.Leaks(s.Sealed + s.Failure + s.Seed); len(found) > 0 {
		t.Errorf("in the clear: %v", found)
	}
	r.config.SecretKey = "another-key-for-tests-of-32-chars"
	r.begin(0)
	if _, err := r.tokens[0].Access(t.Context()); !errors.Is(err, errOtherKey) {
		t.Errorf("with another key: %v", err)
	}
	r.clock.add(23 * time.Hour)
	r.tick()
	if s := r.stands(); s.Alarm(r.clock.Now()) != sangkien.TokenLapsing {
		t.Errorf("with another key nobody hears of it: %+v", s)
	}
	for _, change := range []func(*Config){func(c *Config) { c.SecretKey = "short" }, func(c *Config) { c.AppID = "" }, func(c *Config) { c.AppSecret = "" }} {
		c := r.config
		change(&c)
		if _, err := NewTokens(c); sangkien.CodeOf(err) != sangkien.EINVALID {
			t.Errorf("%v", err)
		}
	}
}

// TestANewSeedAfterDeath: a refresh token that is put into the configuration helps too, and an old one does not come
// back for ever.
func TestANewSeedAfterDeath(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 2)
	r.tick()
	r.clock.add(23 * time.Hour)
	r.server.FailTokens(zalooatest.LosesIt)
	r.tick()
	r.clock.add(time.Minute)
	r.tick()
	for range 5 {
		r.tick()
	}
	dead := r.stands()
	if dead.Alarm(r.clock.Now()) != sangkien.TokenDead || dead.Version != 2 {
		t.Fatalf("%+v", dead)
	}
	r.config.RefreshToken = r.server.Seed()
	r.begin(0) // the other process still has the old configuration
	r.tick()
	r.tick()
	if s := r.stands(); s.Alarm(r.clock.Now()) != sangkien.TokenWell || s.Version != 4 {
		t.Errorf("with a new refresh token: %+v", s)
	}
}
