package zalooatest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// Fault is what goes wrong with one request for a token.
type Fault int

const (
	Works     Fault = iota
	Down            // 503, nothing was done
	Cut             // the connection ends, nothing was done
	LosesIt         // the refresh token is used up, and the answer never arrives
	HangsOnIt       // the same, and the connection stays open until the client gives up
)

// grant is a code that was given to a browser.
type grant struct{ challenge, redirect string }

// FailTokens lets the next requests for a token go wrong.
func (s *Server) FailTokens(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.oauthFault = append(s.oauthFault, faults...)
}

// Seed makes a first refresh token, as the API explorer of Zalo gives one. What was before does not work any more.
func (s *Server) Seed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refresh != "" {
		s.used[s.refresh] = true
	}
	s.refresh = secret("refresh")
	return s.refresh
}

// Renewals is how many refreshes succeeded.
func (s *Server) Renewals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.renewals
}

// Works tells whether an access token is good now.
func (s *Server) Works(access string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.access[access]
	return ok && s.opts.Now().Before(until)
}

// Revoke makes every access token bad at once; refresh tokens stay.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

// permission is the page on which an administrator allows the app. Whoever opens it agrees.
func (s *Server) permission(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	challenge, err2 := base64.RawURLEncoding.DecodeString(q.Get("code_challenge"))
	if err != nil || back.Host == "" || q.Get("app_id") != AppID || err2 != nil || len(challenge) != sha256.Size || q.Get("state") == "" {
		http.Error(w, "-14003 Invalid redirect uri", http.StatusBadRequest)
		return
	}
	code := secret("code")
	s.mu.Lock()
	s.codes[code] = grant{challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri")}
	s.mu.Unlock()
	back.RawQuery = url.Values{"code": {code}, "oa_id": {OAID}, "state": {q.Get("state")}}.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(r.URL.RawQuery) > 0 {
		s.violate("a token was asked for by %s and %q", r.Header.Get("Content-Type"), r.URL.RawQuery)
		oauthError(w, -14002, "invalid_request")
		return
	}
	fault := s.fault()
	switch fault {
	case Down:
		http.Error(w, "<html>maintenance</html>", http.StatusServiceUnavailable)
		return
	case Cut:
		panic(http.ErrAbortHandler)
	case Works, LosesIt, HangsOnIt:
	}
	if r.Header.Get("secret_key") != AppSecret || r.PostForm.Get("app_id") != AppID {
		oauthError(w, -14004, "invalid_app")
		return
	}
	answer, code := s.exchange(r.PostForm)
	switch {
	case fault == HangsOnIt:
		select {
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
		panic(http.ErrAbortHandler)
	case fault == LosesIt:
		panic(http.ErrAbortHandler)
	case code != 0:
		oauthError(w, code, "invalid_grant")
		return
	}
	write(w, answer)
}

func (s *Server) fault() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.oauthFault) == 0 {
		return Works
	}
	f := s.oauthFault[0]
	s.oauthFault = s.oauthFault[1:]
	return f
}

// exchange gives a pair for a code or a refresh token, once.
func (s *Server) exchange(form url.Values) (answer map[string]string, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch form.Get("grant_type") {
	case "authorization_code":
		g, ok := s.codes[form.Get("code")]
		delete(s.codes, form.Get("code"))
		sum := sha256.Sum256([]byte(form.Get("code_verifier")))
		if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
			return nil, -14019
		}
		if s.refresh != "" {
			s.used[s.refresh] = true
		}
	case "refresh_token":
		given := form.Get("refresh_token")
		if given != s.refresh || given == "" {
			return nil, -14020
		}
		s.used[given] = true
		s.renewals++
	default:
		return nil, -14001
	}
	s.refresh, s.newest = secret("refresh"), secret("access")
	s.access[s.newest] = s.opts.Now().Add(s.opts.AccessFor)
	return map[string]string{"access_token": s.newest, "refresh_token": s.refresh, "expires_in": strconv.Itoa(int(s.opts.AccessFor / time.Second))}, 0
}

func oauthError(w http.ResponseWriter, code int, name string) {
	write(w, map[string]any{"error": code, "error_name": name, "error_description": name + ", see the documentation"})
}

func secret(kind string) string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return kind + "-" + hex.EncodeToString(b[:])
}
