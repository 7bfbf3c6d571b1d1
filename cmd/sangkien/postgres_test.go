package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestPostgresAway: PostgreSQL is stopped, or behind a black hole, twice in the midst of an idea. Within three seconds /readyz
// is red and who asks is told so; the platform keeps what it brings; the log says it once; and when PostgreSQL is back the
// program goes on by itself, with nothing lost and nothing said twice.
//
// SANGKIEN_AWAY=all tries all combinations.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"polling", "webhook"} {
		for name, away := range map[string]func(*testing.T, *testkit.PostgresServer, *testkit.Proxy) (back func()){
			"stopped": func(t *testing.T, s *testkit.PostgresServer, _ *testkit.Proxy) func() {
				s.Crash()
				return func() { s.Start(t) }
			},
			"black hole": func(_ *testing.T, _ *testkit.PostgresServer, p *testkit.Proxy) func() {
				p.BlackHole()
				return p.Heal
			},
		} {
			if (mode == "polling") != (name == "stopped") && os.Getenv("SANGKIEN_AWAY") == "" {
				continue // with what makes a difference each is tried once
			}
			t.Run(mode+"/"+name, func(t *testing.T) {
				t.Parallel()
				server, database := telegramtest.New(t), testkit.NewPostgres(t)
				proxy := testkit.NewProxy(t, database.URL())
				p := newProcess(t, "SANGKIEN_DATA_DIR="+t.TempDir(), "SANGKIEN_DATABASE_URL="+proxy.URL(t, database.URL()), "SANGKIEN_TELEGRAM_TOKEN="+server.Token,
					"SANGKIEN_TELEGRAM_API_URL="+server.URL, "SANGKIEN_TELEGRAM_MODE="+mode)
				p.env = append(p.env, "SANGKIEN_PUBLIC_URL=http://"+p.addr)
				p.start()
				p.ready(t)
				m := &chaosMember{burst: 3, n: 1, chat: telegramChat{server.Chat(1)}, submitted: map[string]sangkien.Answers{}}
				m.chat.send("/start")
				done := make(chan error, 1)
				go func() { done <- m.submit(t.Context(), 1) }()
				for round := range 2 {
					inTheMidst(t, server.Chat(1), 4+7*round)
					back := away(t, database, proxy)
					turnsRed(t, p)
					for range 5 {
						status, body, took := p.post(t)
						if status != http.StatusServiceUnavailable || !strings.Contains(body, "không phải viết lại") || took > time.Second {
							t.Errorf("the web chat answers %d %q after %v", status, body, took)
						}
					}
					back()
					begun, said := time.Now(), len(server.Chat(1).Messages())
					p.ready(t)
					ready := time.Since(begun)
					inTheMidst(t, server.Chat(1), said+1)
					t.Logf("ready %v after it was back, and the member heard more after %v", ready, time.Since(begun))
				}
				if err := <-done; err != nil {
					t.Fatal(err, lastLines(p.log.String(), 20))
				}
				awaitSilence(t, database.URL())
				if n := checkChaos(t, database.URL(), []*chaosMember{m}); n != 1 {
					t.Errorf("%d ideas", n)
				}
				heardOnce(t, server.Chat(1))
				text := p.log.String()
				if went, back := strings.Count(text, "the database is away"), strings.Count(text, "the database is back"); went != 2 || back != 2 {
					t.Errorf("it said %d times that it went and %d times that it is back", went, back)
				}
				if lines := strings.Count(text, "level="); lines > 60 {
					t.Errorf("%d lines of log: %s", lines, text)
				}
			})
		}
	}
}

// inTheMidst waits until a member was told so much, of the 22 messages that an idea takes.
func inTheMidst(t *testing.T, c *telegramtest.Chat, messages int) {
	t.Helper()
	testkit.WaitFor(t, func() error {
		if n := len(c.Messages()); n < messages {
			return fmt.Errorf("%d messages", n)
		}
		return nil
	})
}

