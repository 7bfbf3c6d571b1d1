// Package zalooa is the channel of a Zalo Official Account: it turns the events of its webhook into our updates and
// our messages into calls of its Open API, keeps its tokens alive, and heeds when Zalo lets us write to whom. It
// imports neither storage nor handlers; what it must know of people and of its stored tokens is handed to it.
package zalooa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sangkien/sangkien/bot"
)

// maxAnswer is the most bytes of an answer that are read.
const maxAnswer = 1 << 20

// callTimeout is how long a call may take. After it nobody knows whether Zalo did what was asked.
const callTimeout = 15 * time.Second

// client makes calls of the Open API with an access token that is good.
type client struct {
	base   string
	http   *http.Client
	tokens *Tokens
}

func newClient(base string, tokens *Tokens) *client {
	return &client{base: strings.TrimRight(base, "/"), http: tokens.oauth.http, tokens: tokens}
}

// content is what a call brings; it may be asked for twice.
type content func() (body io.ReadCloser, mime string, err error)

func jsonOf(v any) content {
	return func() (io.ReadCloser, string, error) {
		data, err := json.Marshal(v)
		return io.NopCloser(strings.NewReader(string(data))), "application/json", err
	}
}

// call posts to a path and returns the data of the answer. Where the access token is refused it is renewed and the
// call made once more. An error is a *bot.SendError, without a secret.
func (c *client) call(ctx context.Context, timeout time.Duration, path string, what content) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	access, err := c.tokens.Access(ctx)
	if err != nil {
		return nil, noToken(path, err)
	}
	once := func() (data json.RawMessage, status int, err error) {
		traced, written := bot.Written(ctx)
		if data, status, err = c.once(traced, access, path, what); err != nil && written() && (status == 0 || status == http.StatusOK) && !answered(err) {
			err = unknown{err}
		}
		return data, status, err
	}
	data, status, err := once()
	if refusesToken(status, err) {
		if access, err = c.tokens.Renewed(ctx, access); err != nil {
			return nil, noToken(path, err)
		}
		data, status, err = once()
	}
	if err != nil {
		return nil, failure(path, status, err)
	}
	return data, nil
}

func (c *client) once(ctx context.Context, access, path string, what content) (data json.RawMessage, status int, err error) {
	body, mime, err := what()
	if err != nil {
		return nil, 0, fmt.Errorf("write what is sent: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, body)
	if err != nil {
		return nil, 0, errors.Join(err, body.Close())
	}
	r.Header.Set("Content-Type", mime)
	r.Header.Set("access_token", access)
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = resp.Body.Close() }() // only read from
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, resp.StatusCode, fmt.Errorf("read the answer: %w", err)
	}
	data, err = readAnswer(path, resp.StatusCode, answer)
	return data, resp.StatusCode, err
}

// errNoAnswer says that who answered was not Zalo.
var errNoAnswer = errors.New("the answer is not Zalo's")

// unknown is a call that went out and got no answer, or half of one: it may have been done.
type unknown struct{ error }

func (u unknown) Unwrap() error { return u.error }

// answered tells whether somebody said no.
func answered(err error) bool {
	var api *apiError
	return errors.As(err, &api) || errors.Is(err, errNoAnswer)
}

// readAnswer reads an answer. Only HTTP 200 with "error":0 is success.
func readAnswer(path string, status int, body []byte) (json.RawMessage, error) {
	var a struct {
		Error   *int            `json:"error"`
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data"`
	}
	switch err := json.Unmarshal(body, &a); {
	case err != nil || a.Error == nil:
		return nil, errNoAnswer
	case *a.Error != 0:
		return nil, &apiError{path: path, code: *a.Error, message: a.Message}
	case status != http.StatusOK:
		return nil, errNoAnswer
	}
	return a.Data, nil
}

func refusesToken(status int, err error) bool {
	var api *apiError
	return status == http.StatusUnauthorized || errors.As(err, &api) && (api.code == tokenInvalid || api.code == znsTokenInvalid)
}

// noToken is a call that could not be made. Messages wait: with tokens they can be sent.
func noToken(path string, err error) *bot.SendError {
	kind := bot.SendRetry
	if errors.Is(err, errDead) || errors.Is(err, errOtherKey) {
		kind = bot.SendFatal
	}
	return &bot.SendError{Kind: kind, Err: fmt.Errorf("%s: %w", path, err)}
}
