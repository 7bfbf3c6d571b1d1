package zalobot

import (
	"context"
	"net/http"
	"time"

	"github.com/sangkien/sangkien/bot"
)

// maxUpdate is the most bytes of one update.
const maxUpdate = 1 << 20

// Webhook is where Zalo delivers to. Nobody says that it delivers again, so an update is kept before it is answered
// 200, and handled then: whatever our stores do, the answer takes as long as the disk. Who does not show the secret is
// not read at all.
func (c *Channel) Webhook() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, ok := bot.Posted(w, r, maxUpdate, c.known)
		if !ok {
			return
		}
		if c.full() {
			c.logger.Error("zalo bot: too many updates wait", "updates", maxHeld)
			bot.Again(w)
			return
		}
		if err := c.keep(raw, time.Now()); err != nil {
			c.logger.Error("zalo bot: an update cannot be kept", "error", err)
			c.enqueue(entry{update: decode(c.botID, raw, time.Now())}) // it may never come again, and what only reads is answered
			bot.Again(w)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}

func (c *Channel) known(h http.Header) bool {
	return bot.SameSecret(h.Get("X-Bot-Api-Secret-Token"), c.config.Secret)
}

func (c *Channel) keepWebhook(ctx context.Context) error {
	return bot.KeepWebhook(ctx, "zalo bot", func(ctx context.Context) error {
		_, err := c.client.call(ctx, callTimeout, "setWebhook", map[string]string{"url": c.config.Webhook, "secret_token": c.config.Secret})
		return err
	}, func(err error, failures int) time.Duration { return pause(err, failures, maxPollPause) }, c.logger)
}
