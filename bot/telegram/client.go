// Package telegram is the Telegram channel: it turns the Bot API's updates into ours and our messages into its
// calls. telegram-bot-api/v5 is used as wire client and for its types only: polling, webhooks, errors and
// files are our own, for the library's lose updates, leak the token and have no time-outs. Its types end here.
package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"github.com/sangkien/sangkien/bot"
)

// maxAnswer is the most bytes of an answer that are read: 100 updates of 4 kB text are far below.
const maxAnswer = 32 << 20

// client makes calls. Nothing that it returns holds the token.
type client struct {
	token  string
	base   string // without a slash at the end
	http   *http.Client
	secret *bot.Redactor
}

func newClient(token, base string, through func(http.RoundTripper) http.RoundTripper) *client {
	var transport http.RoundTripper = &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		MaxIdleConns: 128, MaxIdleConnsPerHost: 128, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
		// A connection whose peer vanished would hold up all calls on it until their time-outs.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 20 * time.Second, PingTimeout: 10 * time.Second},
	}
	if through != nil {
		transport = through(transport)
	}
	return &client{token: token, base: strings.TrimRight(base, "/"), secret: bot.NewRedactor(token), http: &http.Client{
		Transport: transport,
		// A redirect would carry the token to wherever it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// call makes one call and returns its result. An error is a *bot.SendError.
func (c *client) call(ctx context.Context, timeout time.Duration, method string, params tgbotapi.Params) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	// One BotAPI for a call: the library has no context, so its client carries one. The literal asks nobody,
	// where the constructors call getMe: we start while Telegram is down, too.
	x := &exchange{ctx: ctx, http: c.http}
	api := &tgbotapi.BotAPI{Token: c.token, Client: x}
	api.SetAPIEndpoint(strings.ReplaceAll(c.base, "%", "%%") + "/bot%s/%s")
	answer, err := api.MakeRequest(method, params)
	if err != nil {
		return nil, c.failure(method, err, x)
	}
	return answer.Result, nil
}

// exchange is what the library calls instead of an http.Client, for one call. It keeps what the library drops.
type exchange struct {
	ctx        context.Context //nolint:containedctx // lives for one call
	http       *http.Client
	status     int
	retryAfter int         // seconds, by the header
	written    func() bool // whether the whole request went out: who does not answer may have done it
}

// Do implements tgbotapi.HTTPClient. It reads the whole answer, so that the connection is free for the next call.
func (x *exchange) Do(r *http.Request) (*http.Response, error) {
	var ctx context.Context
	ctx, x.written = bot.Written(x.ctx)
	resp, err := x.http.Do(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // only read from
	x.status = resp.StatusCode
	x.retryAfter, _ = strconv.Atoi(resp.Header.Get("Retry-After")) // 0 for a date, which Telegram does not send
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return nil, errNoAnswer // nothing in it is for us: a proxy's page, or a redirect
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// errNoAnswer says that who answered was not the Bot API.
var errNoAnswer = errors.New("the answer is not the Bot API's")
