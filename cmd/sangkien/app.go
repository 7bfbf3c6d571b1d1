package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/bot/telegram"
	"github.com/sangkien/sangkien/bot/webchat"
	"github.com/sangkien/sangkien/bot/zalobot"
	"github.com/sangkien/sangkien/bot/zalooa"
	"github.com/sangkien/sangkien/feeds"
	"github.com/sangkien/sangkien/handlers"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/media"
	"github.com/sangkien/sangkien/scheduler"
	"github.com/sangkien/sangkien/seed"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/storage/redis"
	"github.com/sangkien/sangkien/web"
)

// app is the program put together: the only place that knows all concrete types.
type app struct {
	config     *Config
	logger     *slog.Logger
	store      *storage.Store
	sessions   sessions
	dispatcher *handlers.Dispatcher
	inbox      *bot.Inbox
	outbox     *bot.Outbox
	fetcher    *bot.Fetcher
	files      *storage.Files
	telegram   *telegram.Channel // nil: off
	feeds      *feeds.Reader
	pace       map[string]float64 // messages a second, by channel
	zaloBot    *zalobot.Channel   // nil: off
	zalo       *zalooa.Channel    // nil: off
	runners    []bot.Runner
	handler    http.Handler
	registry   *prometheus.Registry
}

// sessions is where conversation state is kept, and its health.
type sessions interface {
	handlers.Sessions
	Ping(context.Context) error
	Close() error
}

// sqlSessions is the embedded default: state in the database, which has its own health and end.
type sqlSessions struct{ storage.Sessions }

func (sqlSessions) Ping(context.Context) error { return nil }
func (sqlSessions) Close() error               { return nil }

// newApp opens the stores and puts the parts together. It speaks to no platform yet.
func newApp(ctx context.Context, c *Config, logger *slog.Logger) (*app, error) {
	store, err := openStore(ctx, c)
	if err != nil {
		return nil, err
	}
	a := &app{config: c, logger: logger, store: store, sessions: sqlSessions{store.Sessions()}, registry: prometheus.NewRegistry()}
	if err := a.assemble(ctx); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *app) assemble(ctx context.Context) error {
	if a.config.RedisURL != "" {
		r, err := redis.Open(a.config.RedisURL)
		if err != nil {
			return fmt.Errorf("open Redis: %w", err)
		}
		a.sessions = r
	}
	if err := a.firstCampaign(ctx); err != nil {
		return err
	}
	if err := firstReminders(ctx, a.store, time.Now()); err != nil {
		return err
	}
	if a.store.Exclusive() {
		if err := a.store.Release(ctx, time.Now()); err != nil {
			return err
		}
	}
	files, err := storage.OpenFiles(filepath.Join(a.config.DataDir, "attachments"))
	if err != nil {
		return err
	}
	a.files = files
	chat := webchat.New(a.store, files, strings.HasPrefix(a.config.PublicURL, "https://"), a.logger)
	chat.Reason = refusal
	channels := []bot.Channel{chat}
	if a.config.TelegramToken != "" {
		if a.telegram, err = a.newTelegram(); err != nil {
			return err
		}
		channels = append(channels, a.telegram)
		a.runners = append(a.runners, a.telegram)
	}
	if a.config.ZaloBotToken != "" {
		if a.zaloBot, err = a.newZaloBot(); err != nil {
			return err
		}
		channels = append(channels, a.zaloBot)
		a.runners = append(a.runners, a.zaloBot)
	}
	zalo, err := a.zaloChannels()
	if err != nil {
		return err
	}
	a.connect(append(channels, zalo...), chat, files)
	return nil
}

