package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot/zalooa"
	"github.com/sangkien/sangkien/testkit/zalooatest"
)

// startZalo runs an app with an Official Account.
func startZalo(t *testing.T, opts zalooatest.Options, change func(*Config)) (*running, *zalooatest.Server) {
	t.Helper()
	server := zalooatest.New(t, opts)
	r := start(t, func(c *Config) {
		zaloSettings(c, server)
		c.ZaloRefresh = server.Seed()
		if change != nil {
			change(c)
		}
	})
	server.Webhook(r.url + "/webhooks/zalo-oa")
	return r, server
}

func zaloSettings(c *Config, server *zalooatest.Server) {
	c.SecretKey = "a-key-for-tests-of-32-characters"
	c.ZaloAppID, c.ZaloAppSecret, c.ZaloOASecret = zalooatest.AppID, zalooatest.AppSecret, zalooatest.OASecret
	c.ZaloAPIURL, c.ZaloOAuthURL, c.ZNSAPIURL = server.URL, server.URL, server.URL
	c.ZNSParameter = "noi_dung"
}

// TestZaloJourney walks a member of the Official Account by words and buttons to a submitted idea; another one
// types the first one's buttons and learns nothing; a stranger is told how to come in.
func TestZaloJourney(t *testing.T) {
	t.Parallel()
	r, server := startZalo(t, zalooatest.Options{FreeReplies: 100}, func(c *Config) { c.ZaloLimits = "free_replies=100" })
	u := server.User(1)
	u.Follow()
	server.AwaitTaken(t)
	u.Write("xin chao")
	u.AwaitText(t, "Kính chào anh/chị")
	press := func(title string) {
		t.Helper()
		if !u.Press(title) {
			t.Fatalf("there is no button %q", title)
		}
	}
	press("Gửi ý tưởng")
	for _, step := range [][2]string{{"(1/5", "[Đồng ý]"}, {"(2/5", "[Không đồng ý]"}, {"(3/5", "[Không đồng ý]"}, {"(4/5", "Hà Thị Ôn"},
		{"(5/5", "Trường Phủ Thông"}, {"Bước 1/9", "2"}, {"Bước 2/9", title}, {"Bước 3/9", "Trẻ chưa nói được tiếng phổ thông"}, {"33 ký tự", "[Xong]"},
		{"Bước 4/9", "Thẻ tranh hai mặt"}, {"17 ký tự", "xong"}, {"Bước 5/9", "Sau một tháng trẻ nói được"}, {"26 ký tự", "[Xong]"},
		{"Bước 6/9", "[Mới là ý tưởng]"}, {"Bước 7/9", "[Chỉ một mình tôi]"}, {"Bước 8/9", "bo qua"}, {"Bước 9/9", "[Bỏ qua]"},
		{"xem lại trước khi gửi", "[Gửi ý tưởng]"}} {
		u.AwaitText(t, step[0])
		if label := step[1]; label[0] == '[' {
			press(label[1 : len(label)-1])
		} else {
			u.Write(label)
		}
	}
	u.AwaitText(t, "Mã hồ sơ: SK-")
	stealButtons(t, r, server, u)
	u.Message("oa_send_text", map[string]any{"text": "của mình"})
	server.Event(map[string]any{"app_id": zalooatest.AppID, "event_name": "anonymous_send_text", "timestamp": stampOf(time.Now()),
		"sender": map[string]any{"id": "anon1"}, "recipient": map[string]any{"id": zalooatest.OAID}, "message": map[string]any{"msg_id": "an1", "text": "chào", "conversation_id": "t1"}})
	server.AwaitTaken(t)
	awaitSent(t, server, "Quan tâm")
	to := sangkien.Address{Channel: zalooa.Name, Bot: zalooatest.AppID, Chat: u.ID}
	contact, err := r.store.Contact(t.Context(), to, time.Now())
	if err != nil || !contact.Follows || time.Since(contact.Heard) > time.Minute {
		t.Errorf("%+v, %v", contact, err)
	}
	hello, err := r.hello(t.Context(), ":8080")
	if err != nil || !strings.Contains(hello, "Zalo OA:                bật / on, webhook http://localhost:8080/webhooks/zalo-oa") {
		t.Errorf("%v\n%s", err, hello)
	}
	resp, err := http.Post(r.url+"/webhooks/zalo-oa", "application/json", strings.NewReader("{}"))
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a call without a signature: %v, %v", resp, err)
	}
	_ = resp.Body.Close()
}

const title = "Bộ thẻ tranh song ngữ Tày và Việt"

// stealButtons lets another person type whatever the first one's buttons send back: each is verified like a press.
func stealButtons(t *testing.T, r *running, server *zalooatest.Server, u *zalooatest.User) {
	t.Helper()
	thief := server.User(2)
	thief.Write("xin chao")
	thief.AwaitText(t, "Kính chào anh/chị")
	n := 0
	for _, m := range server.Sent(u.ID) {
		for _, b := range m.Buttons {
			var payload string
			if json.Unmarshal(b.Payload, &payload) == nil {
				n++
				thief.Write(payload)
			}
		}
	}
	server.AwaitTaken(t)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		counts, err := r.store.Counts(t.Context())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("answers still wait: %+v, %v", counts, err)
		}
		if counts.Waiting == 0 {
			break
		}
	}
	for _, m := range server.Sent(thief.ID) {
		if strings.Contains(m.Text, title) || strings.Contains(m.Text, "SK-") {
			t.Errorf("another's idea is told to whoever types its button: %s", m.Text)
		}
	}
	if n < 20 {
		t.Errorf("only %d buttons were tried", n)
	}
}

