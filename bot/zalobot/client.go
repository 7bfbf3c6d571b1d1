package zalobot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sangkien/sangkien/bot"
)

// maxAnswer is the most bytes of an answer that are read: one update has a text of some thousand characters.
const maxAnswer = 1 << 20

// callTimeout is how long a call may take. After it nobody knows whether Zalo did what was asked.
const callTimeout = 15 * time.Second

// client makes calls. Nothing that it returns holds the token.
type client struct {
	base   string // with the token, a slash at the end
	http   *http.Client
	secret *bot.Redactor
}

func newClient(token, base string, through func(http.RoundTripper) http.RoundTripper) *client {
	c := &client{base: strings.TrimRight(base, "/") + "/bot" + token + "/", secret: bot.NewRedactor(token), http: &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			MaxIdleConns: 64, MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
			HTTP2: &http.HTTP2Config{SendPingTimeout: 20 * time.Second, PingTimeout: 10 * time.Second},
		},
		// A redirect would carry the token to wherever it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if through != nil {
		c.http.Transport = through(c.http.Transport)
	}
	return c
}

// answer is the platform's envelope. Whether a call went well is told by OK, not by the HTTP status.
type answer struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
}

// call makes one call and returns its result. An error is a *bot.SendError.
func (c *client) call(ctx context.Context, timeout time.Duration, method string, params map[string]string) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	body, err := json.Marshal(params)
	if err != nil {
		return nil, &bot.SendError{Kind: bot.SendRefused, Err: fmt.Errorf("%s: %w", method, err)}
	}
	if params == nil {
		body = []byte("{}")
	}
	ctx, written := bot.Written(ctx)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+method, bytes.NewReader(body))
	if err != nil {
		return nil, c.noAnswer(method, err, 0, 0, false)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, c.noAnswer(method, err, 0, 0, written())
	}
	defer func() { _ = resp.Body.Close() }()                      // only read from
	retryAfter, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // 0 for none, or a date
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, c.noAnswer(method, err, resp.StatusCode, retryAfter, true)
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil || !a.OK && a.Code == 0 && a.Description == "" && resp.StatusCode != http.StatusOK {
		return nil, c.noAnswer(method, errNoAnswer, resp.StatusCode, retryAfter, false) // a proxy's page, or a redirect
	}
	if !a.OK {
		return nil, c.failure(method, a, resp.StatusCode, retryAfter)
	}
	return a.Result, nil
}