// connect joins inbox, dispatcher, outbox and web.
func (a *app) connect(channels []bot.Channel, chat *webchat.Channel, files *storage.Files) {
	a.registry.MustRegister(newBacklog(a.store, a.logger))
	rates := map[string]bot.Rate{telegram.Name: {Global: float64(a.config.TelegramRate), Chat: 1, Burst: 30},
		zalobot.Name: {Global: float64(a.config.ZaloBotRate)}}
	a.zaloRates(rates)
	a.pace = pace(rates)
	a.feeds = feeds.New(bot.NewDownloader(bot.DownloadRules{Local: a.config.privateNets, Timeout: time.Minute}).Client())
	a.outbox = bot.NewOutbox(randomName(), a.store, channels, rates, files, locale.NewSpeaker(a.config.zone), a.logger)
	a.outbox.Observe = observer(a.registry)
	a.dispatcher = handlers.New(handlers.Config{Store: a.store, Sessions: a.sessions, Profile: seed.Profile(), Sheets: seed.Sheets(),
		Now: func() time.Time { return time.Now().In(a.config.zone) }, NewID: newID, Pictures: files, PetitionURL: a.config.PetitionURL, Words: a.words, NewToken: newToken, Links: a.links, Approval: a.config.Approval, NextCron: scheduler.NextCron, Pace: a.pace, Report: a.report, Wake: a.outbox.Wake, Logger: a.logger})
	a.inbox = bot.NewInbox(timed(a.registry, a.dispatcher.Handle), 64, 10_000, a.logger)
	a.fetcher = bot.NewFetcher(a.store, files, channels, refusal, a.outbox.Wake, a.logger)
	routes := map[string]http.Handler{
		"/chat/api/":   chat.Handler(a.inbox.Receive),
		"GET /metrics": private(a.config.MetricsToken, promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{})),
	}
	if a.telegram != nil {
		routes["POST /webhooks/telegram"] = a.telegram.Webhook(a.inbox.Receive)
	}
	if a.zaloBot != nil {
		routes["POST /webhooks/zalo-bot"] = a.zaloBot.Webhook()
		routes["GET "+zaloPhotos+"/{token}"] = a.zaloBot.Photos()
	}
	a.zaloRoutes(routes)
	a.handler = web.New(web.Config{Handlers: routes, Ready: a.ready, Logger: a.logger, Proxies: a.config.proxies})
}

// words puts a line into words without style.
func (a *app) words(l sangkien.Line, lang sangkien.Language) string {
	return locale.NewSpeaker(a.config.zone).Say(l, lang).String()
}

// links bring a payload into a chat, on the channels whose address is known.
func (a *app) links(payload string) []string {
	var links []string
	if a.telegram != nil {
		if name := a.telegram.Username(); name != "" {
			links = append(links, "https://t.me/"+name+"?start="+payload)
		}
	}
	if a.config.PublicURL != "" {
		links = append(links, a.config.PublicURL+"/chat#start="+payload)
	}
	return links
}

func (a *app) newTelegram() (*telegram.Channel, error) {
	c := telegram.Config{Token: a.config.TelegramToken, APIURL: a.config.TelegramAPIURL, Menus: menus(a.config.zone),
		Inline: a.inline, Say: locale.NewSpeaker(a.config.zone), Logger: a.logger, Paid: a.config.TelegramPaid}
	if a.config.TelegramMode == "webhook" {
		secret, err := a.keptSecret(a.config.TelegramSecret, "telegram-webhook-secret")
		if err != nil {
			return nil, err
		}
		c.Webhook, c.Secret = a.config.PublicURL+"/webhooks/telegram", secret
	}
	t, err := telegram.New(c)
	if err != nil {
		return nil, fmt.Errorf("telegram: %w", err)
	}
	return t, nil
}

// inline answers what people look for in other chats.
func (a *app) inline(ctx context.Context, q sangkien.InlineQuery) (sangkien.InlineAnswer, error) {
	return a.dispatcher.Inline(ctx, q)
}

// keptSecret is the one that was given, or one that is made once and kept in the data folder under a name.
func (a *app) keptSecret(given, name string) (string, error) {
	if given != "" {
		return given, nil
	}
	path := filepath.Join(a.config.DataDir, name)
	data, err := os.ReadFile(path)
	if err == nil && secretShape.MatchString(string(data)) {
		return string(data), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the %s: %w", name, err)
	}
	secret := newToken()
	if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
		return "", fmt.Errorf("keep the %s: %w", name, err)
	}
	return secret, nil
}

