package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// Hook is what Telegram tells of the webhook. https://core.telegram.org/bots/api#webhookinfo
type Hook struct {
	URL       string // empty: updates are polled for
	Waiting   int    // updates that were not delivered yet
	LastError string
	FailedAt  time.Time // zero: never
}

// Hook asks Telegram how delivering updates goes.
func (c *Channel) Hook(ctx context.Context) (Hook, error) {
	result, err := c.client.call(ctx, callTimeout, "getWebhookInfo", nil)
	if err != nil {
		return Hook{}, err
	}
	var info tgbotapi.WebhookInfo
	if err := json.Unmarshal(result, &info); err != nil {
		return Hook{}, fmt.Errorf("read getWebhookInfo: %w", err)
	}
	h := Hook{URL: info.URL, Waiting: info.PendingUpdateCount, LastError: info.LastErrorMessage}
	if info.LastErrorDate != 0 {
		h.FailedAt = time.Unix(int64(info.LastErrorDate), 0)
	}
	return h, nil
}
