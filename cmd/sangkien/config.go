package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/web"
)

// Config is the configuration: read once from the environment (or flags), checked, and handed on.
type Config struct {
	HTTPAddr    string        `env:"SANGKIEN_HTTP_ADDR" name:"http-addr" default:":8080" help:"Address to listen on."`
	PublicURL   string        `env:"SANGKIEN_PUBLIC_URL" name:"public-url" help:"Public https address; needed for webhooks and links."`
	DataDir     string        `env:"SANGKIEN_DATA_DIR" name:"data-dir" default:"./data" help:"SQLite file, attachments."`
	DatabaseURL string        `env:"SANGKIEN_DATABASE_URL" name:"database-url" help:"sqlite:PATH or postgres://…; default: sqlite in the data folder."`
	RedisURL    string        `env:"SANGKIEN_REDIS_URL" name:"redis-url" help:"redis://… for conversation state and the shared rate, redis-cluster://HOST,HOST or redis-sentinel://HOST,HOST/MASTER; rediss… with TLS; default: in the database."`
	Timezone    string        `env:"SANGKIEN_TIMEZONE" name:"timezone" default:"Asia/Ho_Chi_Minh" help:"Zone of all dates that people see."`
	PetitionURL string        `env:"SANGKIEN_PETITION_URL" name:"petition-url" default:"https://pakn.mattranso.vn" help:"Where petitions and complaints are taken; they are not taken here."`
	Approval    int           `env:"SANGKIEN_APPROVAL_ABOVE" name:"approval-above" default:"500" help:"A broadcast to more people than this is approved by a second person; 0: never."`
	StopGrace   time.Duration `env:"SANGKIEN_STOP_GRACE" name:"stop-grace" default:"0s" help:"How long to go on after being asked to end, with /readyz red, until a load balancer has noticed."`
	LogFormat   string        `env:"SANGKIEN_LOG_FORMAT" name:"log-format" default:"text" enum:"text,json" help:"text, or json: one object a line, for machines."`
	LogLevel    string        `env:"SANGKIEN_LOG_LEVEL" name:"log-level" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`

	MetricsToken string `env:"SANGKIEN_METRICS_TOKEN" name:"metrics-token" help:"Bearer token that opens /metrics; empty: only from this machine, and not through a proxy."`

	TelegramToken  string `env:"SANGKIEN_TELEGRAM_TOKEN" name:"telegram-token" help:"Token of the bot from @BotFather; empty: no Telegram."`
	TelegramAPIURL string `env:"SANGKIEN_TELEGRAM_API_URL" name:"telegram-api-url" default:"https://api.telegram.org" help:"Base of the Bot API."`
	TelegramMode   string `env:"SANGKIEN_TELEGRAM_MODE" name:"telegram-mode" default:"polling" enum:"polling,webhook" help:"polling or webhook."`
	TelegramSecret string `env:"SANGKIEN_TELEGRAM_WEBHOOK_SECRET" name:"telegram-webhook-secret" help:"Default: made of the token, the same in all processes."`
	QuietHours     string `env:"SANGKIEN_QUIET_HOURS" name:"quiet-hours" default:"21-7" help:"Hours in which broadcasts rest, or off."`
	BulkPerDay     int    `env:"SANGKIEN_BULK_PER_DAY" name:"bulk-per-day" default:"1" help:"Bulk messages to one member a day, at most; 0: no limit."`
	TelegramPaid   bool   `env:"SANGKIEN_TELEGRAM_PAID_BROADCAST" name:"telegram-paid-broadcast" help:"Pay Telegram for broadcasts above 30 messages a second, up to the configured rate (0.1 Star each)."`
	TelegramRate   int    `env:"SANGKIEN_TELEGRAM_RATE" name:"telegram-rate" default:"30" help:"Messages a second over all chats."`

	ZaloBotToken  string `env:"SANGKIEN_ZALO_BOT_TOKEN" name:"zalo-bot-token" help:"Token of the bot from Zalo Bot Manager; empty: no Zalo bot."`
	ZaloBotAPIURL string `env:"SANGKIEN_ZALO_BOT_API_URL" name:"zalo-bot-api-url" default:"https://bot-api.zaloplatforms.com" help:"Base of the Zalo Bot Platform."`
	ZaloBotMode   string `env:"SANGKIEN_ZALO_BOT_MODE" name:"zalo-bot-mode" default:"polling" enum:"polling,webhook" help:"polling or webhook."`
	ZaloBotSecret string `env:"SANGKIEN_ZALO_BOT_WEBHOOK_SECRET" name:"zalo-bot-webhook-secret" help:"Default: made of the token, the same in all processes."`
	ZaloBotRate   int    `env:"SANGKIEN_ZALO_BOT_RATE" name:"zalo-bot-rate" default:"10" help:"Messages a second over all chats; none is published."`

	ZaloLink string `env:"SANGKIEN_ZALO_LINK" name:"zalo-link" help:"Address that opens the chat on Zalo, for posters: https://zalo.me/…"`

	SecretKey string `env:"SANGKIEN_SECRET_KEY" name:"secret-key" help:"32 characters or more, with which tokens in the database are encrypted."`

	ZaloAppID     string `env:"SANGKIEN_ZALO_OA_APP_ID" name:"zalo-oa-app-id" help:"Id of the app at developers.zalo.me; empty: no Official Account."`
	ZaloAppSecret string `env:"SANGKIEN_ZALO_OA_APP_SECRET" name:"zalo-oa-app-secret" help:"Secret of the app."`
	ZaloOASecret  string `env:"SANGKIEN_ZALO_OA_OA_SECRET,SANGKIEN_ZALO_OA_SECRET" name:"zalo-oa-oa-secret" help:"Key of the webhook; another one than the app's secret."`
	ZaloRefresh   string `env:"SANGKIEN_ZALO_OA_REFRESH_TOKEN" name:"zalo-oa-refresh-token" help:"To begin with; or run: sangkien zalo authorize."`
	ZaloAPIURL    string `env:"SANGKIEN_ZALO_OA_API_URL" name:"zalo-oa-api-url" default:"https://openapi.zalo.me" help:"Base of the Open API."`
	ZaloOAuthURL  string `env:"SANGKIEN_ZALO_OA_OAUTH_URL" name:"zalo-oa-oauth-url" default:"https://oauth.zaloapp.com" help:"Base of the authorisation."`
	ZaloLimits    string `env:"SANGKIEN_ZALO_OA_LIMITS" name:"zalo-oa-limits" help:"Numbers of Zalo's terms that differ, like promotions_per_month=4; see docs/zalo.md."`
	ZNSTemplate   string `env:"SANGKIEN_ZALO_ZNS_TEMPLATE" name:"zalo-zns-template" help:"Id of an approved template to phone numbers, paid; empty: none is sent."`
	ZNSParameter  string `env:"SANGKIEN_ZALO_ZNS_PARAMETER" name:"zalo-zns-parameter" default:"noi_dung" help:"The template's parameter that the words fill in."`
	ZNSAPIURL     string `env:"SANGKIEN_ZALO_ZNS_API_URL" name:"zalo-zns-api-url" default:"https://business.openapi.zalo.me" help:"Base of the template API."`

	TrustedProxies string `env:"SANGKIEN_TRUSTED_PROXIES" name:"trusted-proxies" help:"Addresses or networks of proxies whose X-Forwarded-For is believed, divided by commas; default: none."`

	FloodPerMinute int `env:"SANGKIEN_FLOOD_PER_MINUTE" name:"flood-per-minute" default:"60" help:"Messages a minute that are taken from one chat or account; 0: any number."`
	FloodBurst     int `env:"SANGKIEN_FLOOD_BURST" name:"flood-burst" default:"60" help:"Messages that are taken from one chat or account at once."`

	BackupKeep int `env:"SANGKIEN_BACKUP_KEEP" name:"backup-keep" default:"7" help:"How many daily backups are kept in the data folder; 0: none are made."`

	proxies     web.Proxies
	tracing     *tracing // nil: nothing is traced
	zone        *time.Location
	privateNets []netip.Prefix // networks that are not public and may be asked for members' photos: tests only
	quiet       sangkien.QuietHours
	stderr      io.Writer // of commands
	unknown     []unknownSetting
}

var secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// check completes the configuration and says what is wrong with it, and how to mend it.
func (c *Config) check() error {
	var err error
	if c.zone, err = time.LoadLocation(c.Timezone); err != nil {
		return fmt.Errorf("SANGKIEN_TIMEZONE: %q is no time zone; use a name like Asia/Ho_Chi_Minh", c.Timezone)
	}
	if c.DatabaseURL == "" {
		c.DatabaseURL = "sqlite:" + filepath.Join(c.DataDir, "sangkien.db")
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return fmt.Errorf("SANGKIEN_PUBLIC_URL: %q is no address; use one like https://sangkien.example.vn", c.PublicURL)
		}
		c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	}
	if _, _, err := net.SplitHostPort(c.HTTPAddr); err != nil {
		return fmt.Errorf("SANGKIEN_HTTP_ADDR: %q is no address to listen on; use one like :8080 or 127.0.0.1:8080", c.HTTPAddr)
	}
	if c.PetitionURL != "" && !sangkien.IsLink(c.PetitionURL) {
		return fmt.Errorf("SANGKIEN_PETITION_URL: %q is no address; use one like https://pakn.mattranso.vn", c.PetitionURL)
	}
	if c.ZaloLink != "" && !sangkien.IsLink(c.ZaloLink) {
		return fmt.Errorf("SANGKIEN_ZALO_LINK: %q is no address; use one like https://zalo.me/1234567890", c.ZaloLink)
	}
	if c.TelegramMode == "webhook" && c.TelegramToken != "" && c.PublicURL == "" {
		return fmt.Errorf("SANGKIEN_TELEGRAM_MODE=webhook needs SANGKIEN_PUBLIC_URL, the https address that Telegram shall call")
	}
	if c.TelegramSecret != "" && !secretShape.MatchString(c.TelegramSecret) {
		return fmt.Errorf("SANGKIEN_TELEGRAM_WEBHOOK_SECRET: 1 to 256 of A-Z, a-z, 0-9, _ and -")
	}
	if c.quiet, err = sangkien.ParseQuietHours(c.QuietHours); err != nil {
		return fmt.Errorf("SANGKIEN_QUIET_HOURS: %w", err)
	}
	if c.BulkPerDay < 0 {
		return fmt.Errorf("SANGKIEN_BULK_PER_DAY: 0 for no limit, or how many")
	}
	if c.proxies, err = web.ParseProxies(c.TrustedProxies); err != nil {
		return fmt.Errorf("SANGKIEN_TRUSTED_PROXIES: %w", err)
	}
	if c.FloodPerMinute < 0 || c.FloodPerMinute > 0 && c.FloodBurst < 1 {
		return fmt.Errorf("SANGKIEN_FLOOD_PER_MINUTE, SANGKIEN_FLOOD_BURST: at least 1 message, or 0 a minute for no limit")
	}
	if c.BackupKeep < 0 {
		return fmt.Errorf("SANGKIEN_BACKUP_KEEP: a number of days, or 0 for no backups")
	}
	if c.StopGrace < 0 || c.StopGrace > time.Minute {
		return fmt.Errorf("SANGKIEN_STOP_GRACE: at most 1m; use a little more than the time between two checks of the load balancer, like 5s")
	}
	if c.TelegramRate < 1 {
		return fmt.Errorf("SANGKIEN_TELEGRAM_RATE: at least 1 message a second")
	}
	return c.checkZaloBot()
}

