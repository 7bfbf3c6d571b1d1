package telegram

import (
	"context"
	"net/http"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"github.com/sangkien/sangkien/bot"
)

// maxUpdate is the most bytes of one update: texts have 4,096 characters, the rest is names and entities.
const maxUpdate = 1 << 20

// Webhook is where Telegram delivers to. It answers 200 once an update is committed (promise 2), 503 when it
// could not be: then Telegram delivers again. Who does not show the secret is not read at all. Presses are
// answered while Run runs. https://core.telegram.org/bots/api#setwebhook
func (c *Channel) Webhook(receive bot.Receive) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, ok := bot.Posted(w, r, maxUpdate, c.known)
		if !ok {
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
			bot.Again(w)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}

func (c *Channel) known(h http.Header) bool {
	return bot.SameSecret(h.Get("X-Telegram-Bot-Api-Secret-Token"), c.config.Secret)
}

func (c *Channel) keepWebhook(ctx context.Context) error {
	return bot.KeepWebhook(ctx, Name, func(ctx context.Context) error {
		_, err := c.client.call(ctx, callTimeout, "setWebhook", tgbotapi.Params{
			"url": c.config.Webhook, "secret_token": c.config.Secret, "allowed_updates": allowed, "max_connections": "100"})
		return err
	}, func(err error, failures int) time.Duration { return pause(err, failures, maxPollPause) }, c.logger)
}
