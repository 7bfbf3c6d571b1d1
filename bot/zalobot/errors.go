package zalobot

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sangkien/sangkien/bot"
)

// errNoAnswer says that who answered was not the Bot API.
var errNoAnswer = errors.New("the answer is not the Bot API's")

// apiError is a call that the Bot API answered with "not ok".
type apiError struct {
	method      string
	code        int
	description string
}

func (e *apiError) Error() string {
	what := e.description
	if what == "" {
		what = http.StatusText(e.code)
	}
	return fmt.Sprintf("%s: %d %s", e.method, e.code, what)
}

// failure says what a failed call means.
func (c *client) failure(method string, a answer, status, retryAfter int) *bot.SendError {
	e := &apiError{method: method, code: a.Code, description: c.secret.Text(a.Description)}
	if e.code == 0 {
		e.code = status
	}
	out := &bot.SendError{Kind: kindFor(e.code, strings.ToLower(e.description)), Err: e}
	if out.Kind == bot.SendLimited {
		out.After = time.Duration(max(1, retryAfter)) * time.Second
	}
	return out
}

// noAnswer is a call that the Bot API did not answer: worth another try, whoever it was that did. Where all of it went out
// and no answer came, or half of one, it may have been done.
func (c *client) noAnswer(method string, err error, status, retryAfter int, written bool) *bot.SendError {
	out := &bot.SendError{Kind: bot.SendRetry, Err: fmt.Errorf("%s: %w", method, c.secret.Error(err))}
	if status != 0 {
		out.Err = fmt.Errorf("%w (HTTP %d)", out.Err, status)
	}
	if written && (status == 0 || status == http.StatusOK) {
		out.Kind = bot.SendUnknown
	}
	if status == http.StatusTooManyRequests {
		out.Kind, out.After = bot.SendLimited, time.Duration(max(1, retryAfter))*time.Second
	}
	return out
}

// gone are the words of a refusal that mean: this chat takes nothing. They are no contract, so what is unknown is
// about the message and not about the chat.
var gone = []string{"chat not found", "user not found", "chat_id", "blocked", "deactivated", "not interacted", "has not followed"}

// kindFor says what an answer means by its code and its words in lower case.
func kindFor(code int, text string) bot.SendKind {
	switch {
	case code == http.StatusTooManyRequests:
		return bot.SendLimited
	case code == http.StatusUnauthorized:
		return bot.SendFatal // the token was revoked, or never was one
	case slices.ContainsFunc(gone, func(words string) bool { return strings.Contains(text, words) }) && code >= 400 && code < 500:
		return bot.SendUnreachable
	case code == http.StatusNotFound:
		return bot.SendFatal // there is no Bot API at the address
	case code == http.StatusForbidden:
		return bot.SendUnreachable
	case code == http.StatusRequestTimeout, code == http.StatusConflict, code < 400, code >= 500:
		return bot.SendRetry
	}
	return bot.SendRefused
}

// says tells whether the Bot API answered with this code and these words.
func says(err error, code int, words string) bool {
	var e *apiError
	return errors.As(err, &e) && e.code == code && strings.Contains(strings.ToLower(e.description), words)
}
