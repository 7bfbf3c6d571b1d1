package main

import (
	"math/rand/v2"
	"net/http"
	"syscall"
	"time"

	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// fault is something that happens to the world; run returns when it is over.
type fault struct {
	name string
	run  func(*faultWorld)
}

// faults is all of them, the hardest not last.
func faults() []fault {
	wire := func(p func(*faultWorld) *testkit.Proxy, bad func(*testkit.Proxy)) func(*faultWorld) {
		return func(w *faultWorld) {
			bad(p(w))
			time.Sleep(w.quiet)
			p(w).Heal()
		}
	}
	database := func(w *faultWorld) *testkit.Proxy { return w.sql }
	redis := func(w *faultWorld) *testkit.Proxy { return w.kv }
	slow := func(p *testkit.Proxy) { p.Slow(100 * time.Millisecond) }
	return []fault{
		{"both processes killed", func(w *faultWorld) {
			for _, p := range w.group {
				if p.kill9() {
					w.killed.Add(1)
				}
			}
		}},
		{"PostgreSQL black-holed", wire(database, (*testkit.Proxy).BlackHole)},
		{"Redis black-holed", wire(redis, (*testkit.Proxy).BlackHole)},
		{"PostgreSQL crashes", func(w *faultWorld) {
			w.pg.Crash()
			time.Sleep(w.quiet / 2)
			w.pg.Start(w.t)
		}},
		{"Redis stops and is empty", func(w *faultWorld) {
			w.redis.Kill()
			time.Sleep(w.quiet / 2)
			w.redis.Start(w.t)
		}},
		{"a process stands still", standstill},
		{"PostgreSQL fails over", failover},
		{"Redis flushed", func(w *faultWorld) { flusher(w.t, w.redis.URL)() }},
		{"PostgreSQL slow", wire(database, slow)},
		{"Redis slow", wire(redis, slow)},
		{"Redis fails over", func(w *faultWorld) {
			w.redis = testkit.NewRedis(w.t)
			w.kv.Lead(w.t, w.redis.URL)
		}},
		{"PostgreSQL refuses", wire(database, (*testkit.Proxy).Refuse)},
		{"Redis refuses", wire(redis, (*testkit.Proxy).Refuse)},
		{"all connections cut", func(w *faultWorld) { w.sql.Cut(); w.kv.Cut() }},
		{"Telegram down", func(w *faultWorld) {
			bad := telegramtest.BadGateway()
			bad.Times = -1
			w.platform.Inject(bad)
			time.Sleep(w.quiet)
			w.platform.Heal()
		}},
		{"Telegram answers no press", func(w *faultWorld) {
			w.platform.Inject(telegramtest.Fault{Method: "answerCallbackQuery", Times: 50, Status: http.StatusInternalServerError, Description: "Internal Server Error"})
			time.Sleep(w.quiet)
			w.platform.Heal()
		}},
		{"rolling restart", func(w *faultWorld) {
			for _, p := range w.group {
				p.mu.Lock()
				_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may be between two lives
				p.mu.Unlock()
				time.Sleep(2 * time.Second)
			}
		}},
	}
}

// standstill stops a process in the midst of whatever it does, with what it holds.
func standstill(w *faultWorld) {
	w.group[rand.IntN(len(w.group))].stand(time.Duration(fromEnv(w.t, "SANGKIEN_STANDSTILL", 6)) * time.Second)
}

// failover lets the database crash for good and its synchronous standby take its place.
func failover(w *faultWorld) {
	standby := w.pg.Standby(w.t, true)
	w.pg.Crash()
	time.Sleep(time.Second) // until whoever decides has decided
	standby.Promote(w.t)
	w.sql.Lead(w.t, standby.URL())
	w.pg = standby
}
