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
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

const (
	secretPassword = "hunter2-Pa55"
	secretToken    = "123456:AAF-hunter2_hunter2_hunter2_hunter"
	secretHook     = "hunter2-hook-secret"
)

// said runs a command that is to fail and returns all that it says, its error included.
func said(t *testing.T, within time.Duration, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	var out lockedBuffer
	err := run(ctx, append(args, "--data-dir", t.TempDir(), "--log-level", "debug"), &out, &out)
	return out.String() + fmt.Sprintf("%v %+v", err, err)
}

// TestNoSecretIsTold forces failures of every kind and looks for the secrets in all that is logged, returned, shown or
// measured.
func TestNoSecretIsTold(t *testing.T) {
	t.Parallel()
	failures := 0
	clean := func(what, text string) {
		t.Helper()
		failures++
		if text == "" || strings.Contains(strings.ToLower(text), "hunter2") {
			t.Errorf("%s: it says %s", what, text)
		}
	}
	commands := [][]string{{"serve"}, {"doctor"}, {"doctor", "--json", "--lang", "en"}, {"migrate"}, {"backup"}, {"audit", "verify"}, {"export", "ideas"},
		{"invite", "--role", "admin"}, {"demo"}}
	for _, args := range commands {
		for _, address := range []string{"postgres://u:" + secretPassword + "@127.0.0.1:1/x", "postgres://u:" + secretPassword + "@127.0.0.1:port/x",
			"mysql://u:" + secretPassword + "@h/x"} {
			clean(args[0]+" on "+address, said(t, 20*time.Second, append(args, "--http-addr", "127.0.0.1:0", "--database-url", address)...))
		}
	}
	for _, args := range [][]string{
		{"serve", "--redis-url", "redis://u:" + secretPassword + "@127.0.0.1:port/0"}, {"doctor", "--redis-url", "redis://u:" + secretPassword + "@127.0.0.1:1/0"},
		{"doctor", "--redis-url", "redis://:" + secretPassword + "@127.0.0.1:1/zero"}, {"serve", "--telegram-token", "hunter2"},
		{"doctor", "--telegram-token", secretToken, "--telegram-api-url", "http://127.0.0.1:1"},
		{"doctor", "--telegram-token", secretToken, "--telegram-api-url", "http://[bad"},
		{"serve", "--telegram-token", secretToken, "--telegram-api-url", "http://127.0.0.1:1", "--telegram-webhook-secret", secretHook + " có dấu"},
		{"serve", "--telegram-token", secretToken, "--telegram-mode", "webhook"}, {"serve", "--telegram-rate", "many", "--telegram-token", secretToken},
		{"restore", "/nowhere.tar", "--telegram-token", secretToken},
	} {
		clean(strings.Join(args, " "), said(t, 5*time.Second, append(args, "--http-addr", "127.0.0.1:0")...))
	}
	failures += failRunning(t, clean)
	if failures < 30 {
		t.Errorf("only %d failures", failures)
	}
	t.Logf("%d forced failures, and no secret was told", failures)
}

// failRunning lets a program that runs fail in its platform, its webhook and its own code.
func failRunning(t *testing.T, clean func(what, text string)) (more int) {
	server := telegramtest.New(t)
	var out lockedBuffer
	c := &Config{DataDir: t.TempDir(), Timezone: "Asia/Ho_Chi_Minh", TelegramMode: "webhook", TelegramRate: 1000, LogLevel: "debug", TelegramToken: server.Token,
		TelegramAPIURL: server.URL, TelegramSecret: secretHook, PublicURL: "http://127.0.0.1:1"}
	logger := c.logger(&streams{err: &out})
	r := startWith(t, c, "127.0.0.1:0", logger)
	for name, hit := range map[string]func() error{
		"wrong secret": func() error { return post(r.url+"/webhooks/telegram", "hunter2-wrong", "{}") },
		"no JSON":      func() error { return post(r.url+"/webhooks/telegram", secretHook, "{") },
		"no update": func() error {
			return post(r.url+"/webhooks/telegram", secretHook, `{"update_id":7,"message":{"chat":7}}`)
		},
		"huge": func() error { return post(r.url+"/webhooks/telegram", secretHook, strings.Repeat("x", 2<<20)) },
		"page": func() error { return post(r.url+"/chat/api/send", "", `{"key":"key-00001","text":"hi"`) },
	} {
		if err := hit(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		more++
	}
	for _, f := range []telegramtest.Fault{telegramtest.TooMany(0), telegramtest.BadGateway()} {
		server.Inject(f)
		if _, err := r.telegram.Me(t.Context()); err != nil {
			logger.Error("asked", "error", err)
		}
		server.Heal()
		more++
	}
	panics := func(text any) {
		r.app.inbox.Receive(t.Context(), sangkien.Update{Key: "x"}) // of no channel: refused
		func() {
			defer func() {
				logger.Error("panic", "panic", recover(), "error", fmt.Errorf("call %s/bot%s/getMe: %w", server.URL, server.Token, errors.New("EOF")))
			}()
			panic(text)
		}()
		more++
	}
	panics("with " + server.Token + " and " + secretHook)
	panics(fmt.Errorf("get http://h/bot%s/x", secretToken))
	panics(struct{ Address string }{"postgres://u:" + secretPassword + "@h/x"})
	logger.With("secret", secretHook).WithGroup("g").Warn("token "+server.Token, slog.Group("inner", "err", errors.New(secretHook)))
	more++
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
	clean("a running program", all)
	if strings.Contains(all, server.Token) || !strings.Contains(all, hidden) {
		t.Errorf("it says %s", all)
	}
	return more
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
