package zalobot

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/sangkien/sangkien/bot"
)

// maxPollPause is the longest wait between two polls when Zalo does not answer.
const maxPollPause = 30 * time.Second

// pollSlack is how much longer than the poll itself its answer may take.
const pollSlack = 15 * time.Second

// poll fetches updates, one at a time, until ctx ends. There is no acknowledgement: what an answer brought is gone
// from Zalo. So a poll that is under way is not cut off when ctx ends, or the update that it may be bringing would be
// lost; it ends within PollFor. It returns an error when the token is refused.
func (c *Channel) poll(ctx context.Context) error {
	_ = c.try(ctx, "deleteWebhook", nil) // getUpdates is refused while a webhook is set
	failures := 0
	for ctx.Err() == nil {
		if !c.config.Sole.Mine() {
			return nil
		}
		if c.full() {
			bot.Sleep(ctx, c.config.PollEvery)
			continue
		}
		begun := time.Now()
		raw, err := c.getUpdate(ctx)
		switch {
		case err == nil && raw != nil:
			failures = 0
			c.keepPolled(ctx, raw, time.Now())
		case err == nil:
			failures = 0
			bot.Sleep(ctx, c.config.PollEvery-time.Since(begun)) // a server without long polls answers at once
		case bot.KindOf(err) == bot.SendFatal:
			return fmt.Errorf("zalo bot refuses the token or the address: %w", err)
		case ctx.Err() == nil:
			failures++
			c.pollFailed(ctx, err, failures)
		}
	}
	return nil
}

// getUpdate waits for one update; nil when there is none. The time-out is a string, and nothing new is an error 408.
func (c *Channel) getUpdate(ctx context.Context) (json.RawMessage, error) {
	seconds := max(1, int(c.config.PollFor/time.Second))
	raw, err := c.client.call(context.WithoutCancel(ctx), c.config.PollFor+pollSlack, "getUpdates", map[string]string{"timeout": strconv.Itoa(seconds)})
	if says(err, http.StatusRequestTimeout, "") {
		return nil, nil
	}
	if err != nil || len(raw) == 0 || string(raw) == "null" || string(raw) == "[]" || string(raw) == "{}" {
		return nil, err
	}
	return raw, nil
}

// keepPolled keeps an update. Where the disk takes nothing it is handled all the same, for Zalo has forgotten it, and
// the next poll waits: there is no telling how long what comes next would live.
func (c *Channel) keepPolled(ctx context.Context, raw json.RawMessage, read time.Time) {
	err := c.keep(raw, read)
	if err == nil {
		return
	}
	c.logger.Error("zalo bot: an update cannot be kept; is the disk full?", "error", err)
	c.enqueue(entry{update: decode(c.botID, raw, read)})
	bot.Sleep(ctx, maxHandlePause)
}

// pollFailed waits after a poll that failed, and says in plain words what an operator can mend.
func (c *Channel) pollFailed(ctx context.Context, err error, failures int) {
	wait := pause(err, failures, maxPollPause)
	switch {
	case says(err, http.StatusConflict, "webhook"), says(err, http.StatusBadRequest, "webhook"):
		c.logger.Warn("zalo bot: a webhook is set for this bot, so it cannot be polled: taking it away", "error", err)
		_ = c.try(ctx, "deleteWebhook", nil)
	case says(err, http.StatusConflict, ""):
		c.logger.Warn("zalo bot: another program polls with this bot's token, and only one may: stop the other", "again_in", wait, "error", err)
	default:
		c.logger.Warn("zalo bot: poll", "again_in", wait, "error", err)
	}
	bot.Sleep(ctx, wait)
}
