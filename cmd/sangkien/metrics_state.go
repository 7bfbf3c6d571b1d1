package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/backup"
	"github.com/sangkien/sangkien/scheduler"
)

// state is measured when it is asked for: what waits, how old it is, how old the newest backup is.
type state struct {
	app                            *app
	depth, age, inbox, backup, sql *prometheus.Desc
}

func newState(a *app) *state {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("sangkien_"+name, help, labels, nil)
	}
	return &state{app: a,
		depth:  desc("outbox_depth", "Messages that wait to be sent, by class.", "class"),
		age:    desc("outbox_age_seconds", "How long the longest due message has been due, by class.", "class"),
		inbox:  desc("inbox_depth", "Updates that were taken in and are not committed."),
		backup: desc("backup_age_seconds", "Age of the newest daily backup here. Absent while there is none."),
		sql:    desc("store_up", "1 while the stores answer."),
	}
}

// Describe implements prometheus.Collector.
func (s *state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.depth, s.age, s.inbox, s.backup, s.sql} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. What cannot be found out in time is left out.
func (s *state) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now, up := time.Now(), 0.0
	gauge(s.inbox, float64(s.app.inbox.Depth()))
	if queues, err := s.app.store.Queues(ctx, now); err == nil && s.app.ready(ctx) == nil {
		up = 1
		seen := map[sangkien.ReplyClass][2]float64{}
		for _, q := range queues {
			late := 0.0
			if q.Oldest.Unix() > 0 {
				late = max(0, now.Sub(q.Oldest).Seconds())
			}
			seen[sangkien.ReplyClass(q.Class)] = [2]float64{float64(q.Depth), late}
		}
		for class, name := range classNames {
			gauge(s.depth, seen[class][0], name)
			gauge(s.age, seen[class][1], name)
		}
	}
	gauge(s.sql, up)
	if newest, err := s.app.config.shelf().Newest(backup.Daily); err == nil && !newest.IsZero() {
		gauge(s.backup, now.Sub(newest).Seconds())
	}
}

var classNames = map[sangkien.ReplyClass]string{sangkien.ClassReply: "reply", sangkien.ClassNotice: "notice", sangkien.ClassBulk: "bulk"}

// metrics registers what is measured about the program as a whole, and serves everything that is.
func (a *app) metrics(r *prometheus.Registry) http.Handler {
	a.taskSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sangkien_task_seconds", Help: "How long scheduled tasks take.",
		Buckets: []float64{.01, .1, 1, 10, 60, 600}}, []string{"task", "outcome"})
	a.taskSuccess = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sangkien_task_success_timestamp_seconds", Help: "When a scheduled task last went well."}, []string{"task"})
	r.MustRegister(newState(a), a.taskSeconds, a.taskSuccess, a.records, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return nearby(promhttp.HandlerFor(r, promhttp.HandlerOpts{Timeout: 5 * time.Second}))
}

// nearby serves those who ask from this machine or its private network, and not through a proxy: figures are not for the
// public, and a Prometheus of one's own needs no password.
func nearby(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		proxied := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("X-Real-Ip") != ""
		if ip := from.Addr().Unmap(); err != nil || proxied || !ip.IsLoopback() && !ip.IsPrivate() {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// measured times tasks.
func (a *app) measured(tasks []scheduler.Task) []scheduler.Task {
	for i, t := range tasks {
		do := t.Do
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
