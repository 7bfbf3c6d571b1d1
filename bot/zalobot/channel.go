// Package zalobot is the channel of the Zalo Bot Platform: like Telegram, without buttons, files out and edits. It
// hands every update over exactly once, so each goes into a spool before anything else happens. Its types end here.
package zalobot

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// Name is the Channel of Zalo bots' addresses.
const Name = "zalo-bot"

// Spool keeps updates until they are finished; storage.Spool is one.
type Spool interface {
	// Put returns once the data is on the disk.
	Put(data []byte) (id string, err error)
	Done(id string) error
	// Waiting is what is to be finished here, TakeOver what processes left that have died since.
	Waiting() ([]sangkien.Spooled, error)
	TakeOver() ([]sangkien.Spooled, error)
}

// Files keeps members' photos and opens our own; storage.Files is one. What it does not take is EINVALID.
type Files interface {
	Put(ctx context.Context, name string, r io.Reader) (sangkien.File, error)
	Open(hash string) (io.ReadCloser, error)
}

// Config is what a channel is made of.
type Config struct {
	Token   string // of the bot, "<id>:<secret>"
	APIURL  string // https://bot-api.zaloplatforms.com, or what stands for it
	Webhook string // the public URL to be called at; empty: polling
	Secret  string // that the platform shows with each webhook call: 8-256 of [A-Za-z0-9_-]
	// Photos is the public https URL below which Zalo fetches the photos that we send; empty: none are sent.
	Photos    string
	PhotoKey  []byte // with which links to photos are signed, 16 bytes or more
	Spool     Spool
	Files     Files
	Local     []netip.Prefix // networks that photos may come from although they are not public
	Logger    *slog.Logger
	PollEvery time.Duration // the least time between two polls that brought nothing; 0: 200 ms
	PollFor   time.Duration // how long Zalo may keep a poll open, in whole seconds; 0: 5 s
	// Kept, when set, is told how long it took from an update's having been read until it was on the disk.
	Kept func(time.Duration)
	// Transport, when set, is what calls go through, around what it is given. Their addresses hold the token.
	Transport func(http.RoundTripper) http.RoundTripper
	Sole      *bot.Sole // says which process polls; nil: this one does
}

// Channel is one bot on the Zalo Bot Platform.
type Channel struct {
	config  Config
	botID   string
	client  *client
	photos  *bot.Downloader
	logger  *slog.Logger
	limited atomic.Int32 // sends in a row that were answered by 429

	mu    sync.Mutex
	run   *running           // nil: Run does not run
	lanes map[string][]entry // by chat: what waits, the first of it being handled
	held  int
	work  sync.WaitGroup
}

var (
	tokenShape  = regexp.MustCompile(`^([A-Za-z0-9_-]+):[A-Za-z0-9_-]+$`)
	secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]{8,256}$`)
)

// New returns a channel; it speaks to nobody yet. It returns EINVALID for a token that cannot be one, and for a
// webhook without a proper secret.
func New(c Config) (*Channel, error) {
	m := tokenShape.FindStringSubmatch(c.Token)
	if m == nil {
		return nil, sangkien.Errorf(sangkien.EINVALID, "the Zalo Bot token must look like 123456:AbC-dEf, as Zalo Bot Manager gives it")
	}
	if u, err := url.Parse(c.Webhook); c.Webhook != "" && (err != nil || u.Host == "" || !secretShape.MatchString(c.Secret)) {
		return nil, sangkien.Errorf(sangkien.EINVALID, "a webhook needs a public address and a secret of 8 to 256 letters, digits, _ and -")
	}
	if c.PollEvery == 0 {
		c.PollEvery = 200 * time.Millisecond
	}
	if c.PollFor == 0 {
		c.PollFor = 5 * time.Second
	}
	if c.Kept == nil {
		c.Kept = func(time.Duration) {}
	}
	return &Channel{config: c, botID: m[1], client: newClient(c.Token, c.APIURL, c.Transport), logger: c.Logger, lanes: map[string][]entry{},
		photos: bot.NewDownloader(bot.DownloadRules{Local: c.Local, Size: sangkien.MaxAttachment, Timeout: photoInTimeout})}, nil
}

// Name implements bot.Channel.
func (c *Channel) Name() string { return Name }

// Run implements bot.Runner: it finishes what processes kept that are dead, and polls, or keeps the webhook set, until
// ctx ends. It returns an error when the token is refused.
func (c *Channel) Run(ctx context.Context, receive bot.Receive) error {
	ctx, cancel := context.WithCancel(ctx)
	c.begin(&running{ctx: ctx, receive: receive})
	defer c.work.Wait()
	defer c.begin(nil)
	defer cancel()
	if err := c.resume(c.config.Spool.Waiting); err != nil {
		return fmt.Errorf("zalo bot: %w", err)
	}
	c.work.Go(func() { c.inherit(ctx) })
	if c.config.Webhook != "" {
		return c.keepWebhook(ctx)
	}
	return c.config.Sole.Run(ctx, c.poll)
}

// Me returns the name of the bot's account. It is a check of the token too.
func (c *Channel) Me(ctx context.Context) (string, error) {
	result, err := c.client.call(ctx, callTimeout, "getMe", nil)
	if err != nil {
		return "", err
	}
	var me struct {
		Name string `json:"account_name"`
	}
	if err := json.Unmarshal(result, &me); err != nil {
		return "", fmt.Errorf("read getMe: %w", err)
	}
	return strings.TrimSpace(me.Name), nil
}
