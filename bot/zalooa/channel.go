package zalooa

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// Name is the Channel of the Official Account's addresses.
const Name = "zalooa"

// Config is what a channel is made of.
type Config struct {
	AppID, AppSecret string // of the app at developers.zalo.me
	OASecret         string // of the webhook: another one, with which Zalo signs
	RefreshToken     string // to begin with, where nothing was authorised by the command; "" for none
	SecretKey        string // with which tokens are encrypted; 32 characters or more
	APIURL           string // https://openapi.zalo.me
	OAuthURL         string // https://oauth.zaloapp.com
	Vault            Vault
	// Contact tells what decides whether an account may be written to.
	Contact func(context.Context, sangkien.Address, time.Time) (sangkien.Contact, error)
	// Transport, when set, is what calls go through, around what it is given. Their headers hold tokens.
	Transport    func(http.RoundTripper) http.RoundTripper
	Limits       Limits
	Local        []netip.Prefix // networks that are not public, and from which files come all the same: for tests
	Zone         *time.Location
	Logger       *slog.Logger
	Now          func() time.Time // default time.Now
	RenewTimeout time.Duration    // default 15 s
	Patience     time.Duration    // how long a webhook call waits for the commit; default 1.5 s
}

func (c Config) complete() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.RenewTimeout == 0 {
		c.RenewTimeout = renewTimeout
	}
	if c.Patience == 0 {
		c.Patience = patience
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Channel is one Official Account of Zalo.
type Channel struct {
	config  Config
	tokens  *Tokens
	client  *client
	files   *bot.Downloader
	windows sangkien.Windows
	logger  *slog.Logger
	uploads uploads
	work    sync.WaitGroup // webhook calls that were answered before their update was handled
	warned  quiet
}

// New returns a channel; it speaks to nobody yet. It returns EINVALID when the configuration cannot work.
func New(c Config) (*Channel, error) {
	if c.OASecret == "" {
		return nil, sangkien.Errorf(sangkien.EINVALID, "SANGKIEN_ZALO_OA_OA_SECRET: the key of the webhook, on the app's page Webhook; it is not the app's secret")
	}
	tokens, err := NewTokens(c)
	if err != nil {
		return nil, err
	}
	c = c.complete()
	return &Channel{config: c, tokens: tokens, client: newClient(c.APIURL, tokens), windows: c.Limits.Windows(), logger: c.Logger,
		files: bot.NewDownloader(bot.DownloadRules{Local: c.Local, Secure: true, Size: sangkien.MaxAttachment, Timeout: fetchTimeout})}, nil
}

// Name implements bot.Channel.
func (c *Channel) Name() string { return Name }

// Tokens is what keeps the channel's tokens.
func (c *Channel) Tokens() *Tokens { return c.tokens }

// Windows says when people may be written to.
func (c *Channel) Windows() sangkien.Windows { return c.windows }

// Run implements bot.Runner: it keeps the tokens alive until ctx ends. That they cannot be is told to
// administrators by whoever watches Stands; people go on writing to us all the same.
func (c *Channel) Run(ctx context.Context, _ bot.Receive) error {
	defer c.work.Wait()
	for ctx.Err() == nil {
		if err := c.tokens.Keep(ctx); err != nil && ctx.Err() == nil {
			c.logger.Warn("zalo: keep the tokens", "error", err)
		}
		bot.Sleep(ctx, keepEvery)
	}
	return nil
}

// quiet lets one of many equal warnings through a minute.
type quiet struct {
	mu   sync.Mutex
	last time.Time
}

func (q *quiet) may(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Sub(q.last) < time.Minute {
		return false
	}
	q.last = now
	return true
}

// Rate is how many messages a second Zalo is given at most.
func (c *Channel) Rate() float64 { return c.config.Limits.Rate() }
