package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage"
)

// backlog shows what waits, read from the database when it is asked for: right on every replica, and absent where the
// database does not answer.
type backlog struct {
	store                                     *storage.Store
	logger                                    *slog.Logger
	waiting, oldest, quarantined, files, lost *prometheus.Desc
}

func newBacklog(store *storage.Store, logger *slog.Logger) backlog {
	class := []string{"class"}
	return backlog{store, logger,
		prometheus.NewDesc("sangkien_outbox_waiting", "Messages that wait to be sent, by class.", class, nil),
		prometheus.NewDesc("sangkien_outbox_oldest_seconds", "How long the oldest message that is due has waited, by class.", class, nil),
		prometheus.NewDesc("sangkien_quarantined_updates", "Updates that could not be handled and were set aside.", nil, nil),
		prometheus.NewDesc("sangkien_files_waiting", "Files of members that are not fetched yet.", nil, nil),
		prometheus.NewDesc("sangkien_outbox_failed", "Messages that could not be sent, as kept.", nil, nil)}
}

func (b backlog) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{b.waiting, b.oldest, b.quarantined, b.files, b.lost} {
		to <- d
	}
}

func (b backlog) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // Prometheus gives none
	defer cancel()
	classes, err := b.store.Backlogs(ctx, time.Now())
	if err != nil {
		b.logger.Warn("metrics: what waits", "error", err)
		return
	}
	counts, err := b.store.Counts(ctx)
	if err != nil {
		b.logger.Warn("metrics: counts", "error", err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, c := range classes {
		gauge(b.waiting, float64(c.Waiting), className(c.Class))
		gauge(b.oldest, c.Oldest.Seconds(), className(c.Class))
	}
	gauge(b.quarantined, float64(counts.Quarantined))
	gauge(b.files, float64(counts.PendingFiles))
	gauge(b.lost, float64(counts.Failed))
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
