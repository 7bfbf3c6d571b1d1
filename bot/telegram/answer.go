package telegram

import (
	"context"
	"sync"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// How many presses may wait for their answer, and how many are answered at once.
const (
	maxQueries = 256
	answerers  = 16
)

// answer has Telegram told that a press arrived, before it is handled: the phone shows a spinner until then.
// https://core.telegram.org/bots/api#answercallbackquery
func (c *Channel) answer(query string) {
	if query == "" {
		return
	}
	select {
	case c.queries <- query:
	default: // better a spinner than a queue
	}
}

// answerAll answers presses until ctx ends. An answer that fails is not tried again: the press is handled all
// the same, and Telegram takes answers for seconds only.
func (c *Channel) answerAll(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	for range answerers {
		work.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case query := <-c.queries:
					_ = c.try(ctx, "answerCallbackQuery", tgbotapi.Params{"callback_query_id": query})
				}
			}
		})
	}
}
