package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/bot/webchat"
	"github.com/sangkien/sangkien/handlers"
)

// guarded is handle behind flood control. Nobody writes as fast by hand; an album and some forwarded photos pass.
func (a *app) guarded(r *prometheus.Registry, handle bot.Handle) bot.Handle {
	dropped := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sangkien_updates_dropped_total", Help: "Updates that were dropped because their sender sent too many."}, []string{"channel"})
	r.MustRegister(dropped)
	dropped.WithLabelValues(webchat.Name) // 0, not absent
	f := bot.NewFlood(a.config.FloodPerMinute, a.config.FloodBurst, handle)
	f.Spared = handlers.IsStop
	f.Dropped = func(channel string) { dropped.WithLabelValues(channel).Inc() }
	f.Notice = func(ctx context.Context, u sangkien.Update) error {
		reply := sangkien.Reply{To: u.Address, Language: sangkien.Vietnamese, Lines: []sangkien.Line{sangkien.Say("error.flood")}}
		if u.From.Language == string(sangkien.English) {
			reply.Language = sangkien.English
		}
		_, err := a.store.Commit(ctx, sangkien.Commit{Key: "flood:" + u.Key, At: time.Now(), Replies: []sangkien.Reply{reply}})
		if err == nil {
			a.outbox.Wake()
		}
		return err
	}
	return f.Handle
}
