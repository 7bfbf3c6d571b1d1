package telegramtest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// A bot in its simplest form, so that the server is tested by nothing of ours.
type plainBot struct {
	t *testing.T
	s *telegramtest.Server
}

type apiAnswer struct {
	OK          bool
	Result      json.RawMessage
	ErrorCode   int `json:"error_code"`
	Description string
	Parameters  struct {
		RetryAfter int   `json:"retry_after"`
		MigrateTo  int64 `json:"migrate_to_chat_id"`
	}
	header http.Header
}

func (b plainBot) call(method string, pairs ...string) apiAnswer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.s.URL+"/bot"+b.s.Token+"/"+method, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	a := apiAnswer{header: resp.Header}
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	if !a.OK && a.ErrorCode != resp.StatusCode {
		b.t.Errorf("%s: error code %d, HTTP status %d", method, a.ErrorCode, resp.StatusCode)
	}
	return a
}

func (b plainBot) poll(offset string) (ids []int64) {
	b.t.Helper()
	a := b.call("getUpdates", "offset", offset, "timeout", "0", "allowed_updates", `["message","callback_query","my_chat_member"]`)
	var updates []struct {
		ID int64 `json:"update_id"`
	}
	if err := json.Unmarshal(a.Result, &updates); err != nil {
		b.t.Fatalf("%v in %s", err, a.Result)
	}
	for _, u := range updates {
		ids = append(ids, u.ID)
	}
	return ids
}

func start(t *testing.T, o telegramtest.Options) plainBot {
	t.Helper()
	return plainBot{t, telegramtest.New(t, o)}
}

// TestRules: each request breaks one rule of the spec or of its prose.
func TestRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method string
		params       []string
		want         string // in a violation
		refused      bool
	}{
		{"unknown method", "sendMesage", nil, "there is no method", true},
		{"unknown parameter", "sendMessage", []string{"chat_id", "7", "text", "a", "disable_web_page_preview", "true"}, "no parameter disable_web_page_preview", false},
		{"missing parameter", "sendMessage", []string{"chat_id", "7"}, "text is required", true},
		{"no number", "editMessageText", []string{"chat_id", "7", "message_id", "x", "text", "a"}, "parameter message_id", true},
		{"empty text", "sendMessage", []string{"chat_id", "7", "text", " \n "}, "message text is empty", true},
		{"empty after markup", "sendMessage", []string{"chat_id", "7", "text", "<b></b>", "parse_mode", "HTML"}, "message text is empty", true},
		{"too long", "sendMessage", []string{"chat_id", "7", "text", strings.Repeat("ế", 4097)}, "message is too long", true},
		{"unclosed tag", "sendMessage", []string{"chat_id", "7", "text", "<b>x", "parse_mode", "HTML"}, "can't parse entities", true},
		{"unknown tag", "sendMessage", []string{"chat_id", "7", "text", "<br>", "parse_mode", "HTML"}, "unsupported start tag", true},
		{"bare ampersand", "sendMessage", []string{"chat_id", "7", "text", "a & b", "parse_mode", "HTML"}, "ampersand", true},
		{"null keyboard", "sendMessage", []string{"chat_id", "7", "text", "a", "reply_markup", `{"inline_keyboard":null}`}, "must be of type Array", true},
		{"long data", "sendMessage", []string{"chat_id", "7", "text", "a", "reply_markup", `{"inline_keyboard":[[{"text":"b","callback_data":"` + strings.Repeat("x", 65) + `"}]]}`}, "BUTTON_DATA_INVALID", true},
		{"button without action", "sendMessage", []string{"chat_id", "7", "text", "a", "reply_markup", `{"inline_keyboard":[[{"text":"b"}]]}`}, "unallowed", true},
		{"unknown field", "sendMessage", []string{"chat_id", "7", "text", "a", "reply_markup", `{"inline_keyboard":[[{"text":"b","callback_data":"x","colour":"red"}]]}`}, "no field colour", false},
		{"null allowed_updates", "getUpdates", []string{"allowed_updates", "null"}, "no explicit array", false},
		{"absent allowed_updates", "getUpdates", nil, "no explicit array", false},
		{"bad command", "setMyCommands", []string{"commands", `[{"command":"Gửi","description":"x"}]`}, "BOT_COMMAND_INVALID", true},
		{"bad secret", "setWebhook", []string{"url", "https://x.vn/", "secret_token", "a b", "allowed_updates", "[]"}, "unallowed characters", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t, telegramtest.Options{})
			b.s.Chat(7)
			a := b.call(tt.method, tt.params...)
			if a.OK == tt.refused {
				t.Errorf("ok = %v: %s", a.OK, a.Description)
			}
			if got := strings.Join(b.s.TakeViolations(), "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("violations %q, want %q", got, tt.want)
			}
		})
	}
}

