package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestRollingRestart restarts two processes one after the other, again and again, while members submit ideas: each says
// first that it is not ready, ends within ten seconds, and no update is lost and nothing is said twice.
//
// SANGKIEN_ROLLING_ROUNDS says how often.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	rounds, members := fromEnv(t, "SANGKIEN_ROLLING_ROUNDS", 2), fromEnv(t, "SANGKIEN_CHAOS_MEMBERS", 6)
	for _, mode := range []string{"polling", "webhook"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			rollingRestart(t, mode, rounds, members)
		})
	}
}

func rollingRestart(t *testing.T, mode string, rounds, members int) {
	server := telegramtest.New(t)
	address := testkit.Postgres(t)
	group := startGroup(t, 2, []string{"SANGKIEN_TELEGRAM_TOKEN=" + server.Token, "SANGKIEN_TELEGRAM_API_URL=" + server.URL, "SANGKIEN_TELEGRAM_MODE=" + mode,
		"SANGKIEN_DATABASE_URL=" + address, "SANGKIEN_REDIS_URL=" + testkit.Redis(t),
		"SANGKIEN_STOP_GRACE=500ms", "SANGKIEN_TELEGRAM_RATE=10000"})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var enough atomic.Bool
	var all sync.WaitGroup
	crowd := make([]*chaosMember, members)
	for i := range crowd {
		crowd[i] = &chaosMember{burst: 8, n: i + 1, chat: telegramChat{server.Chat(int64(1000 + i))}}
		all.Go(func() { crowd[i].live(ctx, t, &enough) })
	}
	longest := time.Duration(0)
	for range rounds {
		for _, p := range group {
			begun := time.Now()
			p.signal(syscall.SIGTERM)
			testkit.WaitFor(t, p.notReady)
			if err := p.await(); err != nil {
				t.Errorf("it ended with %v: %s", err, lastLines(p.log.String(), 10))
			}
			longest = max(longest, time.Since(begun))
			p.start()
			p.ready(t)
		}
	}
	enough.Store(true)
	all.Wait()
	if err := server.WaitIdle(ctx); err != nil {
		t.Error(err)
	}
	awaitSilence(t, address)
	for _, p := range group {
		p.kill()
	}
	ideas := checkChaos(t, address, crowd)
	messages := 0
	for i := range crowd {
		before := ""
		for _, x := range server.Chat(int64(1000 + i)).Messages() {
			if messages++; x.Text == before {
				t.Errorf("said twice: %s", before)
			}
			before = x.Text
		}
	}
	if longest > stopWithin {
		t.Errorf("a process took %v to end", longest)
	}
	t.Logf("%s: %d restarts, %d ideas, %d messages, none lost or said twice; a process took %v to end at most", mode, 2*rounds, ideas, messages, longest)
}

// notReady returns nil once the process says that it is not ready, while it still answers.
func (p *process) notReady() error {
	resp, err := http.Get("http://" + p.addr + "/readyz")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}
