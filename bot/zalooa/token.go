package zalooa

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// Vault is where the one pair of tokens lies that all processes use; storage is one.
type Vault interface {
	Token(ctx context.Context, name string) (sangkien.Token, error)
	LockToken(ctx context.Context, name, by string, now, until time.Time) (t sangkien.Token, ok bool, err error)
	UnlockToken(ctx context.Context, name, by string) error
	TryToken(ctx context.Context, name, by string, now time.Time) error
	FailToken(ctx context.Context, name, by, failure string, refused, dead bool, now time.Time) error
	SaveToken(ctx context.Context, t sangkien.Token) error
}

// renewTimeout is how long Zalo may take to give a pair. A lock lasts lockTimes as long: who held it has heard the
// answer, or never will, when another takes it.
const (
	renewTimeout = 15 * time.Second
	lockTimes    = 4
	keepEvery    = time.Minute            // how often is looked whether the pair is due
	pollHeld     = 200 * time.Millisecond // how often, whether another process has renewed it
	margin       = time.Minute            // before its end an access token is not used any more
)

// Tokens keeps the pair of an Official Account alive, over any number of processes.
//
// A refresh token works once. So there is one row for all; whoever renews holds its lock, reads the row again, notes
// that a renewal is begun, asks, and stores the new pair before anyone uses it. What can go wrong in between:
// the answer is lost, or the process dies with it. Then the stored refresh token is used up, and nobody can know:
// it is tried once more, and when Zalo says so the token is marked dead, while a tenth of the access token's life
// (2.5 hours) is left to hear the alarm and authorise anew.
type Tokens struct {
	name, by, seed string
	oauth          oauth
	vault          Vault
	sealer         sealer
	now            func() time.Time
	timeout        time.Duration
	logger         *slog.Logger

	renewing sync.Mutex // one renewal at a time in this process
	mu       sync.Mutex
	have     pair
	stands   sangkien.Token  // what have belongs to
	unsaved  *sangkien.Token // renewed, and not stored yet
}

// TokenName is the name under which the pair of an app is stored.
func TokenName(app string) string { return Name + ":" + app }

// NewTokens returns the tokens of the app of c. It returns EINVALID when the configuration cannot work.
func NewTokens(c Config) (*Tokens, error) {
	if c.AppID == "" || c.AppSecret == "" {
		return nil, sangkien.Errorf(sangkien.EINVALID, "SANGKIEN_ZALO_OA_APP_ID and SANGKIEN_ZALO_OA_APP_SECRET: both are on the page of the app at developers.zalo.me")
	}
	name := TokenName(c.AppID)
	seal, err := newSealer(c.SecretKey, name)
	if err != nil {
		return nil, err
	}
	c = c.complete()
	t := &Tokens{name: name, by: randomText(), seed: c.RefreshToken, vault: c.Vault, sealer: seal, now: c.Now, timeout: c.RenewTimeout, logger: c.Logger,
		oauth: oauth{base: strings.TrimRight(c.OAuthURL, "/"), app: c.AppID, secret: c.AppSecret, http: newHTTP(c.Transport)}}
	return t, nil
}

// Keep renews the pair when it is due, and makes a beginning with the refresh token of the configuration. It is for
// every minute, on every process, however idle.
func (t *Tokens) Keep(ctx context.Context) error {
	stored, err := t.vault.Token(ctx, t.name)
	if err != nil {
		return err
	}
	if stored, err = t.plant(ctx, stored); err != nil {
		return err
	}
	t.mu.Lock()
	waits := t.unsaved != nil
	t.mu.Unlock()
	if !waits && !stored.Due(t.now()) {
		return nil
	}
	err = t.renew(ctx, stored.Version)
	if errors.Is(err, errHeld) {
		return nil // another process is at it
	}
	return err
}