// awaitSent waits for a message to anyone that has the words.
func awaitSent(t *testing.T, server *zalooatest.Server, words string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, m := range server.Sent("") {
			if strings.Contains(m.Text, words) {
				return
			}
		}
	}
	t.Fatalf("%q was not sent: %+v", words, server.Sent(""))
}

func stampOf(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

// TestZaloAuthorize runs the command as a person does, with a browser on another machine.
func TestZaloAuthorize(t *testing.T) {
	t.Parallel()
	server := zalooatest.New(t, zalooatest.Options{})
	c := &Config{HTTPAddr: ":0", DataDir: t.TempDir(), Timezone: "Asia/Ho_Chi_Minh", TelegramMode: "polling", TelegramRate: 1000, LogLevel: "error", QuietHours: "off", PublicURL: "https://sangkien.example.vn"}
	zaloSettings(c, server)
	if err := c.check(); err != nil {
		t.Fatal(err)
	}
	run := func(answer func(link string) string) (string, error) {
		in, typed := io.Pipe()
		out := &watched{written: make(chan struct{}, 1)}
		done := make(chan error, 1)
		go func() { done <- zaloAuthorizeCmd{}.Run(t.Context(), c, &streams{out: out, err: io.Discard, in: in}) }()
		<-out.written
		link := regexp.MustCompile(`http://\S+permission\?\S+`).FindString(out.String())
		_, _ = io.WriteString(typed, answer(link)+"\n")
		err := <-done
		return out.String(), err
	}
	browse := func(link string) string {
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Get(link)
		if err != nil {
			t.Error(err)
			return ""
		}
		_ = resp.Body.Close()
		return resp.Header.Get("Location")
	}
	for name, answer := range map[string]func(string) string{
		"nothing":         func(string) string { return "" },
		"no code":         func(string) string { return "https://sangkien.example.vn/zalo/authorized" },
		"of another link": func(l string) string { return strings.Replace(browse(l), "state=", "state=x", 1) },
		"a wrong code":    func(string) string { return "code-of-my-own" },
	} {
		if out, err := run(answer); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
	out, err := run(browse)
	if err != nil || !strings.Contains(out, "tự gia hạn") || len(server.Leaks(out)) > 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	r := startAt(t, c, "127.0.0.1:0")
	if access, err := r.zalo.Tokens().Access(t.Context()); err != nil || !server.Works(access) {
		t.Errorf("after the command: %v", err)
	}
	f := gather(t.Context(), c, &streams{out: testLog{t}, err: testLog{t}})
	for _, name := range []string{"zalo", "zalo access", "zalo webhook"} {
		if got := judged(t, f, name); got.level != well {
			t.Errorf("%s: %+v", name, got)
		}
	}
	c.SecretKey = "short"
	if got := judged(t, gather(t.Context(), c, &streams{out: testLog{t}, err: testLog{t}}), "zalo"); got.line.Key != "doctor.zalo_bad" {
		t.Errorf("with a short key: %+v", got)
	}
	resp, err := http.Get(r.url + authorisedPath + "?code=x")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the page that the browser comes to: %v, %v", resp, err)
	}
	_ = resp.Body.Close()
	c.PublicURL = ""
	if err := (zaloAuthorizeCmd{}).Run(t.Context(), c, &streams{out: io.Discard, err: io.Discard, in: strings.NewReader("")}); err == nil {
		t.Error("without an address to come back to")
	}
}

// watched tells when something was written.
type watched struct {
	bytes.Buffer
	written chan struct{}
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	select {
	case w.written <- struct{}{}:
	default:
	}
	return n, err
}

// TestZaloDies: an administrator hears, in the chat that works, that Zalo must be authorised, and how.
func TestZaloDies(t *testing.T) {
	t.Parallel()
	r, _ := startZalo(t, zalooatest.Options{}, func(c *Config) { c.ZaloRefresh = "used-up" })
	web := sangkien.Address{Channel: "web", Bot: "0", Chat: "admin"}
	effects := []sangkien.Effect{sangkien.Join(1, sangkien.Update{Address: web, From: sangkien.Sender{ID: "admin"}}, time.Now()),
		sangkien.Issue("t", sangkien.Grant{Role: sangkien.RoleAdmin}, time.Now()), sangkien.Member{ID: 1}.Accept("t", time.Now())}
	if _, err := r.store.Commit(t.Context(), sangkien.Commit{Key: "admin", At: time.Now(), Chat: sangkien.Chat{Address: web, Member: sangkien.Member{ID: 1}}, Effects: effects}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		token, err := r.store.Token(t.Context(), zalooa.TokenName(zalooatest.AppID))
		if err != nil || time.Now().After(deadline) {
			t.Fatal(errors.Join(err, errors.New("the dead token was not noticed")))
		}
		if token.Alarm(time.Now()) == sangkien.TokenOver {
			break
		}
	}
	for _, task := range r.zaloTasks() {
		if err := task.Do(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		entries, err := r.store.WebEntries(t.Context(), "admin", 0, 10)
		if err != nil || time.Now().After(deadline) {
			t.Fatal(errors.Join(err, errors.New("the administrator did not hear")))
		}
		if len(entries) > 0 && strings.Contains(entries[0].Data, "sangkien zalo authorize") {
			break
		}
	}
	if got := judged(t, gather(t.Context(), r.config, &streams{out: testLog{t}, err: testLog{t}}), "zalo access"); got.line.Key != "doctor.zalo_over" {
		t.Errorf("%+v", got)
	}
}
