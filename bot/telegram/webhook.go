package telegram

import (
	"context"
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

// Webhook is where Telegram delivers to. It answers 200 once an update is committed (promise 2), 503 when it
// could not be: then Telegram delivers again. Who does not show the secret is not read at all.
// https://core.telegram.org/bots/api#setwebhook
func (c *Channel) Webhook(receive bot.Receive) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown := r.Header.Get("X-Telegram-Bot-Api-Secret-Token")
		if c.config.Secret == "" || subtle.ConstantTimeCompare([]byte(shown), []byte(c.config.Secret)) != 1 {
			http.Error(w, "not for you", http.StatusUnauthorized)
			return
		}
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpdate))
		if err != nil {
			http.Error(w, "too large or cut off", http.StatusBadRequest)
			return
		}
		d := decode(c.botID, raw, time.Now())
		c.answer(r.Context(), d.query)
		if err := receive(r.Context(), d.update)(); err != nil {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "again, please", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}

// keepWebhook sets the webhook, again and again until it is set, and then waits for the end.
func (c *Channel) keepWebhook(ctx context.Context) error {
	for failures := 1; ctx.Err() == nil; failures++ {
		_, err := c.client.call(ctx, callTimeout, "setWebhook", tgbotapi.Params{
			"url": c.config.Webhook, "secret_token": c.config.Secret, "allowed_updates": allowed, "max_connections": "100"})
		if err == nil {
			<-ctx.Done()
			return nil
		}
		if kindOf(err) == bot.SendFatal || kindOf(err) == bot.SendRefused {
			return fmt.Errorf("set the webhook: %w", err)
		}
		if ctx.Err() == nil {
			c.logger.Warn("telegram: set the webhook", "error", err)
			sleep(ctx, pause(err, failures))
		}
	}
	return nil
}
