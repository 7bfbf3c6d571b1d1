package zalooatest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestItIsStrict: each thing that the real Zalo refuses is refused here, with its code.
func TestItIsStrict(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC)
	s := New(t, Options{Now: func() time.Time { return now }, PerMinute: 40})
	ask := func(form url.Values) map[string]any {
		t.Helper()
		form.Set("app_id", AppID)
		r, _ := http.NewRequest(http.MethodPost, s.URL+"/v4/oa/access_token", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("secret_key", AppSecret)
		return answer(t, r)
	}
	first := s.Seed()
	pair := ask(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first}})
	access, _ := pair["access_token"].(string)
	if access == "" || pair["expires_in"] != "90000" {
		t.Fatalf("%v", pair)
	}
	if again := ask(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first}}); again["error"] != -14020.0 {
		t.Errorf("a refresh token twice: %v", again)
	}
	if wrong := ask(url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "code_verifier": {"y"}}); wrong["error"] == nil {
		t.Errorf("a code that was not given: %v", wrong)
	}
	u, stranger := s.User(1), s.User(2)
	u.Heard(now)
	stranger.Leaves()
	late, quota := s.User(3), s.User(4)
	late.Heard(now.Add(-8 * 24 * time.Hour))
	quota.Heard(now)
	quota.replies = 8
	send := func(token, kind, body string) float64 {
		t.Helper()
		r, _ := http.NewRequest(http.MethodPost, s.URL+"/v3.0/oa/message/"+kind, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if token != "" {
			r.Header.Set("access_token", token)
		}
		code, _ := answer(t, r)["error"].(float64)
		return code
	}
	to := func(user *User, message string) string {
		return fmt.Sprintf(`{"recipient":{"user_id":%q},"message":%s}`, user.ID, message)
	}
	button := func(n int, kind string) string {
		b := fmt.Sprintf(`{"title":"x","type":%q,"payload":"#x"}`, kind)
		return `{"text":"x","attachment":{"type":"template","payload":{"buttons":[` + strings.TrimSuffix(strings.Repeat(b+",", n), ",") + `]}}}`
	}
	news := `{"attachment":{"type":"template","payload":{"template_type":"promotion","elements":[{"type":"header","content":"x"}]}}}`
	long, _ := json.Marshal(map[string]string{"text": strings.Repeat("ư", 2001)})
	for name, c := range map[string]struct {
		token, kind, body string
		want              float64
	}{
		"no token":            {"", "cs", to(u, `{"text":"x"}`), -216},
		"another token":       {"x", "cs", to(u, `{"text":"x"}`), -216},
		"a text":              {access, "cs", to(u, `{"text":"x"}`), 0},
		"no JSON":             {access, "cs", `x`, -201},
		"no words":            {access, "cs", to(u, `{"text":""}`), -210},
		"nothing":             {access, "cs", to(u, `{}`), -204},
		"too long":            {access, "cs", to(u, string(long)), -210},
		"five buttons":        {access, "cs", to(u, button(5, "oa.query.show")), 0},
		"six buttons":         {access, "cs", to(u, button(6, "oa.query.show")), -210},
		"unknown button":      {access, "cs", to(u, button(1, "oa.query.dance")), -201},
		"unknown picture":     {access, "cs", to(u, `{"attachment":{"type":"template","payload":{"template_type":"media","elements":[{"media_type":"image","attachment_id":"x"}]}}}`), -201},
		"nobody":              {access, "cs", `{"recipient":{"user_id":"1"},"message":{"text":"x"}}`, -207},
		"who does not follow": {access, "cs", to(stranger, `{"text":"x"}`), -213},
		"window closed":       {access, "cs", to(late, `{"text":"x"}`), -230},
		"quota used up":       {access, "cs", to(quota, `{"text":"x"}`), -211},
		"news":                {access, "promotion", to(late, news), 0},
		"news to a stranger":  {access, "promotion", to(stranger, news), -213},
		"a text as news":      {access, "promotion", to(u, `{"text":"x"}`), -204},
	} {
		if got := send(c.token, c.kind, c.body); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := send(access, "promotion", to(late, news)); got != -218 {
		t.Errorf("news twice a day: %v", got)
	}
	now = now.Add(11 * time.Hour)
	if got := send(access, "promotion", to(u, news)); got != -234 {
		t.Errorf("news at night: %v", got)
	}
	var got float64
	for range 41 {
		got = send(access, "cs", to(u, `{"text":"x"}`))
	}
	if got != -32 {
		t.Errorf("41 in a minute: %v", got)
	}
	now = now.Add(25 * time.Hour)
	if got := send(access, "cs", to(u, `{"text":"x"}`)); got != -216 {
		t.Errorf("an old token: %v", got)
	}
}

func TestUploadsAreChecked(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	s.access["a"] = time.Now().Add(time.Hour)
	bring := func(kind, name string, data []byte) float64 {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, _ := form.CreateFormFile("file", name)
		_, _ = part.Write(data)
		_ = form.Close()
		r, _ := http.NewRequest(http.MethodPost, s.URL+"/v2.0/oa/upload/"+kind, &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("access_token", "a")
		code, _ := answer(t, r)["error"].(float64)
		return code
	}
	png := []byte("\x89PNG\r\n\x1a\n0000")
	for name, c := range map[string]struct {
		kind, name string
		data       []byte
		ok         bool
	}{
		"a picture": {"image", "a.png", png, true}, "a large picture": {"image", "a.png", append(png, make([]byte, 1<<20)...), false},
		"a text as picture": {"image", "a.png", []byte("hello"), false}, "a document": {"file", "a.pdf", []byte("%PDF-1.7"), true},
		"a table": {"file", "a.xlsx", []byte("%PDF-1.7"), false}, "a large document": {"file", "a.pdf", append([]byte("%PDF-1.7"), make([]byte, 5<<20)...), false},
	} {
		if got := bring(c.kind, c.name, c.data); (got == 0) != c.ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestEventsComeAgain: what is not taken is delivered again with the same bytes, and given up at last.
func TestEventsComeAgain(t *testing.T) {
	t.Parallel()
	s := New(t, Options{WebhookRetry: time.Millisecond, WebhookGivesUp: 30 * time.Millisecond})
	bodies := make(chan string, 100)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hook", func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var head struct{ Timestamp string }
		_ = json.Unmarshal(raw, &head)
		if r.Header.Get("X-ZEvent-Signature") != Sign(raw, head.Timestamp) {
			t.Error("the signature is not over the bytes")
		}
		bodies <- string(raw)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	front := httptest.NewServer(mux)
	defer front.Close()
	s.Webhook(front.URL + "/hook")
	s.User(1).Write("x")
	answers := s.AwaitTaken(t)
	if len(answers[0]) < 2 {
		t.Errorf("delivered %d times", len(answers[0]))
	}
	first := <-bodies
	if second := <-bodies; second != first {
		t.Errorf("%s, then %s", first, second)
	}
}

func answer(t *testing.T, r *http.Request) map[string]any {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var a map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	return a
}
