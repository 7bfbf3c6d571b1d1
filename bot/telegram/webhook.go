package telegram

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"github.com/sangkien/sangkien/bot"
)

// maxUpdate is the most bytes of one update: texts have 4,096 characters, the rest is names and entities.
const maxUpdate = 1 << 20

// renewWebhook is how often a webhook that is set is set again: another program with the token may take it away,
// and Telegram would not tell.
const renewWebhook = 10 * time.Minute

// Webhook is where Telegram delivers to. It answers 200 once an update is committed (promise 2), 503 when it
// could not be: then Telegram delivers again. Who does not show the secret is not read at all. Presses are
// answered while Run runs. https://core.telegram.org/bots/api#setwebhook
func (c *Channel) Webhook(receive bot.Receive) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "Telegram posts", http.StatusMethodNotAllowed)
			return
		case !c.knows(r.Header.Get("X-Telegram-Bot-Api-Secret-Token")):
			http.Error(w, "not for you", http.StatusUnauthorized)
			return
		}
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpdate))
		if err != nil {
			http.Error(w, "too large or cut off", http.StatusBadRequest)
			return
		}
		d := decode(c.botID, raw, time.Now())
		c.answer(d.query)
		if d.inline != nil {
			c.offer(d.inline)
			w.WriteHeader(http.StatusOK)
			return
		}
		// What is begun is finished, also while the process ends or Telegram hangs up.
		if err := receive(context.WithoutCancel(r.Context()), d.update)(); err != nil {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "again, please", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}

// knows compares a secret with ours in a time that tells nothing of it, not even its length.
func (c *Channel) knows(shown string) bool {
	a, b := sha256.Sum256([]byte(shown)), sha256.Sum256([]byte(c.config.Secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && c.config.Secret != ""
}

// keepWebhook sets the webhook, again and again until it is set, and now and then afterwards, until ctx ends.
// What Telegram dislikes about the address may be mended elsewhere: a name not yet known, a server not yet up.
func (c *Channel) keepWebhook(ctx context.Context) error {
	for failures := 0; ctx.Err() == nil; {
		_, err := c.client.call(ctx, callTimeout, "setWebhook", tgbotapi.Params{
			"url": c.config.Webhook, "secret_token": c.config.Secret, "allowed_updates": allowed, "max_connections": "100"})
		wait := renewWebhook
		switch {
		case ctx.Err() != nil: // asked to end: what was cut off is no failure
		case err == nil:
			failures = 0
		case kindOf(err) == bot.SendFatal:
			return fmt.Errorf("telegram refuses the token or the address: %w", err)
		default:
			failures++
			wait = pause(err, failures, maxPollPause)
			c.logger.Warn("telegram: set the webhook", "again_in", wait, "error", err)
		}
		sleep(ctx, wait)
	}
	return nil
}
