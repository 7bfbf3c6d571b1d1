package zalooa

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// oauth asks Zalo for tokens. Nothing that it returns holds a secret but the pair itself.
type oauth struct {
	base, app, secret string
	http              *http.Client
}

// granted is a pair with how long its access token lasts.
type granted struct {
	pair
	lasts time.Duration
}

// refusal is Zalo's no to a request for tokens, said with HTTP 200.
type refusal struct {
	code int
	name string
}

func (e *refusal) Error() string {
	return fmt.Sprintf("zalo refuses to give tokens: %d %s", e.code, e.name)
}

// usedUp is the code of a refresh token that was used before: it will never work again.
const usedUp = -14020

func (o oauth) renew(ctx context.Context, refresh string) (granted, error) {
	return o.ask(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
}

// exchange gets the first pair for the code that a browser brought back.
func (o oauth) exchange(ctx context.Context, code, verifier string) (granted, error) {
	return o.ask(ctx, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}})
}

func (o oauth) ask(ctx context.Context, form url.Values) (granted, error) {
	form.Set("app_id", o.app)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.base+"/v4/oa/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		return granted{}, fmt.Errorf("ask for tokens: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("secret_key", o.secret)
	resp, err := o.http.Do(r)
	if err != nil {
		return granted{}, fmt.Errorf("ask for tokens: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // only read from
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return granted{}, fmt.Errorf("read the tokens: %w", err)
	}
	return readGrant(resp.StatusCode, body)
}

// readGrant reads an answer. Its text is never part of an error: it may hold tokens.
func readGrant(status int, body []byte) (granted, error) {
	var a struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Lasts   loose  `json:"expires_in"`
		Error   int    `json:"error"`
		Name    string `json:"error_name"`
	}
	if status != http.StatusOK || json.Unmarshal(body, &a) != nil {
		return granted{}, fmt.Errorf("ask for tokens: HTTP %d, which is no answer of Zalo's OAuth", status)
	}
	if a.Error != 0 {
		return granted{}, &refusal{code: a.Error, name: a.Name}
	}
	seconds, err := strconv.ParseInt(string(a.Lasts), 10, 64)
	if a.Access == "" || a.Refresh == "" || err != nil || seconds <= 0 {
		return granted{}, errors.New("ask for tokens: the answer lacks tokens or how long they last")
	}
	return granted{pair: pair{Access: a.Access, Refresh: a.Refresh}, lasts: time.Duration(seconds) * time.Second}, nil
}

// Permission is what an administrator opens to let the app speak for the Official Account, and what must be kept
// until the browser comes back.
type Permission struct {
	URL      string
	State    string
	verifier string
}

// Permission makes a new one. redirect is the callback address that the app has in Zalo's console.
func (t *Tokens) Permission(redirect string) Permission {
	p := Permission{State: randomText(), verifier: randomText()}
	sum := sha256.Sum256([]byte(p.verifier))
	p.URL = t.oauth.base + "/v4/oa/permission?" + url.Values{"app_id": {t.oauth.app}, "redirect_uri": {redirect},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "state": {p.State}}.Encode()
	return p
}