// menus is the lists of commands that Telegram shows: Vietnamese for all, English for those who use English; staff
// have theirs above.
func menus(zone *time.Location) []telegram.Menu {
	say := locale.NewSpeaker(zone)
	list := func(language string, lang sangkien.Language, who sangkien.MenuFor) telegram.Menu {
		m := telegram.Menu{Language: language, For: who}
		for _, c := range handlers.MenuOf(who) {
			name := c.Name
			if lang == sangkien.English {
				name = c.English
			}
			m.Commands = append(m.Commands, telegram.MenuCommand{Command: name, Description: say.Say(c.About(), lang).String()})
		}
		return m
	}
	var all []telegram.Menu
	for _, who := range []sangkien.MenuFor{sangkien.MenuMember, sangkien.MenuStaff} {
		all = append(all, list("", sangkien.Vietnamese, who), list("vi", sangkien.Vietnamese, who), list("en", sangkien.English, who))
	}
	return all
}

// firstCampaign stores the ready-made campaign where there is none.
func (a *app) firstCampaign(ctx context.Context) error {
	campaigns, err := a.store.Campaigns(ctx)
	if err != nil || len(campaigns) > 0 {
		return err
	}
	saved, err := seed.Campaign(time.Now().Add(-time.Minute).In(a.config.zone)).Save()
	if err != nil {
		return err
	}
	_, err = a.store.Commit(ctx, sangkien.Commit{Key: "seed:campaign:1", At: time.Now(), Effects: []sangkien.Effect{saved}})
	return err
}

// ready tells whether the stores answer.
func (a *app) ready(ctx context.Context) error {
	return errors.Join(a.store.Ping(ctx), a.sessions.Ping(ctx))
}

// run serves on l until ctx ends: first nothing new is taken in, then what was taken is finished, then what
// waits to be said is left to the next start.
func (a *app) run(ctx context.Context, l net.Listener) error {
	in, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var sources, senders sync.WaitGroup
	sources.Go(func() { a.fail(stop, web.Serve(in, l, a.handler, a.logger)) })
	for _, r := range a.runners {
		sources.Go(func() { a.fail(stop, r.Run(in, a.inbox.Receive)) })
	}
	sources.Go(func() { a.fetcher.Run(in) })
	sources.Go(func() {
		a.fail(stop, scheduler.Run(in, a.config.zone, a.tasks(), a.logger))
	})
	out, stopOut := context.WithCancel(context.WithoutCancel(ctx))
	defer stopOut()
	senders.Go(func() { a.outbox.Run(out) })
	senders.Go(func() {
		a.outbox.RunBulk(out, bot.Bulk{Table: a.store, Zone: a.config.zone, Quiet: a.config.quiet, PerDay: a.config.BulkPerDay, Uploads: a.store})
	})
	sources.Wait()
	a.inbox.Close()
	stopOut()
	senders.Wait()
	if cause := context.Cause(in); ctx.Err() == nil && cause != nil {
		return cause
	}
	return nil
}

// tidyFiles removes what the program made a while ago, and members' files that no row names any more.
func (a *app) tidyFiles(ctx context.Context, now time.Time) error {
	return errors.Join(a.files.Tidy(now), a.files.Sweep(ctx, a.store, now))
}

// tasks is what falls due by the clock.
func (a *app) tasks() []scheduler.Task {
	policy := sangkien.DefaultRetention()
	return append([]scheduler.Task{scheduler.Tidy(a.store, policy), scheduler.TidyFiles(a.tidyFiles), scheduler.Retain(a.store, policy), scheduler.RemindRequests(a.store)},
		append(append(a.newsTasks(), a.reminderTasks()...), a.zaloTasks()...)...)
}

// fail ends the program because one of its parts cannot go on.
func (a *app) fail(stop context.CancelCauseFunc, err error) {
	if err != nil {
		stop(err)
	}
}

func (a *app) close() error { return errors.Join(a.sessions.Close(), a.store.Close()) }

// newID is unique and grows with time: milliseconds, then chance. The lowest 4 bits are 0, room for the
// attachments of one update.
func newID() int64 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never returns an error
	return time.Now().UnixMilli()<<22 | int64(binary.BigEndian.Uint32(b[:])>>14)<<4
}

// newToken is a secret of 130 bits in letters that can be read aloud.
func newToken() string {
	var b [17]byte
	_, _ = rand.Read(b[:])
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))[:26]
}

func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// refusal is the reason why a file is not taken.
func refusal(err error) string { return string(media.ReasonOf(err)) }
