package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/zalooatest"
)

// TestChaosZaloOA is TestChaos through the webhook of the Official Account: each event is delivered one to five times,
// those of several members in any order, and those under way at a kill again until they are taken.
func TestChaosZaloOA(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			runChaosZaloOA(t, database)
		})
	}
}

func runChaosZaloOA(t *testing.T, database string) {
	kills, members := fromEnv(t, "SANGKIEN_CHAOS_KILLS", 3), fromEnv(t, "SANGKIEN_CHAOS_MEMBERS", 6)
	server := zalooatest.New(t, zalooatest.Options{WebhookGivesUp: 10 * time.Minute, Deliveries: func() int { return 1 + rand.IntN(5) }})
	dir := t.TempDir()
	address := "sqlite:" + filepath.Join(dir, "sangkien.db")
	if database == "postgres" {
		address = testkit.Postgres(t)
	}
	p := newProcess(t, "SANGKIEN_DATA_DIR="+dir, "SANGKIEN_DATABASE_URL="+address, "SANGKIEN_SECRET_KEY=a-key-for-tests-of-32-characters",
		"SANGKIEN_ZALO_OA_APP_ID="+zalooatest.AppID, "SANGKIEN_ZALO_OA_APP_SECRET="+zalooatest.AppSecret, "SANGKIEN_ZALO_OA_OA_SECRET="+zalooatest.OASecret,
		"SANGKIEN_ZALO_OA_REFRESH_TOKEN="+server.Seed(), "SANGKIEN_ZALO_OA_API_URL="+server.URL, "SANGKIEN_ZALO_OA_OAUTH_URL="+server.URL,
		"SANGKIEN_ZALO_OA_LIMITS=rate_per_second=10000")
	p.start()
	p.ready(t)
	server.Webhook("http://" + p.addr + "/webhooks/zalo-oa")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var enough atomic.Bool
	crowd := make([]*chaosMember, members)
	var all sync.WaitGroup
	for i := range crowd {
		crowd[i] = &chaosMember{burst: 8, n: i + 1, chat: &zaloOAChat{server: server, user: server.User(100 + i)}}
		all.Go(func() { crowd[i].live(ctx, t, &enough) })
	}
	for range kills {
		time.Sleep(time.Duration(300+rand.IntN(600)) * time.Millisecond) // the moment of a power cut is chance
		p.kill()
		p.start()
	}
	enough.Store(true)
	all.Wait()
	if t.Failed() {
		t.Logf("the process says:\n%s", lastLines(p.log.String(), 30))
		return
	}
	deliveries := 0
	answers := server.AwaitTaken(t)
	for _, a := range answers {
		deliveries += len(a)
	}
	awaitSilence(t, address)
	p.kill()
	ideas := checkChaos(t, address, crowd)
	t.Logf("Zalo OA, %s: %d kills, %d members, %d ideas, %d messages; %d events delivered %d times; every idea once, every answer intact",
		database, kills, members, ideas, len(server.Sent("")), len(answers), deliveries)
	if leaks := server.Leaks(p.log.String()); len(leaks) > 0 {
		t.Errorf("%d secrets are in the log", len(leaks))
	}
}

// zaloOAChat is a member of the Official Account.
type zaloOAChat struct {
	server *zalooatest.Server
	user   *zalooatest.User
	read   int
}

// send writes, and no more until Zalo could hand it over: of two messages at once nobody knows which was the first.
func (c *zaloOAChat) send(text string) {
	id := c.user.Write(text)
	for deadline := time.Now().Add(time.Minute); !c.server.Took(id) && time.Now().Before(deadline); {
		time.Sleep(2 * time.Millisecond)
	}
}

func (c *zaloOAChat) next(ctx context.Context) (string, func(string) error, error) {
	for {
		if all := c.server.Sent(c.user.ID); len(all) > c.read {
			m := all[c.read]
			c.read++
			return m.Text, func(step string) error { return c.do(m, step) }, nil
		}
		select {
		case <-ctx.Done():
			return "", nil, fmt.Errorf("nothing more was said: %w", ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// do presses what has a button on the message, and types what has a number.
func (c *zaloOAChat) do(m zalooatest.Sent, step string) error {
	l, press := label(step)
	if press && slices.ContainsFunc(m.Buttons, func(b zalooatest.Button) bool { return b.Title == strings.TrimSpace(l) }) {
		c.user.Press(l)
		return nil
	}
	if press {
		said, err := typedFor(m.Text, l)
		if err != nil {
			return err
		}
		step = said
	}
	c.send(step)
	return nil
}