// plant stores the refresh token of the configuration where there is no pair, or a dead one that began with another.
func (t *Tokens) plant(ctx context.Context, stored sangkien.Token) (sangkien.Token, error) {
	sum := sha256.Sum256([]byte(t.seed))
	seed := hex.EncodeToString(sum[:8])
	if t.seed == "" || stored.Version > 0 && (stored.Dead.IsZero() || stored.Seed == seed) {
		return stored, nil
	}
	next, err := t.token(stored.Version+1, granted{pair: pair{Refresh: t.seed}}, seed)
	if err != nil {
		return stored, err
	}
	if err := t.vault.SaveToken(ctx, next); err != nil && sangkien.CodeOf(err) != sangkien.ECONFLICT {
		return stored, err
	}
	return t.vault.Token(ctx, t.name)
}

func (t *Tokens) token(version int64, g granted, seed string) (sangkien.Token, error) {
	sealed, err := t.sealer.seal(g.pair)
	now := t.now()
	return sangkien.Token{Name: t.name, Version: version, Sealed: sealed, Seed: seed, Renewed: now, Lasts: g.lasts, Expires: now.Add(g.lasts)}, err
}

// Access returns an access token that is good now.
func (t *Tokens) Access(ctx context.Context) (string, error) {
	if access, ok := t.usable(); ok {
		return access, nil
	}
	return t.fetch(ctx, "")
}

// Renewed returns an access token other than the one that Zalo refused.
func (t *Tokens) Renewed(ctx context.Context, refused string) (string, error) {
	return t.fetch(ctx, refused)
}

func (t *Tokens) usable() (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.have.Access, t.have.Access != "" && t.now().Before(t.stands.Expires.Add(-margin))
}

// errHeld says that another process holds the lock.
var errHeld = errors.New("another process renews the Zalo tokens")

// fetch reads the stored pair and renews it where it does not serve, or waits for whoever does so.
func (t *Tokens) fetch(ctx context.Context, refused string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	for {
		stored, err := t.vault.Token(ctx, t.name)
		if err != nil {
			return "", err
		}
		if err := t.take(stored); err != nil {
			return "", err
		}
		if access, ok := t.usable(); ok && access != refused {
			return access, nil
		}
		now := t.now()
		switch {
		case stored.Version == 0, !stored.Dead.IsZero():
			return "", errDead
		case stored.Failure != "" && now.Before(stored.RetryAt()), refused != "" && now.Sub(stored.Renewed) < time.Minute:
			return "", fmt.Errorf("the Zalo tokens cannot be used and are renewed in a moment: %s", stored.Failure)
		}
		err = t.renew(ctx, stored.Version)
		if err != nil && !errors.Is(err, errHeld) {
			return "", err
		}
		if err != nil && !bot.Sleep(ctx, pollHeld) {
			return "", errHeld
		}
	}
}

// errDead says that nothing but an authorisation helps.
var errDead = errors.New("there are no Zalo tokens that work: run: sangkien zalo authorize")

// take uses a stored pair from now on.
func (t *Tokens) take(stored sangkien.Token) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if stored.Version <= t.stands.Version {
		return nil // also what was read before another of us had the next
	}
	p, err := t.sealer.open(stored.Sealed)
	if err != nil {
		return err
	}
	t.have, t.stands = p, stored
	return nil
}

// renew puts a new pair in the place of the version.
func (t *Tokens) renew(ctx context.Context, version int64) error {
	t.renewing.Lock()
	defer t.renewing.Unlock()
	// Whoever asked for it may go away, and this process may be asked to end: an answer that nobody reads is the end of
	// the pair. So the request is bounded by its own time only, well below that of the lock.
	ctx = context.WithoutCancel(ctx)
	asking, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	now := t.now()
	stored, ok, err := t.vault.LockToken(ctx, t.name, t.by, now, now.Add(lockTimes*t.timeout))
	if err != nil {
		return err
	}
	if !ok {
		return errHeld
	}
	next, err := t.next(asking, stored, version)
	switch {
	case err != nil:
		return err
	case next == nil:
		return t.vault.UnlockToken(ctx, t.name, t.by)
	}
	return t.save(ctx, *next)
}

