package main

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/bot/webchat"
)

// roomless is handle for the time when the disk is full: who wrote is told once an hour that nothing can be kept now and
// what happens next. The update stays with its platform, which delivers it again. A page of the web chat says so itself.
func (a *app) roomless(r *prometheus.Registry, handle bot.Handle) bot.Handle {
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sangkien_updates_without_room_total", Help: "Updates that could not be kept because the disk is full; each try counts."}, []string{"channel"})
	r.MustRegister(refused)
	refused.WithLabelValues(webchat.Name) // 0, not absent
	told := &once{every: time.Hour, at: map[string]time.Time{}}
	return func(ctx context.Context, u sangkien.Update) error {
		err := handle(ctx, u)
		if sangkien.CodeOf(err) != sangkien.ENOSPACE {
			return err
		}
		refused.WithLabelValues(u.Address.Channel).Inc()
		if u.Group || u.Address.Chat == "" || u.Address.Channel == webchat.Name || !told.may(u.Address.String(), time.Now()) {
			return err
		}
		reply := sangkien.Reply{To: u.Address, Language: a.languageOf(ctx, u), Lines: []sangkien.Line{sangkien.Say("error.no_space")}}
		if said := a.outbox.Aloud(ctx, []sangkien.Reply{reply}); said != nil {
			a.logger.Warn("tell that the disk is full", "channel", u.Address.Channel, "error", said)
		}
		return err
	}
}

// languageOf is that of who wrote, as far as it can be read.
func (a *app) languageOf(ctx context.Context, u sangkien.Update) sangkien.Language {
	chat, err := a.store.Chat(ctx, u.Address, u.From)
	if err != nil {
		return sangkien.LanguageOf(u.From.Language)
	}
	return chat.Language(u.From)
}

// once lets each name through once in a while. It remembers mostOnce of them.
type once struct {
	every time.Duration
	mu    sync.Mutex
	at    map[string]time.Time
}

const mostOnce = 10_000

func (o *once) may(name string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if at, ok := o.at[name]; ok && now.Sub(at) < o.every {
		return false
	}
	if len(o.at) >= mostOnce {
		clear(o.at)
	}
	o.at[name] = now
	return true
}
