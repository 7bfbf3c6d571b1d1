package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/seed"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/storage/redis"
)

type doctorCmd struct{}

// finding is the result of one check.
type finding struct {
	level  level
	what   string
	remedy string // for what is not well
}

type level int

const (
	well level = iota
	note       // works, but know this
	bad        // does not work
)

func (l level) String() string { return [...]string{"ok  ", "note", "BAD "}[l] }

func good(format string, args ...any) finding { return finding{what: fmt.Sprintf(format, args...)} }

// errUnwell is what doctor ends with when something does not work.
var errUnwell = errors.New("something does not work; see above")

// Run checks everything that can be checked from here, and prints each finding with its remedy.
func (doctorCmd) Run(ctx context.Context, c *Config, s *streams) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	findings := []finding{checkDataDir(c), checkListen(ctx, c), checkZone(c), checkPublicURL(c)}
	findings = append(findings, checkStore(ctx, c)...)
	findings = append(findings, checkRedis(ctx, c), checkToken(c), checkTelegram(ctx, c, s), checkWebhook(c), checkZaloBot(ctx, c, s))
	findings = append(findings, checkZalo(ctx, c)...)
	sick, secrets := false, c.redactor()
	for _, f := range findings {
		fmt.Fprintf(s.out, "%s  %s\n", f.level, secrets.text(f.what))
		if f.remedy != "" {
			fmt.Fprintf(s.out, "      → %s\n", f.remedy)
		}
		sick = sick || f.level == bad
	}
	if sick {
		return errUnwell
	}
	return nil
}

func checkDataDir(c *Config) finding {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return finding{bad, fmt.Sprintf("data folder %s: %v", c.DataDir, err), "set SANGKIEN_DATA_DIR to a folder that this user may write to"}
	}
	probe, err := os.CreateTemp(c.DataDir, ".doctor-*")
	if err != nil {
		return finding{bad, fmt.Sprintf("data folder %s cannot be written to: %v", c.DataDir, err), "give this user the right to write, or set SANGKIEN_DATA_DIR"}
	}
	err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	if err != nil {
		return finding{note, fmt.Sprintf("data folder %s: %v", c.DataDir, err), "look at the folder's rights"}
	}
	abs, err := filepath.Abs(c.DataDir)
	if err != nil {
		abs = c.DataDir
	}
	return good("data folder %s can be written to", abs)
}

func checkListen(ctx context.Context, c *Config) finding {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.HTTPAddr)
	if err != nil {
		return finding{note, fmt.Sprintf("address %s is taken: %v", c.HTTPAddr, err), "if sangkien is running already all is well; else choose another SANGKIEN_HTTP_ADDR"}
	}
	if err := l.Close(); err != nil {
		return finding{note, err.Error(), ""}
	}
	return good("address %s is free", c.HTTPAddr)
}

func checkZone(c *Config) finding {
	return good("time zone %s: it is %s there", c.Timezone, time.Now().In(c.zone).Format("15:04 02/01/2006"))
}

func checkPublicURL(c *Config) finding {
	switch {
	case c.PublicURL == "":
		return finding{note, "no public address: links work on this machine only", "set SANGKIEN_PUBLIC_URL to the https address of this server"}
	case !strings.HasPrefix(c.PublicURL, "https://"):
		return finding{note, "the public address is not https: what people write can be read on the way", "put a server with a certificate (Caddy, nginx) in front"}
	}
	return good("public address %s", c.PublicURL)
}

// checkStore opens the database, which migrates it and asserts durability, and looks at what is in it.
func checkStore(ctx context.Context, c *Config) []finding {
	store, err := storage.Open(ctx, c.DatabaseURL)
	if err != nil {
		return []finding{{bad, fmt.Sprintf("database %s: %v", withoutPassword(c.DatabaseURL), err), "check SANGKIEN_DATABASE_URL, and that the server runs"}}
	}
	defer func() { _ = store.Close() }() // only looked at
	found := []finding{good("database %s answers, its schema is up to date, what is confirmed is on disk", withoutPassword(c.DatabaseURL))}
	counts, err := store.Counts(ctx)
	if err != nil {
		return append(found, finding{bad, err.Error(), "restore the database, or begin with an empty one"})
	}
	found = append(found, good("%d members, %d drafts, %d ideas submitted", counts.Members, counts.Drafts, counts.Submitted))
	found = append(found, whenMany(counts.Waiting, 100, "messages wait to be sent", "is serve running, and does the platform answer? /metrics tells how sends end"))
	found = append(found, whenMany(counts.Quarantined, 0, "updates are in quarantine", "look at the table quarantine; their references are in the log"))
	found = append(found, whenMany(counts.PendingFiles, 20, "files wait to be fetched", "does the platform answer? files are asked for again for a day"))
	if counts.Admins == 0 {
		found = append(found, finding{note, "there is no administrator", "sangkien invite --role admin"})
	} else {
		found = append(found, good("%d administrator(s)", counts.Admins))
	}
	return append(found, checkCampaigns(ctx, store), checkUnits(ctx, store))
}

