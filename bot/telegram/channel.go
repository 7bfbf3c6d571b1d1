package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// Config is what a channel is made of.
type Config struct {
	Token     string // of the bot, "<id>:<secret>"
	APIURL    string // https://api.telegram.org, or where a server of one's own is
	Webhook   string // the public URL to be called at; empty: polling
	Secret    string // that the platform shows with each webhook call: 1-256 of [A-Za-z0-9_-]
	Menus     []Menu
	Logger    *slog.Logger
	PollEvery time.Duration // the least time between two polls that brought nothing; 0: 200 ms
}

// Menu is the list of commands that Telegram shows to those of a language ("" for all others).
type Menu struct {
	Language string
	Commands []MenuCommand
}

// MenuCommand is one line of a menu.
type MenuCommand struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// Channel is one bot on Telegram.
type Channel struct {
	config  Config
	botID   string
	client  *client
	logger  *slog.Logger
	answers sync.WaitGroup
	slots   chan struct{} // bounds answers to button presses on their way
}

var tokenShape = regexp.MustCompile(`^(\d+):[A-Za-z0-9_-]+$`)

// New returns a channel; it speaks to nobody yet. It returns EINVALID for a token that cannot be one.
func New(c Config) (*Channel, error) {
	m := tokenShape.FindStringSubmatch(c.Token)
	if m == nil {
		return nil, sangkien.Errorf(sangkien.EINVALID, "the Telegram token must look like 123456:ABC-DEF, as @BotFather gives it")
	}
	if c.PollEvery == 0 {
		c.PollEvery = 200 * time.Millisecond
	}
	return &Channel{config: c, botID: m[1], client: newClient(c.Token, c.APIURL), logger: c.Logger, slots: make(chan struct{}, 64)}, nil
}

// Name implements bot.Channel.
func (c *Channel) Name() string { return Name }

// allowed is what we want to hear of. It is sent each time: Telegram keeps the last list it was given.
const allowed = `["message","edited_message","callback_query","my_chat_member"]`

// longPoll is how long Telegram may keep a poll open; its server cuts it at 50 s.
const longPoll = 45 * time.Second

// Run implements bot.Runner: it polls, or keeps the webhook set, until ctx ends. It returns an error when the
// token is refused.
func (c *Channel) Run(ctx context.Context, receive bot.Receive) error {
	defer c.answers.Wait()
	var menus sync.WaitGroup
	defer menus.Wait()
	menus.Go(func() { c.setMenus(ctx) })
	if c.config.Webhook != "" {
		return c.keepWebhook(ctx)
	}
	return c.poll(ctx, receive)
}

// poll fetches updates. The offset, which is the acknowledgement, moves on only past updates that are
// finished (promise 2). Ids need not grow: after a quiet week Telegram begins anew at a random one.
func (c *Channel) poll(ctx context.Context, receive bot.Receive) error {
	c.try(ctx, "deleteWebhook", nil) // getUpdates is refused while a webhook is set
	var offset int64
	for failures := 0; ctx.Err() == nil; {
		batch, err := c.fetch(ctx, offset)
		if err == nil {
			offset, err = c.receiveAll(ctx, batch, offset, receive)
		}
		switch {
		case ctx.Err() != nil: // asked to end: what was cut off is no failure
		case err != nil && kindOf(err) == bot.SendFatal:
			return fmt.Errorf("telegram refuses the token or the address: %w", err)
		case err != nil:
			failures++
			c.logger.Warn("telegram: poll", "error", err)
			sleep(ctx, pause(err, failures))
		default:
			failures = 0
			if len(batch) == 0 {
				sleep(ctx, c.config.PollEvery)
			}
		}
	}
	return nil
}

func (c *Channel) fetch(ctx context.Context, offset int64) ([]json.RawMessage, error) {
	params := tgbotapi.Params{"timeout": strconv.Itoa(int(longPoll.Seconds())), "allowed_updates": allowed, "limit": "100"}
	if offset != 0 {
		params["offset"] = strconv.FormatInt(offset, 10)
	}
	result, err := c.client.call(ctx, longPoll+15*time.Second, "getUpdates", params)
	if err != nil {
		return nil, err
	}
	var batch []json.RawMessage
	if err := json.Unmarshal(result, &batch); err != nil {
		return nil, fmt.Errorf("read updates: %w", err)
	}
	return batch, nil
}

// receiveAll hands a batch in and waits for all of it. It returns the offset behind the last update such that
// it and all before it are finished.
func (c *Channel) receiveAll(ctx context.Context, batch []json.RawMessage, offset int64, receive bot.Receive) (int64, error) {
	waits := make([]func() error, len(batch))
	ids := make([]int64, len(batch))
	for i, raw := range batch {
		d := decode(c.botID, raw, time.Now())
		c.answer(ctx, d.query)
		ids[i], waits[i] = d.id, receive(ctx, d.update)
	}
	var first error
	for i, wait := range waits {
		if err := wait(); err != nil && first == nil {
			first = fmt.Errorf("update %d is not finished: %w", ids[i], err)
		}
		if first == nil && ids[i] != 0 {
			offset = ids[i] + 1
		}
	}
	return offset, first
}

// answer tells Telegram at once that a press arrived, or the phone shows a spinner until the press is handled.
func (c *Channel) answer(ctx context.Context, query string) {
	if query == "" {
		return
	}
	select {
	case c.slots <- struct{}{}:
	default:
		return // better a spinner than a queue
	}
	c.answers.Go(func() {
		defer func() { <-c.slots }()
		c.try(context.WithoutCancel(ctx), "answerCallbackQuery", tgbotapi.Params{"callback_query_id": query})
	})
}

// try makes a call whose failure changes nothing for anyone, such as one that an older server does not know.
func (c *Channel) try(ctx context.Context, method string, params tgbotapi.Params) {
	if _, err := c.client.call(ctx, callTimeout, method, params); err != nil && ctx.Err() == nil {
		c.logger.Debug("telegram: "+method, "error", err)
	}
}

func (c *Channel) setMenus(ctx context.Context) {
	for _, m := range c.config.Menus {
		data, err := json.Marshal(m.Commands)
		if err != nil {
			continue // strings always marshal
		}
		params := tgbotapi.Params{"commands": string(data), "scope": `{"type":"all_private_chats"}`}
		if m.Language != "" {
			params["language_code"] = m.Language
		}
		c.try(ctx, "setMyCommands", params)
	}
}

// Me returns the bot's user name, for links. It is a check of the token too.
func (c *Channel) Me(ctx context.Context) (string, error) {
	result, err := c.client.call(ctx, callTimeout, "getMe", nil)
	if err != nil {
		return "", err
	}
	var me struct {
		Username string `json:"username"`
	}
	if err := json.Unmarshal(result, &me); err != nil {
		return "", fmt.Errorf("read getMe: %w", err)
	}
	return strings.TrimSpace(me.Username), nil
}

// pause is how long to wait after so many failures in a row, or as long as Telegram says.
func pause(err error, failures int) time.Duration {
	var se *bot.SendError
	if errors.As(err, &se) && se.Kind == bot.SendLimited {
		return se.After
	}
	return min(250*time.Millisecond<<min(failures, 10), 30*time.Second)
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
