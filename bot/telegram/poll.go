package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"github.com/sangkien/sangkien/bot"
)

// allowed is what we want to hear of. It is sent each time: Telegram keeps the last list that it was given, and
// takes the library's null for "as before".
const allowed = `["message","edited_message","callback_query","inline_query","my_chat_member"]`

// longPoll is how long Telegram may keep a poll open; its server cuts it at 50 s.
const longPoll = 45 * time.Second

// Longest waits between two tries.
const (
	maxPollPause   = 30 * time.Second // when Telegram does not answer
	maxHandlePause = 5 * time.Second  // when our stores do not: people wait
)

// poller fetches updates. The offset, which is the acknowledgement, moves on only past updates that are
// finished (promise 2). It may move back: after a quiet week Telegram begins anew at a random id, and ids that
// we had before are known by their keys. https://core.telegram.org/bots/api#getupdates
type poller struct {
	*Channel
	receive  bot.Receive
	offset   int64
	failures int           // polls that failed in a row
	held     []decoded     // what was fetched and is not finished, in order
	vain     int           // tries in a row to finish it
	floor    time.Duration // the least time that the next poll without news may take
}

// run polls until ctx ends. It returns an error when the token is refused.
func (p *poller) run(ctx context.Context) error {
	p.dropWebhook(ctx)
	p.floor = p.config.PollEvery
	for ctx.Err() == nil {
		begun := time.Now()
		batch, err := p.fetch(ctx)
		switch {
		case ctx.Err() != nil: // asked to end: what was cut off is no failure
		case !p.config.Sole.Mine():
			return nil // this process was stopped for a while, and another polls
		case err != nil && bot.KindOf(err) == bot.SendFatal:
			return fmt.Errorf("telegram refuses the token or the address: %w", err)
		case err != nil:
			p.failed(ctx, err)
			p.take(ctx, nil)
		default:
			p.failures = 0
			if p.take(ctx, batch) {
				p.floor = p.config.PollEvery
			} else {
				p.rest(ctx, time.Since(begun))
			}
		}
	}
	return nil
}

func (p *poller) dropWebhook(ctx context.Context) {
	_ = p.try(ctx, "deleteWebhook", nil) // getUpdates is refused while a webhook is set
}

func (p *poller) fetch(ctx context.Context) ([]json.RawMessage, error) {
	wait := longPoll
	if len(p.held) > 0 {
		wait = 0 // others wrote meanwhile, and perhaps they can be answered
	}
	params := tgbotapi.Params{"timeout": strconv.Itoa(int(wait.Seconds())), "allowed_updates": allowed, "limit": "100"}
	if p.offset != 0 {
		params["offset"] = strconv.FormatInt(p.offset, 10)
	}
	result, err := p.client.call(ctx, longPoll+15*time.Second, "getUpdates", params)
	if err != nil {
		return nil, err
	}
	// Each update stays raw by itself: one that cannot be read must not hold up its neighbours.
	var batch []json.RawMessage
	if err := json.Unmarshal(result, &batch); err != nil {
		return nil, fmt.Errorf("read updates: %w", err)
	}
	return batch, nil
}

// failed waits after a poll that failed, and says in plain words what an operator can mend.
func (p *poller) failed(ctx context.Context, err error) {
	p.failures++
	wait := pause(err, p.failures, maxPollPause)
	switch {
	case says(err, http.StatusConflict, "webhook"):
		p.logger.Warn("telegram: a webhook is set for this bot, so it cannot be polled: taking it away", "error", err)
		p.dropWebhook(ctx)
	case says(err, http.StatusConflict, ""):
		p.logger.Warn("telegram: another program polls with this bot's token, and only one may: stop the other", "again_in", wait, "error", err)
	default:
		p.logger.Warn("telegram: poll", "again_in", wait, "error", err)
	}
	bot.Sleep(ctx, wait)
}

// take hands in what came, behind what is held. What our stores do not take is held and handed in again after each poll,
// which brings what others wrote meanwhile. It tells whether to poll again at once: where the offset did not move, the next poll brings the same again.
func (p *poller) take(ctx context.Context, raw []json.RawMessage) (again bool) {
	before := p.offset
	for _, r := range raw {
		d := decode(p.botID, r, time.Now())
		if slices.ContainsFunc(p.held, func(h decoded) bool { return h.update.Key == d.update.Key && h.id == d.id }) {
			continue
		}
		p.answer(d.query)
		p.offer(d.inline)
		p.held = append(p.held, d)
	}
	done, err := p.finish(ctx, p.held)
	for _, d := range p.held[:done] {
		if d.id != 0 {
			p.offset = d.id + 1
		}
	}
	p.held = p.held[done:]
	if err == nil || ctx.Err() != nil {
		p.vain = 0
		return p.offset != before
	}
	p.vain++
	wait := pause(err, p.vain, maxHandlePause)
	p.logger.Warn("telegram: an update is not finished", "update", p.held[0].id, "again_in", wait, "error", err)
	bot.Sleep(ctx, wait)
	return true
}

// finish hands all of a batch in, in order, and waits for it. It returns how many are finished such that all
// before them are, too. Those behind a failure come again with it: their keys keep them from acting twice.
func (p *poller) finish(ctx context.Context, batch []decoded) (done int, err error) {
	waits := make([]func() error, len(batch))
	for i, d := range batch {
		if waits[i] = finished; d.inline == nil {
			waits[i] = p.receive(ctx, d.update)
		}
	}
	for _, wait := range waits {
		if e := wait(); e != nil && err == nil {
			err = e
		}
		if err == nil {
			done++
		}
	}
	return done, err
}

// finished is the wait for what needs none: an inline query, of which nothing is kept.
func finished() error { return nil }

// rest keeps a server without long polls from being asked without a pause: one that answers at once with
// nothing new is asked a little more slowly each time, down to once in five times the floor.
func (p *poller) rest(ctx context.Context, took time.Duration) {
	if took >= p.floor {
		p.floor = p.config.PollEvery
		return
	}
	bot.Sleep(ctx, p.floor-took)
	p.floor = min(p.floor+p.config.PollEvery/20, 5*p.config.PollEvery)
}

// pause is how long to wait after so many failures in a row, or as long as Telegram says.
func pause(err error, failures int, longest time.Duration) time.Duration {
	var se *bot.SendError
	if errors.As(err, &se) && se.Kind == bot.SendLimited {
		return se.After
	}
	return min(250*time.Millisecond<<min(failures, 10), longest)
}
