package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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
	receive    bot.Receive // into the inbox
	outbox     *bot.Outbox
	fetcher    *bot.Fetcher
	files      *storage.Files
	telegram   *telegram.Channel // nil: off
	feeds      *feeds.Reader
	pace       map[string]float64 // messages a second, by channel
	zaloBot    *zalobot.Channel   // nil: off
	zalo       *zalooa.Channel    // nil: off
	runners    []bot.Runner
	closers    []io.Closer // beside the stores
	handler    http.Handler
	registry   *prometheus.Registry
	tracer     *tracer   // nil: nothing is traced
	stopBy     time.Time // once asked to end; what is not done then is left
	name       string    // unique among processes
	chat       *webchat.Channel
	holder     string // the name of this process in leases
	stopping   atomic.Bool

	records     *prometheus.CounterVec // lines of the log
	taskSeconds *prometheus.HistogramVec
	taskSuccess *prometheus.GaugeVec
	refused     *prometheus.GaugeVec // channels that their platforms refuse
}

// sessions is where conversation state is kept, and its health.
type sessions interface {
	handlers.Sessions
	Ping(context.Context) error
	Failing() error // the last failure while it fails
	Close() error
}

// sqlSessions is the embedded default: state in the database, which has its own end.
type sqlSessions struct{ storage.Sessions }

func (sqlSessions) Ping(context.Context) error { return nil }

func (sqlSessions) Failing() error { return nil }

func (sqlSessions) Close() error { return nil }

// newApp opens the stores and puts the parts together. It speaks to no platform yet.
func newApp(ctx context.Context, c *Config, logger *slog.Logger) (*app, error) {
	records, name := newRecords(), randomName()
	aloud := counted(logger, records)
	logger = counted(slog.New(quiet{logger.Handler()}), records)
	t, err := newTracer(ctx, c.tracing, name, c.redactor(), logger)
	if err != nil {
		return nil, err
	}
	store, err := openStore(ctx, c, aloud, append(t.watching(), storage.Alone())...)
	if err != nil {
		t.close(time.Now().Add(flushWithin))
		return nil, err
	}
	a := &app{config: c, logger: logger, records: records, store: store, sessions: sqlSessions{store.Sessions()}, registry: prometheus.NewRegistry(), name: name, tracer: t}
	if err := a.assemble(ctx); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *app) assemble(ctx context.Context) error {
	if a.config.RedisURL != "" {
		r, err := redis.Open(a.config.RedisURL, a.logger)
		if err != nil {
			return fmt.Errorf("open Redis: %w", err)
		}
		a.sessions = r
	}
	if err := a.firstCampaign(ctx); err != nil {
		return err
	}
	if err := a.takeOver(ctx); err != nil {
		return err
	}
	files, err := storage.OpenFiles(filepath.Join(a.config.DataDir, "attachments"))
	if err != nil {
		return err
	}
	a.files = files
	chat := webchat.New(a.store, files, strings.HasPrefix(a.config.PublicURL, "https://"), a.logger)
	chat.Reason = refusal
	a.chat = chat
	channels := []bot.Channel{chat}
	if a.config.TelegramToken != "" {
		if a.telegram, err = a.newTelegram(a.sole("poll telegram:" + botID(a.config.TelegramToken))); err != nil {
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
	paces, err := a.paces()
	if err != nil {
		return err
	}
	a.connect(append(channels, zalo...), paces, chat, files)
	return nil
}

// connect joins inbox, dispatcher, outbox and web.
func (a *app) connect(channels []bot.Channel, paces map[string]bot.Pace, chat *webchat.Channel, files *storage.Files) {
	a.feeds = feeds.New(bot.NewDownloader(bot.DownloadRules{Local: a.config.privateNets, Timeout: time.Minute}).Client())
	a.outbox = bot.NewOutbox(a.name, a.tracer.outgoing(a.store), channels, paces, files, locale.NewSpeaker(a.config.zone), a.logger)
	a.outbox.Observe = observer(a.registry)
	if a.tracer != nil {
		a.outbox.Trace = a.tracer.deliver
	}
	a.dispatcher = handlers.New(handlers.Config{Store: a.tracer.decisions(a.store), Sessions: a.tracer.states(a.sessions), Profile: seed.Profile(), Sheets: seed.Sheets(),
		Now: func() time.Time { return time.Now().In(a.config.zone) }, NewID: newID, Pictures: files, PetitionURL: a.config.PetitionURL, Words: a.words, NewToken: newToken, Links: a.links, NextTime: scheduler.NextTime, Approval: a.config.Approval, Pace: a.pace, Report: a.report, Aloud: a.outbox.Aloud, Wake: a.outbox.Wake, Logger: a.logger})
	a.inbox = bot.NewInbox(a.tracer.handle(a.guarded(a.registry, a.roomless(a.registry, timed(a.registry, a.dispatcher.Handle)))), 64, 10_000, a.logger)
	a.receive = a.tracer.receive(a.inbox.Receive)
	a.fetcher = bot.NewFetcher(a.store, files, channels, refusal, a.outbox.Wake, a.logger)
	routes := map[string]http.Handler{
		"/chat/api/":   chat.Handler(a.receive),
		"GET /metrics": private(a.config.MetricsToken, a.metrics(a.registry)),
	}
	if a.telegram != nil {
		routes["POST /webhooks/telegram"] = a.telegram.Webhook(a.receive)
	}
	if a.zaloBot != nil {
		routes["POST /webhooks/zalo-bot"] = a.zaloBot.Webhook()
		routes["GET "+zaloPhotos+"/{token}"] = a.zaloBot.Photos()
	}
	a.zaloRoutes(routes)
	a.handler = a.tracer.arrivals(web.New(web.Config{Handlers: routes, Limits: limits(), Proxies: a.config.proxies, Ready: a.ready, Logger: a.logger}), a.config.proxies)
}

// limits are those of requests that bring files: twenty minutes for a slow phone in the hills.
func limits() map[string]web.Limit {
	return map[string]web.Limit{"/chat/api/upload": {Body: webchat.MaxUpload, Read: 20 * time.Minute}}
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

// refusal is the reason why a file is not taken.
func refusal(err error) string { return string(media.ReasonOf(err)) }