// next returns the token that follows the stored one; nil when the stored one is new already.
func (t *Tokens) next(ctx context.Context, stored sangkien.Token, version int64) (*sangkien.Token, error) {
	t.mu.Lock()
	unsaved := t.unsaved
	t.mu.Unlock()
	if unsaved != nil && unsaved.Version == stored.Version+1 {
		return unsaved, nil
	}
	if stored.Version != version || !stored.Dead.IsZero() {
		return nil, t.take(stored)
	}
	old, err := t.sealer.open(stored.Sealed)
	if err != nil {
		return nil, errors.Join(err, t.fail(ctx, err, true, false))
	}
	if err := t.vault.TryToken(ctx, t.name, t.by, t.now()); err != nil {
		return nil, err
	}
	got, err := t.oauth.renew(ctx, old.Refresh)
	var no *refusal
	if err != nil {
		refused := errors.As(err, &no)
		return nil, errors.Join(err, t.fail(ctx, err, refused, refused && no.code == usedUp))
	}
	next, err := t.token(stored.Version+1, got, stored.Seed)
	return &next, err
}

func (t *Tokens) fail(ctx context.Context, cause error, refused, dead bool) error {
	t.logger.ErrorContext(ctx, "zalo: tokens not renewed", "error", cause, "dead", dead)
	var ue *url.Error
	if errors.As(cause, &ue) {
		cause = ue.Err
	}
	return t.vault.FailToken(context.WithoutCancel(ctx), t.name, t.by, cause.Error(), refused, dead, t.now())
}

// save stores a new pair. It is the only one that works, so it is kept in hand until it is stored, and asked for
// nobody else's sake until then.
func (t *Tokens) save(ctx context.Context, next sangkien.Token) error {
	t.mu.Lock()
	t.unsaved = &next
	t.mu.Unlock()
	err := t.vault.SaveToken(context.WithoutCancel(ctx), next)
	overtaken := sangkien.CodeOf(err) == sangkien.ECONFLICT // an authorisation was quicker: its pair is newer than ours
	if err != nil && !overtaken {
		t.logger.ErrorContext(ctx, "zalo: new tokens cannot be stored yet; they are lost if this process ends now", "error", err)
		return err
	}
	t.mu.Lock()
	t.unsaved = nil
	t.mu.Unlock()
	if overtaken {
		return nil
	}
	t.logger.InfoContext(ctx, "zalo: tokens renewed", "version", next.Version, "expires", next.Expires)
	return t.take(next)
}

// Authorise stores the first pair, for the code that a browser brought back, over whatever there was.
func (t *Tokens) Authorise(ctx context.Context, p Permission, code string) error {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	stored, err := t.vault.Token(ctx, t.name)
	if err != nil {
		return err // before the code is used up
	}
	got, err := t.oauth.exchange(ctx, code, p.verifier)
	if err != nil {
		return err
	}
	for {
		next, err := t.token(stored.Version+1, got, stored.Seed)
		if err != nil {
			return err
		}
		err = t.vault.SaveToken(context.WithoutCancel(ctx), next)
		if sangkien.CodeOf(err) != sangkien.ECONFLICT {
			return err
		}
		if stored, err = t.vault.Token(ctx, t.name); err != nil { // renewed meanwhile, from the pair before ours
			return err
		}
	}
}

// Stands returns how the tokens stand.
func (t *Tokens) Stands(ctx context.Context) (sangkien.Token, error) {
	return t.vault.Token(ctx, t.name)
}

// newHTTP returns a client that follows no redirect: it would carry a token to wherever it points.
func newHTTP(through func(http.RoundTripper) http.RoundTripper) *http.Client {
	var transport http.RoundTripper = &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 64, MaxIdleConnsPerHost: 64,
		IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true}
	if through != nil {
		transport = through(transport)
	}
	return &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
