package main

import (
	"fmt"
	"io"
	"log/slog"
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
	HTTPAddr    string `env:"SANGKIEN_HTTP_ADDR" name:"http-addr" default:":8080" help:"Address to listen on."`
	PublicURL   string `env:"SANGKIEN_PUBLIC_URL" name:"public-url" help:"Public https address; needed for webhooks and links."`
	DataDir     string `env:"SANGKIEN_DATA_DIR" name:"data-dir" default:"./data" help:"SQLite file, attachments."`
	DatabaseURL string `env:"SANGKIEN_DATABASE_URL" name:"database-url" help:"sqlite:PATH or postgres://…; default: sqlite in the data folder."`
	RedisURL    string `env:"SANGKIEN_REDIS_URL" name:"redis-url" help:"redis://… for conversation state; default: in the database."`
	Timezone    string `env:"SANGKIEN_TIMEZONE" name:"timezone" default:"Asia/Ho_Chi_Minh" help:"Zone of all dates that people see."`
	PetitionURL string `env:"SANGKIEN_PETITION_URL" name:"petition-url" default:"https://pakn.mattranso.vn" help:"Where petitions and complaints are taken; they are not taken here."`
	LogLevel    string `env:"SANGKIEN_LOG_LEVEL" name:"log-level" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`

	TelegramToken  string `env:"SANGKIEN_TELEGRAM_TOKEN" name:"telegram-token" help:"Token of the bot from @BotFather; empty: no Telegram."`
	TelegramAPIURL string `env:"SANGKIEN_TELEGRAM_API_URL" name:"telegram-api-url" default:"https://api.telegram.org" help:"Base of the Bot API."`
	TelegramMode   string `env:"SANGKIEN_TELEGRAM_MODE" name:"telegram-mode" default:"polling" enum:"polling,webhook" help:"polling or webhook."`
	TelegramSecret string `env:"SANGKIEN_TELEGRAM_WEBHOOK_SECRET" name:"telegram-webhook-secret" help:"Default: generated and kept in the data folder."`
	TelegramRate   int    `env:"SANGKIEN_TELEGRAM_RATE" name:"telegram-rate" default:"30" help:"Messages a second over all chats."`

	TrustedProxies string `env:"SANGKIEN_TRUSTED_PROXIES" name:"trusted-proxies" default:"127.0.0.0/8,::1" help:"Addresses of the proxies in front, whose X-Forwarded-For is believed."`

	FloodPerMinute int `env:"SANGKIEN_FLOOD_PER_MINUTE" name:"flood-per-minute" default:"60" help:"Messages a minute that are taken from one chat or account; 0: any number."`
	FloodBurst     int `env:"SANGKIEN_FLOOD_BURST" name:"flood-burst" default:"60" help:"Messages that are taken from one chat or account at once."`

	BackupKeep int `env:"SANGKIEN_BACKUP_KEEP" name:"backup-keep" default:"7" help:"How many daily backups are kept in the data folder; 0: none are made."`

	zone    *time.Location
	proxies web.Proxies
	stderr  io.Writer // of commands
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
	if c.PetitionURL != "" && !sangkien.IsLink(c.PetitionURL) {
		return fmt.Errorf("SANGKIEN_PETITION_URL: %q is no address; use one like https://pakn.mattranso.vn", c.PetitionURL)
	}
	if c.TelegramMode == "webhook" && c.TelegramToken != "" && c.PublicURL == "" {
		return fmt.Errorf("SANGKIEN_TELEGRAM_MODE=webhook needs SANGKIEN_PUBLIC_URL, the https address that Telegram shall call")
	}
	if c.TelegramSecret != "" && !secretShape.MatchString(c.TelegramSecret) {
		return fmt.Errorf("SANGKIEN_TELEGRAM_WEBHOOK_SECRET: 1 to 256 of A-Z, a-z, 0-9, _ and -")
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
	if c.TelegramRate < 1 {
		return fmt.Errorf("SANGKIEN_TELEGRAM_RATE: at least 1 message a second")
	}
	return nil
}

// logger writes to the errors' stream. Nothing that goes into it holds a secret or what a member said; should a
// secret get there nevertheless, it is taken out.
func (c *Config) logger(s *streams) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // one of the enum's
	return slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: level, ReplaceAttr: newRedactor(c).attr}))
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
