package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	name       string // unique among processes
	holder     string // the name of this process in leases
	stopping   atomic.Bool

	records     *prometheus.CounterVec // lines of the log
	taskSeconds *prometheus.HistogramVec
	taskSuccess *prometheus.GaugeVec
}

// sessions is where conversation state is kept, and its health.
type sessions interface {
	handlers.Sessions
	Ping(context.Context) error
	Close() error
}

// sqlSessions is the embedded default: state in the database, which has its own end.
type sqlSessions struct{ storage.Sessions }

func (sqlSessions) Ping(context.Context) error { return nil }

func (sqlSessions) Close() error { return nil }

// newApp opens the stores and puts the parts together. It speaks to no platform yet.
func newApp(ctx context.Context, c *Config, logger *slog.Logger) (*app, error) {
	store, err := openStore(ctx, c, logger)
	if err != nil {
		return nil, err
	}
	records := newRecords()
	a := &app{config: c, logger: counted(logger, records), records: records, store: store, sessions: sqlSessions{store.Sessions()}, registry: prometheus.NewRegistry(), name: randomName()}
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
		sole, err := a.sole("poll telegram:" + botID(a.config.TelegramToken))
		if err != nil {
			return err
		}
		if a.telegram, err = a.newTelegram(sole); err != nil {
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

// paces keep the limits of platforms: over all replicas where there is a Redis, in this process otherwise.
func (a *app) paces() (map[string]bot.Pace, error) {
	rates := map[string]bot.Rate{}
	if a.telegram != nil {
		rates[telegram.Name] = bot.Rate{Global: float64(a.config.TelegramRate), Chat: 1, Burst: 30}
	}
	if a.zaloBot != nil {
		rates[zalobot.Name] = bot.Rate{Global: float64(a.config.ZaloBotRate)}
	}
	if a.zalo != nil {
		rates[zalooa.Name] = bot.Rate{Global: a.zalo.Rate()}
	}
	a.pace = pace(rates)
	account := map[string]string{telegram.Name: botID(a.config.TelegramToken), zalobot.Name: botID(a.config.ZaloBotToken), zalooa.Name: a.config.ZaloAppID}
	paces := map[string]bot.Pace{}
	for channel, rate := range rates {
		if a.config.RedisURL == "" {
			paces[channel] = bot.NewPace(rate)
			continue
		}
		limits := redis.PaceLimits{}
		limits.Most, limits.Within = rate.Window()
		limits.Interval, limits.Ahead = rate.Each()
		shared, err := redis.OpenPace(a.config.RedisURL, channel+":"+account[channel], a.name, limits)
		if err != nil {
			return nil, fmt.Errorf("open Redis: %w", err)
		}
		a.closers = append(a.closers, shared)
		paces[channel] = bot.NewSharedPace(shared, rate, a.logger)
	}
	return paces, nil
}

// connect joins inbox, dispatcher, outbox and web.
func (a *app) connect(channels []bot.Channel, paces map[string]bot.Pace, chat *webchat.Channel, files *storage.Files) {
	a.feeds = feeds.New(bot.NewDownloader(bot.DownloadRules{Local: a.config.privateNets, Timeout: time.Minute}).Client())
	a.outbox = bot.NewOutbox(a.name, a.store, channels, paces, files, locale.NewSpeaker(a.config.zone), a.logger)
	a.outbox.Observe = observer(a.registry)
	a.dispatcher = handlers.New(handlers.Config{Store: a.store, Sessions: a.sessions, Profile: seed.Profile(), Sheets: seed.Sheets(),
		Now: func() time.Time { return time.Now().In(a.config.zone) }, NewID: newID, Pictures: files, PetitionURL: a.config.PetitionURL, Words: a.words, NewToken: newToken, Links: a.links, NextTime: scheduler.NextTime, Approval: a.config.Approval, Pace: a.pace, Report: a.report, Wake: a.outbox.Wake, Logger: a.logger})
	a.inbox = bot.NewInbox(a.guarded(a.registry, timed(a.registry, a.dispatcher.Handle)), 64, 10_000, a.logger)
	a.fetcher = bot.NewFetcher(a.store, files, channels, refusal, a.outbox.Wake, a.logger)
	routes := map[string]http.Handler{
		"/chat/api/":   chat.Handler(a.inbox.Receive),
		"GET /metrics": private(a.config.MetricsToken, a.metrics(a.registry)),
	}
	if a.telegram != nil {
		routes["POST /webhooks/telegram"] = a.telegram.Webhook(a.inbox.Receive)
	}
	if a.zaloBot != nil {
		routes["POST /webhooks/zalo-bot"] = a.zaloBot.Webhook()
		routes["GET "+zaloPhotos+"/{token}"] = a.zaloBot.Photos()
	}
	a.zaloRoutes(routes)
	a.handler = web.New(web.Config{Handlers: routes, Limits: limits(), Proxies: a.config.proxies, Ready: a.ready, Logger: a.logger})
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

// newTelegram makes the channel of Telegram, which polls when sole says so. It speaks to nobody yet.
func (a *app) newTelegram(sole *bot.Sole) (*telegram.Channel, error) {
	c := telegram.Config{Token: a.config.TelegramToken, APIURL: a.config.TelegramAPIURL, Menus: menus(a.config.zone),
		Inline: a.inline, Say: locale.NewSpeaker(a.config.zone), Logger: a.logger, Paid: a.config.TelegramPaid, Sole: sole}
	if a.config.TelegramMode == "webhook" {
		c.Webhook = a.config.PublicURL + "/webhooks/telegram"
		c.Secret = madeSecret(a.config.TelegramSecret, a.config.TelegramToken, "webhook secret")
	}
	t, err := telegram.New(c)
	if err != nil {
		return nil, fmt.Errorf("telegram: %w", err)
	}
	return t, nil
}

// sole is what only one process does at a time; nil where there is only one.
func (a *app) sole(what string) (*bot.Sole, error) {
	if a.store.Exclusive() {
		return nil, nil
	}
	if a.holder == "" {
		name, lock, err := holder(a.config.DataDir, a.name)
		if err != nil {
			return nil, fmt.Errorf("name this process: %w", err)
		}
		if a.holder = name; lock != nil {
			a.closers = append(a.closers, lock)
		}
	}
	return bot.NewSole(a.store, what, a.holder, a.logger), nil
}

// botID is the part of a bot's token that is no secret.
func botID(token string) string {
	id, _, _ := strings.Cut(token, ":")
	return id
}

// inline answers what people look for in other chats.
func (a *app) inline(ctx context.Context, q sangkien.InlineQuery) (sangkien.InlineAnswer, error) {
	return a.dispatcher.Inline(ctx, q)
}

// madeSecret is the one that was given, or one made of a channel's token for a purpose: the same in all processes, and
// it tells nothing of the token.
func madeSecret(given, token, purpose string) string {
	if given != "" {
		return given
	}
	sum := hmac.New(sha256.New, []byte(token))
	_, _ = sum.Write([]byte(purpose)) // hash.Hash never returns an error
	return hex.EncodeToString(sum.Sum(nil))
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

// firstCampaign stores the ready-made campaign where there is none, and its first reminders for each that has none
// and has not closed.
func (a *app) firstCampaign(ctx context.Context) error {
	now := time.Now().In(a.config.zone)
	campaigns, err := a.store.Campaigns(ctx)
	if err != nil {
		return err
	}
	if len(campaigns) == 0 {
		c := seed.Campaign(now.Add(-time.Minute))
		saved, err := c.Save()
		if err != nil {
			return err
		}
		if _, err := a.store.Commit(ctx, sangkien.Commit{Key: "seed:campaign:1", At: now, Effects: []sangkien.Effect{saved}}); err != nil {
			return err
		}
		campaigns = append(campaigns, c)
	}
	rules, err := a.store.Reminders(ctx)
	if err != nil {
		return err
	}
	for _, c := range campaigns {
		has := slices.ContainsFunc(rules, func(r sangkien.Reminder) bool { return r.Campaign == c.ID })
		if has || c.AtLatest().WindowAt(now) == sangkien.Closed {
			continue
		}
		if err := a.firstReminders(ctx, c, now); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) firstReminders(ctx context.Context, c sangkien.Campaign, now time.Time) error {
	var effects []sangkien.Effect
	for _, r := range seed.Reminders(c.ID, newID, now) {
		saved, err := r.Save(now)
		if err != nil {
			return err
		}
		effects = append(effects, saved)
	}
	_, err := a.store.Commit(ctx, sangkien.Commit{Key: fmt.Sprint("seed:reminders:", c.ID), At: now, Effects: effects})
	return err
}

// ready tells whether the database answers, and this process is not about to end. Without Redis everyone is still
// served, and all processes would be taken out at once.
func (a *app) ready(ctx context.Context) error {
	if a.stopping.Load() {
		return errors.New("asked to end")
	}
	return a.store.Ping(ctx)
}

// stopWithin is how long what was begun may take to end. What is not done then is done by the next start, or another
// process.
const stopWithin = 10 * time.Second

// run serves on l until ctx ends: first it says that it is not ready, for a while if something in front must notice, then
// nothing new is taken in, then what was taken is finished, then what waits to be said is left to the next start.
func (a *app) run(ctx context.Context, l net.Listener) error {
	in, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	var sources, senders sync.WaitGroup
	sources.Go(func() { a.linger(ctx, in); stop(nil) })
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
	finished := make(chan struct{})
	go func() {
		sources.Wait()
		a.inbox.Close()
		stopOut()
		senders.Wait()
		close(finished)
	}()
	<-in.Done()
	select {
	case <-finished:
	case <-time.After(stopWithin):
		a.logger.Warn("not all that was begun has ended: the next start goes on with it")
	}
	if cause := context.Cause(in); ctx.Err() == nil && cause != nil {
		return cause
	}
	return nil
}

// linger waits until ctx ends and then, with /readyz red, until whatever is in front has noticed; or until in ends.
func (a *app) linger(ctx, in context.Context) {
	select {
	case <-in.Done():
		return
	case <-ctx.Done():
	}
	a.stopping.Store(true)
	if a.config.StopGrace > 0 {
		a.logger.Info("asked to end: going on for a while, so that no more is sent here", "for", a.config.StopGrace)
	}
	select {
	case <-in.Done():
	case <-time.After(a.config.StopGrace):
	}
}

// tidyFiles removes what the program made a while ago, and members' files that no row names any more.
func (a *app) tidyFiles(ctx context.Context, now time.Time) error {
	return errors.Join(a.files.Tidy(now), a.files.Sweep(ctx, a.store, now))
}

// tasks is what falls due by the clock.
func (a *app) tasks() []scheduler.Task {
	policy := sangkien.DefaultRetention()
	tasks := append([]scheduler.Task{scheduler.Tidy(a.store, policy), scheduler.TidyFiles(a.tidyFiles), scheduler.Retain(a.store, policy), scheduler.RemindRequests(a.store), a.dailyBackup(),
		scheduler.Remind(a.store, newID), scheduler.RemindAuthors(a.store, newID)},
		append(a.newsTasks(), a.zaloTasks()...)...)
	return a.measured(tasks)
}

// fail ends the program because one of its parts cannot go on.
func (a *app) fail(stop context.CancelCauseFunc, err error) {
	if err != nil {
		stop(err)
	}
}

func (a *app) close() error {
	var err error
	for _, c := range a.closers {
		err = errors.Join(err, c.Close())
	}
	return errors.Join(err, a.sessions.Close(), a.store.Close())
}

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
