package telegram

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"github.com/sangkien/sangkien/bot"
)

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

// failure says what a failed call means. https://core.telegram.org/bots/api#making-requests
func (c *client) failure(method string, err error, x *exchange) *bot.SendError {
	var api *tgbotapi.Error
	if !errors.As(err, &api) {
		return noAnswer(fmt.Errorf("%s: %w", method, c.secret.Error(err)), x)
	}
	e := &apiError{method: method, code: api.Code, description: c.secret.Text(api.Message)}
	if e.code == 0 { // by a server that is not Telegram's, or lost by the library
		e.code = x.status
	}
	out := &bot.SendError{Kind: kindFor(e.code, strings.ToLower(e.description)), Err: e}
	wait := max(api.RetryAfter, x.retryAfter)
	switch {
	case wait > 0 || out.Kind == bot.SendLimited:
		out.Kind, out.After = bot.SendLimited, time.Duration(max(1, wait))*time.Second
	case api.MigrateToChatID != 0:
		out.Kind, out.MovedTo = bot.SendMoved, strconv.FormatInt(api.MigrateToChatID, 10)
	}
	return out
}

// noAnswer is a call that the Bot API did not answer: worth another try, whoever it was that did.
func noAnswer(err error, x *exchange) *bot.SendError {
	out := &bot.SendError{Kind: bot.SendRetry, Err: err}
	if x.status != 0 {
		out.Err = fmt.Errorf("%w (HTTP %d)", err, x.status)
	}
	switch x.status {
	case 0, http.StatusOK: // no answer, or half of one
		if x.written != nil && x.written() && !errors.Is(err, errNoAnswer) {
			out.Kind = bot.SendUnknown
		}
	case http.StatusTooManyRequests:
		out.Kind, out.After = bot.SendLimited, time.Duration(max(1, x.retryAfter))*time.Second
	case http.StatusRequestEntityTooLarge: // said by a proxy in front: no smaller at the next try
		out.Kind = bot.SendRefused
	}
	return out
}

// unreachable are the words of a 400 that mean: this chat takes nothing more. They are no contract, so what is
// unknown is about the message and not about the chat.
var unreachable = []string{"chat not found", "user not found", "peer_id_invalid", "user_is_blocked", "input_user_deactivated",
	"bot was blocked", "user is deactivated", "chat_write_forbidden", "not enough rights to send", "have no rights to send",
	"group chat was deactivated", "group chat was upgraded"}

// kindFor says what an answer means by its code and its words in lower case.
func kindFor(code int, text string) bot.SendKind {
	switch {
	case code == http.StatusTooManyRequests:
		return bot.SendLimited
	case code == http.StatusUnauthorized, code == http.StatusNotFound:
		return bot.SendFatal // the token was revoked, or cannot be one
	case code == http.StatusForbidden:
		return bot.SendUnreachable
	case code == http.StatusRequestTimeout, code == http.StatusConflict, strings.Contains(text, "temporarily unavailable"):
		return bot.SendRetry
	case code < 400 || code >= 500:
		return bot.SendRetry
	case slices.ContainsFunc(unreachable, func(words string) bool { return strings.Contains(text, words) }):
		return bot.SendUnreachable
	}
	return bot.SendRefused
}

// says tells whether the Bot API answered with this code and these words.
func says(err error, code int, words string) bool {
	var e *apiError
	return errors.As(err, &e) && e.code == code && strings.Contains(strings.ToLower(e.description), words)
}
