package zalobot

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit/zalobottest"
)

// hooked is a rig whose webhook is served.
func hooked(t *testing.T, options zalobottest.Options) (*rig, *httptest.Server) {
	t.Helper()
	web := httptest.NewServer(nil)
	t.Cleanup(web.Close)
	r := newRig(t, options, func(c *Config) { c.Webhook, c.Secret = web.URL+"/webhooks/zalo-bot", "s3cret-s3cret" })
	web.Config.Handler = r.Webhook()
	return r, web
}

// TestWebhook: repeated, reordered and late deliveries; each update is known by its key, in both wrappings.
func TestWebhook(t *testing.T) {
	t.Parallel()
	r, _ := hooked(t, zalobottest.Options{Delay: func() time.Duration { return time.Duration(rand.IntN(20)) * time.Millisecond }})
	r.start()
	if err := r.server.WaitCount(deadline(t), "setWebhook", 1); err != nil {
		t.Fatal(err)
	}
	r.server.DeliverEach(func() int { return 1 + rand.IntN(3) })
	sent := map[string]bool{}
	for range 30 {
		sent[Name+":"+r.botID+":"+r.server.Chat("a").Send("một")] = true
	}
	if err := r.server.WaitIdle(deadline(t)); err != nil {
		t.Fatal(err)
	}
	r.waiting(0)
	got := map[string]bool{}
	for len(r.came) > 0 {
		got[r.next().Key] = true
	}
	for key := range sent {
		if !got[key] {
			t.Errorf("%s did not come", key)
		}
	}
	if len(got) != len(sent) {
		t.Errorf("%d keys for %d messages", len(got), len(sent))
	}
}

// TestOrderByDate: of updates that wait the earlier is handled first, however they came.
func TestOrderByDate(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalobottest.Options{}, nil)
	r.fail["đầu"] = 1
	r.start()
	now := time.Now()
	r.server.Chat("a").SendAt("đầu", now)
	r.server.Chat("a").SendAt("ba", now.Add(3*time.Second))
	r.server.Chat("a").SendAt("hai", now.Add(2*time.Second))
	r.waiting(3)
	var order []string
	for range 3 {
		order = append(order, r.next().Text)
	}
	if strings.Join(order, " ") != "đầu hai ba" {
		t.Error(order)
	}
}

// TestWebhookIsAnsweredWhateverTheStoresDo: kept and answered at once while the stores are down.
func TestWebhookIsAnsweredWhateverTheStoresDo(t *testing.T) {
	t.Parallel()
	r, web := hooked(t, zalobottest.Options{})
	r.setDown(true)
	r.start()
	status, took := post(t, web.URL, "s3cret-s3cret", `{"message":{"message_id":"m","chat":{"id":"a"},"text":"một"}}`)
	if status != http.StatusOK || took > time.Second {
		t.Errorf("%d in %v", status, took)
	}
	r.waiting(1)
	r.setDown(false)
	if u := r.next(); u.Text != "một" {
		t.Errorf("%+v", u)
	}
}

func post(t *testing.T, url, secret, body string) (status int, took time.Duration) {
	t.Helper()
	q, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("X-Bot-Api-Secret-Token", secret)
	begun := time.Now()
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode, time.Since(begun)
}

// TestWebhookLetsNobodyElseIn: nothing of a request without the secret is kept, and nothing that is too large.
func TestWebhookLetsNobodyElseIn(t *testing.T) {
	t.Parallel()
	r, web := hooked(t, zalobottest.Options{})
	body := `{"message":{"message_id":"m","chat":{"id":"a"},"text":"một"}}`
	for _, c := range []struct {
		secret, body string
		want         int
	}{
		{"", body, 401}, {"wrong", body, 401}, {"s3cret-s3cre", body, 401},
		{"s3cret-s3cret", strings.Repeat(" ", maxUpdate+1), 400}, {"s3cret-s3cret", "{not json", 200}, {"s3cret-s3cret", body, 200},
	} {
		if status, _ := post(t, web.URL, c.secret, c.body); status != c.want {
			t.Errorf("%q %.20q: %d", c.secret, c.body, status)
		}
	}
	resp, err := http.Get(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Error(resp.Status)
	}
	r.waiting(2)
	r.start() // takes up what came before it ran
	if a, b := r.next().Kind, r.next().Kind; a == b || a != sangkien.UpdatePoisoned && b != sangkien.UpdatePoisoned {
		t.Errorf("%s and %s", a, b)
	}
	open, _ := New(Config{Token: "1:a"})
	if open.known(http.Header{}) {
		t.Error("a channel without a secret lets everyone in")
	}
}

// TestWebhookOnAFullDisk: what the disk does not take is answered 503, for Zalo may deliver it again, and handled all the
// same, for it may not.
func TestWebhookOnAFullDisk(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalobottest.Options{}, nil)
	r.open(func(c *Config) {
		c.Secret = "s3cret-s3cret"
		c.Spool = &full{Spool: r.spool, left: 1, err: sangkien.Errorf(sangkien.ENOSPACE, "no space left on device")}
	})
	r.start()
	if err := r.server.WaitPolling(deadline(t)); err != nil { // it runs
		t.Fatal(err)
	}
	q := httptest.NewRequest(http.MethodPost, "/webhooks/zalo-bot", strings.NewReader(`{"event_name":"message.text.received","message":{"from":{"id":"u1","display_name":"An"},"chat":{"id":"a","chat_type":"PRIVATE"},"text":"một","message_id":"m1","date":1764060000000}}`))
	q.Header.Set("X-Bot-Api-Secret-Token", "s3cret-s3cret")
	w := httptest.NewRecorder()
	r.Webhook().ServeHTTP(w, q)
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("answered %d", w.Code)
	}
	if u := r.next(); u.Text != "một" {
		t.Errorf("%+v", u)
	}
}