// TestWithinTheLimits: what is just allowed is no violation, which New checks at the end.
func TestWithinTheLimits(t *testing.T) {
	t.Parallel()
	b := start(t, telegramtest.Options{})
	c := b.s.Chat(7)
	b.call("sendMessage", "chat_id", "7", "text", strings.Repeat("ế", 4096), "link_preview_options", `{"is_disabled":true}`,
		"reply_markup", `{"inline_keyboard":[[{"text":"b","callback_data":"`+strings.Repeat("x", 64)+`"},{"text":"c","copy_text":{"text":"SK"}}]]}`)
	b.call("sendMessage", "chat_id", "7", "text", "a &lt;b&gt; <b>c &amp; d</b>", "parse_mode", "HTML")
	m := c.Messages()
	if len(m) != 2 || m[1].Text != "a <b> c & d" || !cmp.Equal(m[1].Bold, []string{"c & d"}) {
		t.Errorf("messages %+v", m)
	}
}

// TestQueue: confirmation, redelivery, an offset outside of the queue, a reset of the ids.
func TestQueue(t *testing.T) {
	t.Parallel()
	b := start(t, telegramtest.Options{})
	c := b.s.Chat(7)
	for _, text := range []string{"a", "b", "c"} {
		c.Send(text)
	}
	check := func(what, offset string, want ...int64) {
		t.Helper()
		if got := b.poll(offset); !cmp.Equal(got, want) {
			t.Errorf("%s: updates %v, want %v", what, got, want)
		}
	}
	check("first", "0", 1000, 1001, 1002)
	check("again, not confirmed", "0", 1000, 1001, 1002)
	check("two confirmed", "1002", 1002)
	check("lower offset", "5", 1002)
	check("far future confirms nothing", "99999", 1002)
	check("all confirmed", "1003")
	b.s.ResetUpdateIDs(17)
	c.Send("d")
	check("after a reset", "1003", 17)
	check("confirmed after a reset", "18")
	b.s.DeliverEach(func() int { return 2 })
	c.Send("e")
	check("first of two", "18", 18)
	check("second of two", "19", 18)
	check("enough", "19")
}

// TestOnePoller: a second poll, and a webhook, end the first with a conflict.
func TestOnePoller(t *testing.T) {
	t.Parallel()
	b := start(t, telegramtest.Options{})
	for _, take := range []func(){
		func() { b.call("getUpdates", "allowed_updates", "[]") },
		func() { b.call("setWebhook", "url", "http://127.0.0.1:1/", "allowed_updates", "[]") },
	} {
		answered := make(chan apiAnswer, 1)
		go func() { answered <- b.call("getUpdates", "timeout", "50", "allowed_updates", "[]") }()
		if err := b.s.WaitPolling(t.Context()); err != nil {
			t.Fatal(err)
		}
		take()
		if a := <-answered; a.ErrorCode != http.StatusConflict {
			t.Errorf("the first poll was answered %+v", a)
		}
	}
	if a := b.call("getUpdates", "allowed_updates", "[]"); !strings.Contains(a.Description, "webhook is active") {
		t.Errorf("with a webhook: %+v", a)
	}
}

