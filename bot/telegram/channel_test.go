package telegram

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// rig is a channel at a strict server, with what it received.
type rig struct {
	*Channel
	t      *testing.T
	server *telegramtest.Server
	log    *bytes.Buffer
	mu     sync.Mutex
	got    []sangkien.Update
	fail   map[string]int // how often the update with the text fails before it is taken
	came   chan sangkien.Update
}

func newRig(t *testing.T, change func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, server: telegramtest.New(t), log: &bytes.Buffer{}, fail: map[string]int{}, came: make(chan sangkien.Update, 100)}
	c := Config{Token: r.server.Token, APIURL: r.server.URL, PollEvery: time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(lockedWriter{&r.mu, r.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&c)
	}
	var err error
	if r.Channel, err = New(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if strings.Contains(r.log.String(), "AAF-fake-token") {
			t.Errorf("the token is in the log: %s", r.log)
		}
	})
	return r
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// receive notes updates; one that shall fail does so.
func (r *rig) receive(_ context.Context, u sangkien.Update) func() error {
	return func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.fail[u.Text] > 0 {
			r.fail[u.Text]--
			return errors.New("the stores are down")
		}
		r.got = append(r.got, u)
		select {
		case r.came <- u:
		default: // a test that reads no more must still end
		}
		return nil
	}
}

// run runs the channel until the test ends.
func (r *rig) run() {
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, r.receive) }()
	r.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	})
}

func (r *rig) next() sangkien.Update {
	r.t.Helper()
	select {
	case u := <-r.came:
		return u
	case <-time.After(10 * time.Second):
		r.t.Fatal("no update came")
		return sangkien.Update{}
	}
}

func TestPollAcknowledgesOnlyWhatIsFinished(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.fail["hai"] = 2
	chat := r.server.Chat(7)
	chat.Send("một")
	chat.Send("hai")
	r.server.Raw(`{"update_id":UPDATE_ID,"message":{"message_id":"nine","chat":{"id":7,"type":"private"}}}`)
	chat.Send("ba")
	r.run()
	var texts []string
	poisoned := 0
	for len(texts) == 0 || texts[len(texts)-1] != "hai" {
		u := r.next()
		if u.Kind == sangkien.UpdatePoisoned {
			poisoned++
		} else {
			texts = append(texts, u.Text)
		}
	}
	if poisoned == 0 || !strings.Contains(strings.Join(texts, ","), "ba") {
		t.Errorf("the neighbours of a poisoned and of a failed update waited: %v, %d poisoned", texts, poisoned)
	}
	if err := r.server.WaitIdle(deadline(t)); err != nil {
		t.Error(err)
	}
}

func TestPollFollowsIdsThatBeginAnew(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.run()
	r.server.Chat(7).Send("cũ")
	r.next()
	if err := r.server.WaitIdle(deadline(t)); err != nil {
		t.Fatal(err)
	}
	r.server.ResetUpdateIDs(17)
	r.server.Chat(7).Send("mới")
	if u := r.next(); u.Text != "mới" || !strings.HasSuffix(u.Key, ":17") {
		t.Errorf("%+v", u)
	}
	if err := r.server.WaitIdle(deadline(t)); err != nil {
		t.Errorf("the new id was not confirmed: %v", err)
	}
}

// deadline is the end of a test's patience.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestPressesAreAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.run()
	chat := r.server.Chat(7)
	id, err := r.Send(t.Context(), r.address(), message("Chọn", bot.Button{Label: "Có", Data: "yes"}))
	if err != nil {
		t.Fatal(err)
	}
	sent, err := chat.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := chat.Press(sent.ID, "Có"); err != nil {
		t.Fatal(err)
	}
	if u := r.next(); u.Kind != sangkien.UpdatePress || u.Press != "yes" || u.MessageID != id {
		t.Errorf("%+v, sent as %s", u, id)
	}
	if err := r.server.WaitAnswered(deadline(t)); err != nil {
		t.Error(err)
	}
	r.Retire(t.Context(), r.address(), id)
	r.Retire(t.Context(), r.address(), id) // not modified any more: no matter
	if m := chat.Messages()[0]; len(m.Buttons) != 0 {
		t.Errorf("buttons are left: %v", m.Labels())
	}
	chat.Block()
	if u := r.next(); u.Kind != sangkien.UpdateBlocked {
		t.Errorf("%+v", u)
	}
}

func (r *rig) address() sangkien.Address {
	return sangkien.Address{Channel: Name, Bot: r.botID, Chat: "7"}
}

func message(text string, buttons ...bot.Button) bot.Message {
	m := bot.Message{Text: locale.Text{{Text: text}}}
	if len(buttons) > 0 {
		m.Buttons = [][]bot.Button{buttons}
	}
	return m
}