func whenMany(n, most int, what, remedy string) finding {
	if n > most {
		return finding{note, fmt.Sprintf("%d %s", n, what), remedy}
	}
	return good("%d %s", n, what)
}

func checkCampaigns(ctx context.Context, store *storage.Store) finding {
	campaigns, err := store.Campaigns(ctx)
	if err != nil {
		return finding{bad, err.Error(), "restore the database"}
	}
	open := 0
	for _, c := range campaigns {
		if err := c.Form.Check(); err != nil {
			return finding{bad, fmt.Sprintf("the form of campaign %q cannot be walked: %v", c.Slug, err), "save a new version of the form"}
		}
		if c.WindowAt(time.Now()) == sangkien.Open {
			open++
		}
	}
	if open == 0 {
		return finding{note, fmt.Sprintf("none of %d campaigns takes ideas now", len(campaigns)), "serve creates one where there is none at all"}
	}
	return good("%d of %d campaigns take ideas now", open, len(campaigns))
}

func checkUnits(ctx context.Context, store *storage.Store) finding {
	units, err := store.Units(ctx)
	if err != nil {
		return finding{bad, err.Error(), "restore the database"}
	}
	if len(units) == 0 {
		return finding{note, "there are no units: members type theirs in their own words", "for a look with fictional ones: sangkien demo, in a fresh folder"}
	}
	return good("%d units", len(units))
}

func checkRedis(ctx context.Context, c *Config) finding {
	if c.RedisURL == "" {
		return good("conversation state is in the database")
	}
	s, err := redis.Open(c.RedisURL)
	if err == nil {
		err = errors.Join(s.Ping(ctx), s.Close())
	}
	if err != nil {
		return finding{bad, fmt.Sprintf("Redis %s: %v", withoutPassword(c.RedisURL), err), "check SANGKIEN_REDIS_URL, or leave it empty: state is kept in the database then"}
	}
	return good("Redis %s answers", withoutPassword(c.RedisURL))
}

func checkToken(c *Config) finding {
	if c.TelegramToken != "" && os.Getenv("SANGKIEN_TELEGRAM_TOKEN_FILE") == "" {
		return finding{note, "the Telegram token is in the environment, where other programs of this user can read it", "keep it in a file and name that in SANGKIEN_TELEGRAM_TOKEN_FILE"}
	}
	if c.ZaloBotToken != "" && os.Getenv("SANGKIEN_ZALO_BOT_TOKEN_FILE") == "" {
		return finding{note, "the Zalo bot's token is in the environment, where other programs of this user can read it", "keep it in a file and name that in SANGKIEN_ZALO_BOT_TOKEN_FILE"}
	}
	return good("no secret is in the environment")
}

func checkTelegram(ctx context.Context, c *Config, s *streams) finding {
	if c.TelegramToken == "" {
		return finding{note, "Telegram is off", "get a token from @BotFather and set SANGKIEN_TELEGRAM_TOKEN"}
	}
	t, err := (&app{config: c, logger: c.logger(s)}).newTelegram()
	if err != nil {
		return finding{bad, err.Error(), "copy the token from @BotFather again"}
	}
	me, err := t.Me(ctx)
	if err != nil {
		return finding{bad, fmt.Sprintf("Telegram: %v", err), "is the token right, and is " + c.TelegramAPIURL + " reachable from here? Some networks in Vietnam block it"}
	}
	if !me.Inline {
		return finding{note, fmt.Sprintf("Telegram: the bot is @%s; ideas cannot be shared in groups, for inline mode is off", me.Name), "send /setinline to @BotFather and choose the bot"}
	}
	return good("Telegram: the bot is @%s, and ideas can be shared by inline mode", me.Name)
}

func checkWebhook(c *Config) finding {
	if c.TelegramMode == "webhook" && !strings.HasPrefix(c.PublicURL, "https://") {
		return finding{note, "Telegram calls webhooks over https only", "set SANGKIEN_PUBLIC_URL to an https address, or SANGKIEN_TELEGRAM_MODE=polling"}
	}
	form := seed.Profile()
	return good("updates come by %s; a new member is asked %d short questions once", c.TelegramMode, len(form.Questions))
}
