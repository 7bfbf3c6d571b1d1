package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// observer counts what was sent, and how long after the commit. No label names a person.
func observer(r *prometheus.Registry) func(channel, outcome string, after time.Duration) {
	sends := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sangkien_sends_total", Help: "Messages by channel and how the sending ended."}, []string{"channel", "outcome"})
	delay := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sangkien_reply_seconds", Help: "From the commit of a reply to the platform taking it.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60}}, []string{"channel"})
	r.MustRegister(sends, delay)
	return func(channel, outcome string, after time.Duration) {
		sends.WithLabelValues(channel, outcome).Inc()
		if outcome == "sent" {
			delay.WithLabelValues(channel).Observe(after.Seconds())
		}
	}
}

// timed measures how long updates take to be handled.
func timed(r *prometheus.Registry, handle bot.Handle) bot.Handle {
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sangkien_update_seconds", Help: "From taking an update in to its commit.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5}}, []string{"channel", "outcome"})
	r.MustRegister(took)
	return func(ctx context.Context, u sangkien.Update) error {
		begun := time.Now()
		err := handle(ctx, u)
		outcome := "done"
		if err != nil {
			outcome = "failed"
		}
		took.WithLabelValues(u.Address.Channel, outcome).Observe(time.Since(begun).Seconds())
		return err
	}
}

// kept measures how long updates that are handed over once are in memory only: what a kill can lose.
func kept(r *prometheus.Registry) func(time.Duration) {
	took := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "sangkien_zalo_bot_kept_seconds", Help: "From an update's having been read until it is on the disk.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .5, 1}})
	r.MustRegister(took)
	return func(d time.Duration) { took.Observe(d.Seconds()) }
}
