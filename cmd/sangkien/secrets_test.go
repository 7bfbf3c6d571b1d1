package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestRunningProgramTellsNoSecret: its platform, its webhook and its own code fail at log level debug, and none of what
// is logged or measured holds a secret.
func TestRunningProgramTellsNoSecret(t *testing.T) {
	t.Parallel()
	server := telegramtest.New(t)
	var out lockedBuffer
	c := &Config{HTTPAddr: ":0", DataDir: t.TempDir(), Timezone: "Asia/Ho_Chi_Minh", QuietHours: "off", TelegramMode: "webhook", TelegramRate: 1000, LogLevel: "debug", TelegramToken: server.Token,
		TelegramAPIURL: server.URL, TelegramSecret: hookToken, PublicURL: "http://127.0.0.1:1"}
	logger := c.logger(&streams{err: &out})
	r := startWith(t, c, "127.0.0.1:0", logger)
	for name, hit := range map[string]func() error{
		"wrong secret": func() error { return post(r.url+"/webhooks/telegram", "wrong", "{}") },
		"no JSON":      func() error { return post(r.url+"/webhooks/telegram", hookToken, "{") },
		"no update": func() error {
			return post(r.url+"/webhooks/telegram", hookToken, `{"update_id":7,"message":{"chat":7}}`)
		},
		"huge": func() error {
			_ = post(r.url+"/webhooks/telegram", hookToken, strings.Repeat("x", 2<<20)) // the server may hang up first
			return nil
		},
		"page": func() error { return post(r.url+"/chat/api/send", "", `{"key":"key-00001","text":"hi"`) },
	} {
		if err := hit(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for _, f := range []telegramtest.Fault{telegramtest.TooMany(0), telegramtest.BadGateway()} {
		server.Inject(f)
		if _, err := r.telegram.Me(t.Context()); err != nil {
			logger.Error("asked", "error", err)
		}
		server.Heal()
	}
	panics := func(text any) {
		r.inbox.Receive(t.Context(), sangkien.Update{Key: "x"}) // of no channel: refused
		func() {
			defer func() {
				logger.Error("panic", "panic", recover(), "error", fmt.Errorf("call %s/bot%s/getMe: %w", server.URL, server.Token, errors.New("EOF")))
			}()
			panic(text)
		}()
	}
	panics("with " + server.Token + " and " + hookToken)
	panics(fmt.Errorf("get http://h/bot%s/x", botToken))
	panics(struct{ Address string }{"postgres://u:" + dbPass + "@h/x"})
	logger.With("secret", hookToken).WithGroup("g").Warn("token "+server.Token, slog.Group("inner", "err", errors.New(hookToken)))
	resp, err := http.Get(r.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	metrics, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Contains(metrics, []byte("sangkien_")) {
		t.Errorf("metrics: %s, %v", metrics, err)
	}
	r.stop()
	all := out.String() + string(metrics)
	if found := leaks(all); found != nil || strings.Contains(all, server.Token) || !strings.Contains(all, hidden) {
		t.Errorf("%q in %s", found, all)
	}
}

func post(url, secret, body string) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
