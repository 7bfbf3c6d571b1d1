// Package telegram is the Telegram channel: it turns the Bot API's updates into ours and our messages into its
// calls. telegram-bot-api/v5 is used as wire client and for its types only: polling, webhooks, errors and
// files are our own, for the library's lose updates, leak the token and have no time-outs. Its types end here.
package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"github.com/sangkien/sangkien/bot"
)

// maxAnswer is the most bytes of an answer that are read: 100 updates of 4 kB text are far below.
const maxAnswer = 32 << 20

// client makes calls. Nothing that it returns holds the token.
type client struct {
	token string
	base  string // without a slash at the end
	http  *http.Client
}

func newClient(token, base string) *client {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		MaxIdleConns: 128, MaxIdleConnsPerHost: 128, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
	}
	return &client{token: token, base: strings.TrimRight(base, "/"), http: &http.Client{
		Transport: transport,
		// A redirect would carry the token to wherever it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// call makes one call and returns its result. An error is a *bot.SendError.
func (c *client) call(ctx context.Context, timeout time.Duration, method string, params tgbotapi.Params) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	// One BotAPI for a call: the library has no context, so its client carries one.
	doer := &callDoer{ctx: ctx, client: c}
	api := &tgbotapi.BotAPI{Token: c.token, Client: doer}
	api.SetAPIEndpoint(strings.ReplaceAll(c.base, "%", "%%") + "/bot%s/%s")
	answer, err := api.MakeRequest(method, params)
	if err != nil {
		return nil, classify(method, err, doer.status)
	}
	return answer.Result, nil
}

// callDoer is what the library calls instead of an http.Client, for one call.
type callDoer struct {
	ctx    context.Context //nolint:containedctx // lives for one call
	client *client
	status int
}

// Do implements tgbotapi.HTTPClient.
func (d *callDoer) Do(r *http.Request) (*http.Response, error) {
	resp, err := d.client.http.Do(r.WithContext(d.ctx))
	if err != nil {
		return nil, d.client.redact(err)
	}
	d.status = resp.StatusCode
	if !strings.Contains(resp.Header.Get("Content-Type"), "json") {
		_ = resp.Body.Close() // nothing in it is for us: a proxy's page, or a redirect
		return nil, fmt.Errorf("status %d without JSON", resp.StatusCode)
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

// redacted is an error whose text had the token in it. The cause behind the URL stays reachable.
type redacted struct {
	text  string
	cause error
}

func (e *redacted) Error() string { return e.text }
func (e *redacted) Unwrap() error { return e.cause }

// redact takes the token out of an error. Go puts the whole URL, and with it the token, into errors of http.
func (c *client) redact(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	text := strings.ReplaceAll(err.Error(), c.token, "<token>")
	text = strings.ReplaceAll(text, url.PathEscape(c.token), "<token>")
	if text == err.Error() {
		return err
	}
	return &redacted{text: text}
}

// classify says what a failed call means. https://core.telegram.org/bots/api#making-requests
func classify(method string, err error, status int) *bot.SendError {
	out := &bot.SendError{Kind: bot.SendRetry, Err: fmt.Errorf("%s: %w", method, err)}
	var api *tgbotapi.Error
	if !errors.As(err, &api) {
		if status >= 400 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusConflict {
			out.Kind = bot.SendFatal
		}
		return out
	}
	code := api.Code
	if code == 0 { // lost by the library for uploads
		code = status
	}
	out.Err = fmt.Errorf("%s: %d %s", method, code, api.Message)
	text := strings.ToLower(api.Message)
	switch {
	case api.RetryAfter > 0 || code == http.StatusTooManyRequests:
		out.Kind, out.After = bot.SendLimited, time.Duration(max(1, api.RetryAfter))*time.Second
	case api.MigrateToChatID != 0:
		out.Kind, out.MovedTo = bot.SendMoved, fmt.Sprint(api.MigrateToChatID)
	case code == http.StatusForbidden, strings.Contains(text, "chat not found"), strings.Contains(text, "peer_id_invalid"):
		out.Kind = bot.SendUnreachable
	case code == http.StatusUnauthorized, code == http.StatusNotFound:
		out.Kind = bot.SendFatal
	case code == http.StatusBadRequest:
		out.Kind = bot.SendRefused
	}
	return out
}

// kindOf returns the kind of an error of call.
func kindOf(err error) bot.SendKind {
	var se *bot.SendError
	if errors.As(err, &se) {
		return se.Kind
	}
	return bot.SendRetry
}
