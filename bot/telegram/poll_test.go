package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestFatalEndsRun: what no waiting mends ends Run with an error, at once and with all that it started.
func TestFatalEndsRun(t *testing.T) {
	t.Parallel()
	for name, webhook := range map[string]string{"polling": "", "webhook": "https://bot.example/webhooks/telegram"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *Config) { c.Webhook, c.Secret = webhook, "s3cret" })
			r.server.Inject(telegramtest.Fault{Method: "getUpdates", Times: -1, Status: 401, Description: "Unauthorized"})
			r.server.Inject(telegramtest.Fault{Times: -1, Status: 401, Description: "Unauthorized"})
			if err := r.Run(t.Context(), r.receive); bot.KindOf(err) != bot.SendFatal || !strings.Contains(err.Error(), "refuses the token") {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestRunEndsPromptly: the end does not wait for a long poll.
func TestRunEndsPromptly(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, r.receive) }()
	if err := r.server.WaitPolling(deadline(t)); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Run waits for the poll to end")
	}
}

// TestPollTakesTheWebhookAway: the first deleteWebhook fails, and polling is refused until one does not.
func TestPollTakesTheWebhookAway(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	if _, err := r.client.call(t.Context(), time.Second, "setWebhook", map[string]string{"url": "http://127.0.0.1:1/", "allowed_updates": allowed}); err != nil {
		t.Fatal(err)
	}
	r.server.Inject(telegramtest.Fault{Method: "deleteWebhook", Status: 500})
	r.run()
	r.server.Chat(7).Send("một")
	if u := r.next(); u.Text != "một" {
		t.Errorf("%+v", u)
	}
	r.wantLog("a webhook is set for this bot")
}

// TestPollSaysWhoElsePolls: two programs with one token are told in plain words, and the poll goes on.
func TestPollSaysWhoElsePolls(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.server.Inject(telegramtest.Fault{Method: "getUpdates", Status: 409,
		Description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"})
	r.run()
	r.server.Chat(7).Send("một")
	if u := r.next(); u.Text != "một" {
		t.Errorf("%+v", u)
	}
	r.wantLog("another program polls with this bot's token")
}

func (r *rig) wantLog(words string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !strings.Contains(r.log.String(), words) {
		r.t.Errorf("the log does not say %q: %s", words, r.log)
	}
}

// TestPollHonoursRetryAfter: a 429 stops the polls for as long as it says.
func TestPollHonoursRetryAfter(t *testing.T) {
	t.Parallel()
	if d := pause(&bot.SendError{Kind: bot.SendLimited, After: time.Hour}, 1, time.Second); d != time.Hour {
		t.Errorf("pause %v", d)
	}
	for n, want := range map[int]time.Duration{1: 500 * time.Millisecond, 2: time.Second, 70: 30 * time.Second} {
		if d := pause(errors.New("x"), n, maxPollPause); d != want {
			t.Errorf("pause after %d failures is %v, want %v", n, d, want)
		}
	}
}

// TestNoHotLoop: servers that answer at once, with nothing or with what cannot be confirmed, are asked slowly.
func TestNoHotLoop(t *testing.T) {
	t.Parallel()
	for name, result := range map[string]string{
		"nothing":         `[]`,
		"always the same": `[{"update_id":5}]`,
		"without an id":   `[{"message":{}}]`,
		"no object":       `["x"]`,
		"no list":         `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var polls atomic.Int32
			c := badServer(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/getUpdates") {
					polls.Add(1)
				}
				_, _ = fmt.Fprintf(w, `{"ok":true,"result":%s}`, result)
			})
			c.config.PollEvery = 20 * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			err := c.Run(ctx, func(context.Context, sangkien.Update) func() error { return func() error { return nil } })
			if n := polls.Load(); err != nil || n < 1 || n > 16 {
				t.Errorf("%d polls, %v", n, err)
			}
		})
	}
}

// TestBatchIsRetriedHere: a server that forgets what it delivered does not lose what our stores could not take.
func TestBatchIsRetriedHere(t *testing.T) {
	t.Parallel()
	var polls atomic.Int32
	c := badServer(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/getUpdates") && polls.Add(1) == 1 {
			_, _ = fmt.Fprint(w, `{"ok":true,"result":[{"update_id":1},{"update_id":2},{"update_id":3}]}`)
			return
		}
		_, _ = fmt.Fprint(w, `{"ok":true,"result":[]}`)
	})
	ctx, cancel := context.WithCancel(t.Context())
	var keys []string
	failed := false
	receive := func(_ context.Context, u sangkien.Update) func() error {
		return func() error {
			keys = append(keys, strings.TrimPrefix(u.Key, "telegram:1:"))
			if strings.HasSuffix(u.Key, ":2") && !failed {
				failed = true
				return errors.New("the stores are down")
			}
			if len(keys) == 5 {
				cancel()
			}
			return nil
		}
	}
	if err := c.Run(ctx, receive); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(keys, " "); got != "1 2 3 2 3" {
		t.Errorf("received %s", got)
	}
}