func (c *Config) checkZaloBot() error {
	switch {
	case c.ZaloBotToken == "":
		return nil
	case c.ZaloBotMode == "webhook" && c.PublicURL == "":
		return fmt.Errorf("SANGKIEN_ZALO_BOT_MODE=webhook needs SANGKIEN_PUBLIC_URL, the https address that Zalo shall call")
	case c.ZaloBotSecret != "" && (!secretShape.MatchString(c.ZaloBotSecret) || len(c.ZaloBotSecret) < 8):
		return fmt.Errorf("SANGKIEN_ZALO_BOT_WEBHOOK_SECRET: 8 to 256 of A-Z, a-z, 0-9, _ and -")
	case c.ZaloBotRate < 1:
		return fmt.Errorf("SANGKIEN_ZALO_BOT_RATE: at least 1 message a second")
	}
	return nil
}

// logger writes to the second stream. Nothing that goes into it holds a secret or what a member said; what slips in
// nevertheless is hidden by shape and by value.
func (c *Config) logger(s *streams) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // one of the enum's
	options := &slog.HandlerOptions{Level: level}
	var to slog.Handler = slog.NewTextHandler(s.err, options)
	if c.LogFormat == "json" {
		to = slog.NewJSONHandler(s.err, options)
	}
	return slog.New(newCalm(placed{redacting{to, c.redactor()}}, time.Now))
}

// readSecretFiles sets each SANGKIEN_X that is not set from the file that SANGKIEN_X_FILE names.
func readSecretFiles(lookup func(string) (string, bool), set func(string, string) error) error {
	for _, entry := range os.Environ() {
		name, path, _ := strings.Cut(entry, "=")
		base, ok := strings.CutSuffix(name, "_FILE")
		if !ok || !strings.HasPrefix(name, "SANGKIEN_") || path == "" {
			continue
		}
		if _, set := lookup(base); set {
			return fmt.Errorf("both %s and %s are set: keep one of them", base, name)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := set(base, strings.TrimSpace(string(data))); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
