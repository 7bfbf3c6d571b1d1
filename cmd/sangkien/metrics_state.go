package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/backup"
	"github.com/sangkien/sangkien/bot/webchat"
	"github.com/sangkien/sangkien/scheduler"
)

// state is measured when it is asked for: what waits and for how long, how old the newest backup is. What is read from
// the database is right on every replica, and absent where the database does not answer.
type state struct {
	app                                                                    *app
	since                                                                  time.Time // this process runs
	depth, age, failed, quarantined, files, inbox, backup, up, redis, free *prometheus.Desc
}

func newState(a *app) *state {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("sangkien_"+name, help, labels, nil)
	}
	return &state{app: a, since: time.Now(),
		depth:       desc("outbox_depth", "Messages that wait to be sent, by class.", "class"),
		age:         desc("outbox_age_seconds", "How long the longest due message has been due, by class.", "class"),
		failed:      desc("outbox_failed", "Messages that could not be sent, as kept."),
		quarantined: desc("quarantined_updates", "Updates that could not be handled and were set aside."),
		files:       desc("files_waiting", "Files of members that are not fetched yet."),
		inbox:       desc("inbox_depth", "Updates that were taken in and are not committed."),
		backup:      desc("backup_age_seconds", "Age of the newest daily backup here; while there is none, how long this process has run. Absent if none are to be made."),
		up:          desc("store_up", "1 while the database answers."),
		redis:       desc("redis_up", "1 while Redis answers and does what it is asked, or none is used; 0: members go on from the database, sending at a share of the rate."),
		free:        desc("disk_free_bytes", "What is free on the disk of the data folder."),
	}
}

// Describe implements prometheus.Collector.
func (s *state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.depth, s.age, s.failed, s.quarantined, s.files, s.inbox, s.backup, s.up, s.redis, s.free} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. What cannot be found out in time is left out.
func (s *state) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second) // Prometheus gives none
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(s.inbox, float64(s.app.inbox.Depth()))
	if free, err := freeBytes(s.app.config.DataDir); err == nil {
		gauge(s.free, float64(free))
	}
	if age, ok := s.backupAge(); ok {
		gauge(s.backup, age.Seconds())
	}
	redis := 1.0
	if err := s.app.sessions.Ping(ctx); err != nil || s.app.sessions.Failing() != nil {
		redis = 0
	}
	gauge(s.redis, redis)
	if err := s.stores(ctx, gauge); err != nil {
		s.app.logger.Warn("metrics: what waits", "error", err)
		gauge(s.up, 0)
		return
	}
	gauge(s.up, 1)
}

// backupAge is how old the newest daily backup is; false: none are made, or nobody can tell.
func (s *state) backupAge() (time.Duration, bool) {
	newest, err := s.app.config.shelf().Newest(backup.Daily)
	switch {
	case err != nil || newest.IsZero() && s.app.config.BackupKeep == 0:
		return 0, false
	case newest.IsZero():
		return time.Since(s.since), true
	}
	return time.Since(newest), true
}

// stores measures what waits, if the stores answer.
func (s *state) stores(ctx context.Context, gauge func(d *prometheus.Desc, v float64, labels ...string)) error {
	classes, err := s.app.store.Backlogs(ctx, time.Now())
	if err != nil {
		return err
	}
	counts, err := s.app.store.Trouble(ctx)
	if err != nil {
		return err
	}
	for _, c := range classes {
		gauge(s.depth, float64(c.Waiting), className(c.Class))
		gauge(s.age, c.Oldest.Seconds(), className(c.Class))
	}
	gauge(s.failed, float64(counts.Failed))
	gauge(s.quarantined, float64(counts.Quarantined))
	gauge(s.files, float64(counts.PendingFiles))
	return nil
}

func className(c sangkien.ReplyClass) string {
	switch c {
	case sangkien.ClassReply:
		return "reply"
	case sangkien.ClassNotice:
		return "notice"
	default:
		return "bulk"
	}
}

// metrics registers what is measured about the program as a whole, and serves everything that is.
func (a *app) metrics(r *prometheus.Registry) http.Handler {
	a.taskSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sangkien_task_seconds", Help: "How long scheduled tasks take.",
		Buckets: []float64{.01, .1, 1, 10, 60, 600}}, []string{"task", "outcome"})
	a.taskSuccess = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sangkien_task_success_timestamp_seconds", Help: "When a scheduled task last went well."}, []string{"task"})
	a.refused = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sangkien_channel_refused", Help: "1 while a platform refuses the channel: its token, or who we say that we are."}, []string{"channel"})
	a.refused.WithLabelValues(webchat.Name) // 0, not absent
	r.MustRegister(newState(a), a.taskSeconds, a.taskSuccess, a.refused, a.records, collectors.NewGoCollector(), collectors.NewBuildInfoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{Timeout: 5 * time.Second})
}

// measured times tasks.
func (a *app) measured(tasks []scheduler.Task) []scheduler.Task {
	for i, t := range tasks {
		do := scheduler.Guard(t.Do) // its panics count as failures
		tasks[i].Do = func(ctx context.Context, now time.Time) error {
			begun := time.Now()
			err := do(ctx, now)
			outcome := "done"
			if err != nil {
				outcome = "failed"
			} else {
				a.taskSuccess.WithLabelValues(t.Name).SetToCurrentTime()
			}
			a.taskSeconds.WithLabelValues(t.Name, outcome).Observe(time.Since(begun).Seconds())
			return err
		}
	}
	return tasks
}

// counted is a log that counts what is written to it by level: errors of the stores, of platforms and of our own are
// all written there.
func counted(logger *slog.Logger, records *prometheus.CounterVec) *slog.Logger {
	for _, l := range []slog.Level{slog.LevelWarn, slog.LevelError} {
		records.WithLabelValues(l.String()) // 0, not absent
	}
	return slog.New(counting{logger.Handler(), records})
}

func newRecords() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sangkien_log_records_total", Help: "Lines of the log by level; errors of the stores are among them."}, []string{"level"})
}

type counting struct {
	slog.Handler
	records *prometheus.CounterVec
}

// Handle implements slog.Handler.
func (c counting) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		c.records.WithLabelValues(r.Level.String()).Inc()
	}
	return c.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (c counting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return counting{c.Handler.WithAttrs(attrs), c.records}
}

// WithGroup implements slog.Handler.
func (c counting) WithGroup(name string) slog.Handler {
	return counting{c.Handler.WithGroup(name), c.records}
}