// TestErrors: the answers that a bot must understand.
func TestErrors(t *testing.T) {
	t.Parallel()
	b := start(t, telegramtest.Options{})
	c := b.s.Chat(7)
	b.call("sendMessage", "chat_id", "7", "text", "a")
	id := c.Messages()[0].ID
	say := []string{"chat_id", "7", "text", "a"}
	check := func(what string, a apiAnswer, code int, words string) {
		t.Helper()
		if a.ErrorCode != code || !strings.Contains(a.Description, words) {
			t.Errorf("%s: %d %q, want %d %q", what, a.ErrorCode, a.Description, code, words)
		}
	}
	check("unknown chat", b.call("sendMessage", "chat_id", "8", "text", "a"), 400, "chat not found")
	check("same text", b.call("editMessageText", append([]string{"message_id", itoa(id)}, say...)...), 400, "message is not modified")
	check("no such message", b.call("editMessageText", append([]string{"message_id", "99"}, say...)...), 400, "message to edit not found")
	check("unknown query", b.call("answerCallbackQuery", "callback_query_id", "99"), 400, "query is too old")
	b.s.Inject(telegramtest.TooMany(3))
	if a := b.call("sendMessage", say...); a.ErrorCode != 429 || a.Parameters.RetryAfter != 3 || a.header.Get("Retry-After") != "3" {
		t.Errorf("too many: %+v", a)
	}
	c.Block()
	check("blocked", b.call("sendMessage", say...), 403, "blocked by the user")
	b.s.Group(-5, 7)
	b.s.Move(-5, -1005)
	if a := b.call("sendMessage", "chat_id", "-5", "text", "a"); a.ErrorCode != 400 || a.Parameters.MigrateTo != -1005 {
		t.Errorf("moved: %+v", a)
	}
	if len(c.Messages()) != 1 {
		t.Errorf("messages: %+v", c.Messages())
	}
}

// TestWebhook: the secret, redelivery until 2xx, one at a time for a chat.
func TestWebhook(t *testing.T) {
	t.Parallel()
	var calls, atOnce atomic.Int32
	var got []string
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if atOnce.Add(1) > 1 {
			t.Error("two updates of a chat at once")
		}
		defer atOnce.Add(-1)
		body, _ := io.ReadAll(r.Body)
		got = append(got, string(body))
		if r.Header.Get("X-Telegram-Bot-Api-Secret-Token") != "s3cret" {
			t.Error("no secret")
		}
		if calls.Add(1) <= 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer hook.Close()
	b := start(t, telegramtest.Options{WebhookRetry: time.Millisecond})
	c := b.s.Chat(7)
	c.Send("before the webhook was set")
	b.call("setWebhook", "url", hook.URL, "secret_token", "s3cret", "allowed_updates", `["message"]`)
	c.Send("after it")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := b.s.WaitIdle(ctx); err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 || got[0] != got[1] || got[1] != got[2] || !strings.Contains(got[3], "after it") {
		t.Errorf("deliveries: %q", got)
	}
}

// TestPress: a button of a message, and the query that waits for an answer.
func TestPress(t *testing.T) {
	t.Parallel()
	b := start(t, telegramtest.Options{})
	c := b.s.Chat(7)
	b.call("sendMessage", "chat_id", "7", "text", "a", "reply_markup", `{"inline_keyboard":[[{"text":"Có","callback_data":"yes"}]]}`)
	m, err := c.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Press(m.ID, "Không"); err == nil {
		t.Error("pressed a button that is not there")
	}
	if err := c.Press(m.ID, "Có"); err != nil {
		t.Fatal(err)
	}
	a := b.call("getUpdates", "allowed_updates", `["callback_query"]`)
	var updates []struct {
		Query struct{ ID, Data string } `json:"callback_query"`
	}
	if err := json.Unmarshal(a.Result, &updates); err != nil || len(updates) != 1 || updates[0].Query.Data != "yes" {
		t.Fatalf("%v: %s", err, a.Result)
	}
	if a := b.call("answerCallbackQuery", "callback_query_id", updates[0].Query.ID); !a.OK {
		t.Errorf("answer: %+v", a)
	}
	if err := b.s.WaitAnswered(t.Context()); err != nil {
		t.Error(err)
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
