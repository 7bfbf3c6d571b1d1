package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
)

// Name is the Channel of Telegram's addresses.
const Name = "telegram"

// Config is what a channel is made of.
type Config struct {
	Token   string // of the bot, "<id>:<secret>"
	APIURL  string // https://api.telegram.org, or where a server of one's own is
	Webhook string // the public URL to be called at; empty: polling
	Secret  string // that the platform shows with each webhook call: 1-256 of [A-Za-z0-9_-]
	Menus   []Menu
	// Inline finds what can be shared in other chats, and Say puts it into words; nil: nothing is shared.
	Inline func(context.Context, sangkien.InlineQuery) (sangkien.InlineAnswer, error)
	Say    *locale.Speaker
	Logger *slog.Logger
	Paid   bool // messages to many may cost Stars and go faster
	// Transport, when set, is what calls go through, around what it is given. Their addresses hold the token.
	Transport func(http.RoundTripper) http.RoundTripper
	Sole      *bot.Sole     // says which process polls; nil: this one does
	PollEvery time.Duration // the least time between two polls that brought nothing; 0: 200 ms
}

// Channel is one bot on Telegram.
type Channel struct {
	config  Config
	botID   string
	client  *client
	logger  *slog.Logger
	queries chan string               // presses that wait for their answer
	inlines chan sangkien.InlineQuery // inline queries that wait for theirs
	name    atomic.Value              // the bot's user name, once it is known
}

var (
	tokenShape  = regexp.MustCompile(`^(\d+):[A-Za-z0-9_-]+$`)
	secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
)

// New returns a channel; it speaks to nobody yet. It returns EINVALID for a token that cannot be one, and for a
// webhook without a proper secret.
func New(c Config) (*Channel, error) {
	m := tokenShape.FindStringSubmatch(c.Token)
	if m == nil {
		return nil, sangkien.Errorf(sangkien.EINVALID, "the Telegram token must look like 123456:ABC-DEF, as @BotFather gives it")
	}
	if u, err := url.Parse(c.Webhook); c.Webhook != "" && (err != nil || u.Host == "" || !secretShape.MatchString(c.Secret)) {
		return nil, sangkien.Errorf(sangkien.EINVALID, "a webhook needs a public address and a secret of 1 to 256 letters, digits, _ and -")
	}
	if c.PollEvery == 0 {
		c.PollEvery = 200 * time.Millisecond
	}
	return &Channel{config: c, botID: m[1], client: newClient(c.Token, c.APIURL, c.Transport), logger: c.Logger, queries: make(chan string, maxQueries),
		inlines: make(chan sangkien.InlineQuery, maxInline)}, nil
}

// Name implements bot.Channel.
func (c *Channel) Name() string { return Name }

// Run implements bot.Runner: it polls, or keeps the webhook set, until ctx ends. It returns an error when the
// token is refused.
func (c *Channel) Run(ctx context.Context, receive bot.Receive) error {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	work.Go(func() { c.answerAll(ctx) })
	work.Go(func() { c.answerInlines(ctx) })
	work.Go(func() { c.setMenus(ctx) })
	if c.config.Webhook != "" {
		return c.keepWebhook(ctx)
	}
	return c.config.Sole.Run(ctx, func(ctx context.Context) error { return (&poller{Channel: c, receive: receive}).run(ctx) })
}

// Bot is what Telegram knows of the bot.
type Bot struct {
	Name   string // the user name, for links
	Inline bool   // inline mode is switched on
}

// Me returns the bot as Telegram knows it. It is a check of the token too.
func (c *Channel) Me(ctx context.Context) (Bot, error) {
	result, err := c.client.call(ctx, callTimeout, "getMe", nil)
	if err != nil {
		return Bot{}, err
	}
	var me tgbotapi.User
	if err := json.Unmarshal(result, &me); err != nil {
		return Bot{}, fmt.Errorf("read getMe: %w", err)
	}
	c.name.Store(strings.TrimSpace(me.UserName))
	return Bot{Name: strings.TrimSpace(me.UserName), Inline: me.SupportsInlineQueries}, nil
}

// Username is the bot's user name if it was learnt already, else "". It asks nobody.
func (c *Channel) Username() string {
	name, _ := c.name.Load().(string)
	return name
}

// try makes a call whose failure changes nothing for anyone, such as one that an older server does not know.
// Its error is for those who want to try again.
func (c *Channel) try(ctx context.Context, method string, params tgbotapi.Params) error {
	_, err := c.client.call(ctx, callTimeout, method, params)
	if err != nil && ctx.Err() == nil {
		c.logger.Debug("telegram: "+method, "error", err)
	}
	return err
}