// TestFailuresOfSending: each thing that goes wrong has its meaning, and none shows the token.
func TestFailuresOfSending(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		fault telegramtest.Fault
		kind  bot.SendKind
	}{
		"too fast":     {telegramtest.TooMany(3), bot.SendLimited},
		"gateway":      {telegramtest.BadGateway(), bot.SendRetry},
		"cut off":      {telegramtest.Fault{Cut: true}, bot.SendUnknown},
		"redirect":     {telegramtest.Fault{Status: 302, Location: "http://127.0.0.1:1/"}, bot.SendRetry},
		"no json":      {telegramtest.Fault{Status: 200, Body: "<html>"}, bot.SendRetry},
		"migrated":     {telegramtest.Fault{Status: 400, Description: "Bad Request: group chat was upgraded to a supergroup chat", MigrateTo: -1009}, bot.SendMoved},
		"unauthorized": {telegramtest.Fault{Status: 401, Description: "Unauthorized"}, bot.SendFatal},
		"not found":    {telegramtest.Fault{Status: 400, Description: "Bad Request: chat not found"}, bot.SendUnreachable},
		"other 400":    {telegramtest.Fault{Status: 400, Description: "Bad Request: BUTTON_DATA_INVALID"}, bot.SendRefused},
		"server":       {telegramtest.Fault{Status: 500, Description: "Internal Server Error"}, bot.SendRetry},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.server.Chat(7)
			r.server.Inject(c.fault)
			_, err := r.Send(t.Context(), r.address(), message("x"))
			var se *bot.SendError
			if !errors.As(err, &se) || se.Kind != c.kind || strings.Contains(err.Error(), "AAF-fake") {
				t.Fatalf("%v", err)
			}
			if se.Kind == bot.SendLimited && se.After != 3*time.Second || se.Kind == bot.SendMoved && se.MovedTo != "-1009" {
				t.Errorf("%+v", se)
			}
		})
	}
}

func TestBlockedIsUnreachable(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.server.Chat(7).Block()
	if _, err := r.Send(t.Context(), r.address(), message("x")); bot.KindOf(err) != bot.SendUnreachable {
		t.Error(err)
	}
}

func TestNoServerNoToken(t *testing.T) {
	t.Parallel()
	c, err := New(Config{Token: "1:AAF-fake-token", APIURL: "http://127.0.0.1:1", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	_, sendErr := c.Send(t.Context(), sangkien.Address{Channel: Name, Bot: "1", Chat: "7"}, message("x"))
	_, fetchErr := c.Fetch(t.Context(), "f")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, cancelled := c.Me(ctx)
	_, downloadErr := c.client.download(t.Context(), "photos/a.jpg")
	for _, err := range []error{sendErr, fetchErr, cancelled, downloadErr} {
		if err == nil || strings.Contains(err.Error(), "AAF") {
			t.Errorf("%v", err)
		}
	}
	if !errors.Is(cancelled, context.Canceled) {
		t.Errorf("the cause is lost: %v", cancelled)
	}
	if _, err := New(Config{Token: "nonsense"}); sangkien.CodeOf(err) != sangkien.EINVALID {
		t.Error(err)
	}
}

func TestEntitiesFallBackToPlainText(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	chat := r.server.Chat(7)
	r.server.Inject(telegramtest.Fault{Method: "sendMessage", Status: 400, Description: "Bad Request: can't parse entities: unexpected end"})
	if _, err := r.Send(t.Context(), r.address(), bot.Message{Text: locale.Text{{Text: "a < b", Bold: true}}}); err != nil {
		t.Fatal(err)
	}
	if m := chat.Messages(); len(m) != 1 || m[0].Text != "a < b" || len(m[0].Bold) != 0 {
		t.Errorf("%+v", m)
	}
}

func TestFilesComeFromTheConfiguredServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.run()
	r.server.Chat(7).Document("bản vẽ.pdf", "application/pdf", []byte("%PDF-1.7"), "chú thích")
	u := r.next()
	if u.Text != "chú thích" || len(u.Files) != 1 {
		t.Fatalf("%+v", u)
	}
	body, err := r.Fetch(t.Context(), u.Files[0].Ref)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if data, err := io.ReadAll(body); err != nil || string(data) != "%PDF-1.7" {
		t.Errorf("%q, %v", data, err)
	}
	r.server.Chat(7).LargeDocument("phim.mp4", 30<<20)
	if _, err := r.Fetch(t.Context(), r.next().Files[0].Ref); bot.KindOf(err) != bot.SendRefused {
		t.Errorf("a file that is too large: %v", err)
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	var channel *rig
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		channel.Webhook(channel.receive).ServeHTTP(w, q)
	}))
	t.Cleanup(web.Close)
	channel = newRig(t, func(c *Config) { c.Webhook, c.Secret = web.URL, "s3cret" })
	channel.fail["hai"] = 2
	channel.server.DeliverEach(func() int { return 2 })
	channel.run()
	if err := channel.server.WaitCount(deadline(t), "setWebhook", 1); err != nil {
		t.Fatal(err)
	}
	channel.server.Chat(7).Send("hai")
	if a, b := channel.next(), channel.next(); a.Key != b.Key || a.Text != "hai" {
		t.Errorf("%+v and %+v", a, b)
	}
	for secret, want := range map[string]int{"": 401, "wrong": 401, "s3cret": 200} {
		q, _ := http.NewRequest(http.MethodPost, web.URL, strings.NewReader("{not json"))
		q.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("secret %q: status %d", secret, resp.StatusCode)
		}
	}
	if u := channel.next(); u.Kind != sangkien.UpdatePoisoned || u.Text != "{not json" {
		t.Errorf("%+v", u)
	}
}