// turnsRed waits until a process says that it is not ready.
func turnsRed(t *testing.T, p *process) {
	t.Helper()
	begun := time.Now()
	testkit.WaitFor(t, func() error {
		resp, err := http.Get("http://" + p.addr + "/readyz")
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode == http.StatusOK {
			return fmt.Errorf("it is still ready")
		}
		return nil
	})
	if took := time.Since(begun); took > 3500*time.Millisecond {
		t.Errorf("red after %v", took)
	} else {
		t.Logf("red after %v", took)
	}
}

// post writes something in the web chat.
func (p *process) post(t *testing.T) (status int, body string, took time.Duration) {
	t.Helper()
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.addr+"/chat/api/send", strings.NewReader(`{"key":"0123456789abcdef","text":"xin chao","lang":"vi"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw), time.Since(begun)
}

// heardOnce fails when a member was told the same twice in a row.
func heardOnce(t *testing.T, c *telegramtest.Chat) {
	t.Helper()
	before := ""
	for _, m := range c.Messages() {
		if m.Text == before {
			t.Errorf("told twice: %.80q", m.Text)
		}
		before = m.Text
	}
}

// TestFailover: the PostgreSQL that takes the writes is gone, and its synchronous standby takes over, while a member submits
// an idea through two processes that know both addresses. All that was confirmed is on the new one.
func TestFailover(t *testing.T) {
	t.Parallel()
	server, first := telegramtest.New(t), testkit.NewPostgres(t)
	second := first.Standby(t, true)
	host := func(s *testkit.PostgresServer) string {
		return strings.TrimSuffix(strings.TrimPrefix(s.URL(), "postgres://test@"), "/postgres")
	}
	env := []string{"SANGKIEN_DATABASE_URL=postgres://test@" + host(first) + "," + host(second) + "/postgres?target_session_attrs=read-write",
		"SANGKIEN_TELEGRAM_TOKEN=" + server.Token, "SANGKIEN_TELEGRAM_API_URL=" + server.URL}
	var both []*process
	for range 2 {
		p := newProcess(t, append(env, "SANGKIEN_DATA_DIR="+t.TempDir())...)
		p.start()
		p.ready(t)
		both = append(both, p)
	}
	m := &chaosMember{burst: 1, n: 1, chat: telegramChat{server.Chat(1)}, submitted: map[string]sangkien.Answers{}}
	m.chat.send("/start")
	done := make(chan error, 1)
	go func() { done <- m.submit(t.Context(), 1) }()
	inTheMidst(t, server.Chat(1), 8)
	first.Crash()
	for _, p := range both {
		turnsRed(t, p)
	}
	second.Promote(t)
	begun := time.Now()
	for _, p := range both {
		p.ready(t)
	}
	t.Logf("both ready %v after the standby was promoted", time.Since(begun))
	if err := <-done; err != nil {
		t.Fatal(err, lastLines(both[0].log.String(), 20), lastLines(both[1].log.String(), 20))
	}
	awaitSilence(t, second.URL())
	if n := checkChaos(t, second.URL(), []*chaosMember{m}); n != 1 {
		t.Errorf("%d ideas", n)
	}
}

// TestDoctorOnStandbys: a standby that hears of changes too late is told, and only where there is one.
func TestDoctorOnStandbys(t *testing.T) {
	t.Parallel()
	first := testkit.NewPostgres(t)
	store, err := storage.Open(t.Context(), first.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	says := func(want string) {
		t.Helper()
		testkit.WaitFor(t, func() error {
			h, err := store.Health(t.Context(), time.Now())
			if err != nil {
				return err
			}
			got, ok := judgeStandby(&facts{health: h})
			if !ok {
				got.line.Key = ""
			}
			if got.line.Key != want {
				return fmt.Errorf("it says %q, not %q", got.line.Key, want)
			}
			return nil
		})
	}
	says("")
	first.Standby(t, false)
	says("doctor.standby_late")
	first.Exec(t, `alter system set synchronous_standby_names = '*'`, `select pg_reload_conf()`)
	says("doctor.standby")
}
