package zalobot

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/sangkien/sangkien/bot"
)

// maxUpdate is the most bytes of one update.
const maxUpdate = 1 << 20

// renewWebhook is how often a webhook that is set is set again: another program with the token may take it away.
const renewWebhook = 10 * time.Minute

// Webhook is where Zalo delivers to. Nobody says that it delivers again, so an update is kept before it is answered
// 200, and handled then: whatever our stores do, the answer takes as long as the disk. Who does not show the secret is
// not read at all.
func (c *Channel) Webhook() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "Zalo posts", http.StatusMethodNotAllowed)
			return
		case !c.knows(r.Header.Get("X-Bot-Api-Secret-Token")):
			http.Error(w, "not for you", http.StatusUnauthorized)
			return
		}
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpdate))
		if err != nil {
			http.Error(w, "too large or cut off", http.StatusBadRequest)
			return
		}
		if err = errFull; !c.full() {
			err = c.keep(raw, time.Now())
		}
		if err != nil {
			c.logger.Error("zalo bot: an update cannot be kept", "error", err)
			w.Header().Set("Retry-After", "1")
			http.Error(w, "again, please", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}

var errFull = fmt.Errorf("%d updates wait already", maxHeld)

// knows compares a secret with ours in a time that tells nothing of it, not even its length.
func (c *Channel) knows(shown string) bool {
	a, b := sha256.Sum256([]byte(shown)), sha256.Sum256([]byte(c.config.Secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && c.config.Secret != ""
}

// keepWebhook sets the webhook, again and again until it is set, and now and then afterwards, until ctx ends.
func (c *Channel) keepWebhook(ctx context.Context) error {
	for failures := 0; ctx.Err() == nil; {
		_, err := c.client.call(ctx, callTimeout, "setWebhook", map[string]string{"url": c.config.Webhook, "secret_token": c.config.Secret})
		wait := renewWebhook
		switch {
		case ctx.Err() != nil: // asked to end: what was cut off is no failure
		case err == nil:
			failures = 0
		case kindOf(err) == bot.SendFatal:
			return fmt.Errorf("zalo bot: the token or the address is refused: %w", err)
		default:
			failures++
			wait = pause(err, failures, maxPollPause)
			c.logger.Warn("zalo bot: set the webhook", "again_in", wait, "error", err)
		}
		sleep(ctx, wait)
	}
	return nil
}
