package telegram

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) { u.t.Error("the body was read"); return 0, io.EOF }

// TestWebhookAnswers: what Telegram, and who is not Telegram, are answered.
func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	const update = `{"update_id":5,"message":{"message_id":1,"date":1,"chat":{"id":7,"type":"private"},"text":"x"}}`
	fails, takes := errors.New("the stores are down"), error(nil)
	tests := map[string]struct {
		method, secret string
		body           io.Reader
		result         error
		want           int
		received       bool
	}{
		"taken":         {http.MethodPost, "s3cret", strings.NewReader(update), takes, 200, true},
		"not finished":  {http.MethodPost, "s3cret", strings.NewReader(update), fails, 503, true},
		"no secret":     {http.MethodPost, "", unread{t}, takes, 401, false},
		"wrong secret":  {http.MethodPost, "s3creT", unread{t}, takes, 401, false},
		"longer secret": {http.MethodPost, "s3cret ", unread{t}, takes, 401, false},
		"a browser":     {http.MethodGet, "s3cret", unread{t}, takes, 405, false},
		"too large":     {http.MethodPost, "s3cret", strings.NewReader(strings.Repeat(" ", maxUpdate+1)), takes, 400, false},
		"no JSON":       {http.MethodPost, "s3cret", strings.NewReader("\x00{\xff"), takes, 200, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *Config) { c.Webhook, c.Secret = "https://bot.example/", "s3cret" })
			received := false
			handler := r.Webhook(func(context.Context, sangkien.Update) func() error {
				received = true
				return func() error { return tt.result }
			})
			q := httptest.NewRequest(tt.method, "/", tt.body)
			q.Header.Set("X-Telegram-Bot-Api-Secret-Token", tt.secret)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, q)
			if w.Code != tt.want || received != tt.received {
				t.Errorf("status %d, received %v", w.Code, received)
			}
		})
	}
}

// TestNoSecretNoWebhook: a channel that polls has no secret, so nobody knows it.
func TestNoSecretNoWebhook(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	w := httptest.NewRecorder()
	r.Webhook(r.receive).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", unread{t}))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("status %d", w.Code)
	}
	for _, secret := range []string{"", "a b", strings.Repeat("x", 257)} {
		if _, err := New(Config{Token: r.server.Token, Webhook: "https://bot.example/", Secret: secret}); sangkien.CodeOf(err) != sangkien.EINVALID {
			t.Errorf("secret %q: %v", secret, err)
		}
	}
}

// TestWebhookIsSetAgain: neither an outage nor a refusal that may be mended elsewhere is the end of it.
func TestWebhookIsSetAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *Config) { c.Webhook, c.Secret = "https://bot.example/webhooks/telegram", "s3cret" })
	r.server.Inject(telegramtest.Fault{Method: "setWebhook", Status: 502, Body: "<html>"})
	r.server.Inject(telegramtest.Fault{Method: "setWebhook", Status: 400, Description: "Bad Request: bad webhook: Failed to resolve host: Name or service not known"})
	r.run()
	if err := r.server.WaitCount(deadline(t), "setWebhook", 3); err != nil {
		t.Fatal(err)
	}
	p := r.server.Calls("setWebhook")[2].Params
	if p["secret_token"] != "s3cret" || p["allowed_updates"] != allowed || p["url"] != "https://bot.example/webhooks/telegram" {
		t.Errorf("%v", p)
	}
}

// TestMenusAreSet: for each language, and again when Telegram did not answer.
func TestMenusAreSet(t *testing.T) {
	t.Parallel()
	commands := []MenuCommand{{Command: "gui", Description: "Gửi ý tưởng"}}
	r := newRig(t, func(c *Config) { c.Menus = []Menu{{Commands: commands}, {Language: "en", Commands: commands}} })
	r.server.Inject(telegramtest.Fault{Method: "setMyCommands", Status: 502, Body: "<html>"})
	r.run()
	if err := r.server.WaitCount(deadline(t), "setMyCommands", 3); err != nil {
		t.Fatal(err)
	}
	calls := r.server.Calls("setMyCommands")
	if calls[1].Params["language_code"] != "" || calls[2].Params["language_code"] != "en" || !strings.Contains(calls[2].Params["commands"], `"gui"`) {
		t.Errorf("%v", calls)
	}
}
