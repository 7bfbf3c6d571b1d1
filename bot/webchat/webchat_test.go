package webchat_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/bot/webchat"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/storage"
)

// site is a web chat over a real database, and what came in.
type site struct {
	*webchat.Channel
	t      *testing.T
	url    string
	client *http.Client
	mu     sync.Mutex
	got    []sangkien.Update
	fail   error
	files  *storage.Files
}

func newSite(t *testing.T) *site {
	t.Helper()
	store, err := storage.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := storage.OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, files: files, Channel: webchat.New(store, files, true, slog.New(slog.DiscardHandler))}
	server := httptest.NewTLSServer(s.Handler(s.receive))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close(); _ = store.Close() })
	s.url, s.client = server.URL, server.Client()
	s.client.Jar, _ = cookiejar.New(nil)
	return s
}

func (s *site) receive(_ context.Context, u sangkien.Update) func() error {
	return func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.fail == nil {
			s.got = append(s.got, u)
		}
		return s.fail
	}
}

func (s *site) post(path, contentType, body string, header ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// events reads n lines from the stream, after a number.
func (s *site) events(n int, after string) []string {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/chat/api/events", http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", after)
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var got []string
	for lines := bufio.NewScanner(resp.Body); len(got) < n && lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: {"); ok {
			got = append(got, data)
		}
	}
	return got
}

const hello = `{"key":"0123456789abcdef","text":"Xin chào <b>"}`

func TestAMessageArrivesOnceHoweverOftenItIsSent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fail = errors.New("the stores are down")
	if r := s.post("/chat/api/send", "application/json", hello); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	} else if c := r.Cookies(); len(c) != 1 || !c[0].HttpOnly || !c[0].Secure || c[0].SameSite != http.SameSiteLaxMode || c[0].Path != "/chat" || len(c[0].Value) != 64 {
		t.Errorf("cookie %+v", c)
	}
	s.mu.Lock()
	s.fail = nil
	s.mu.Unlock()
	for range 2 {
		if r := s.post("/chat/api/send", "application/json", hello); r.StatusCode != http.StatusNoContent {
			t.Errorf("status %d", r.StatusCode)
		}
	}
	if s.got[0].Key != s.got[1].Key || s.got[0].Text != "Xin chào <b>" || strings.Contains(s.got[0].Key, s.client.Jar.Cookies(mustURL(t, s.url+"/chat"))[0].Value) {
		t.Errorf("%+v", s.got)
	}
	seq, err := s.Send(t.Context(), s.got[0].Address, bot.Message{Text: locale.Text{{Text: "Chào"}}, Buttons: [][]bot.Button{{{Label: "Có", Data: "y"}}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Retire(t.Context(), s.got[0].Address, seq)
	got := s.events(3, "")
	if len(got) != 3 || !strings.Contains(got[0], `"mine":true`) || !strings.Contains(got[1], `"label":"Có"`) || !strings.Contains(got[2], `"retire":`+seq) {
		t.Errorf("history %q", got)
	}
	if again := s.events(1, seq); len(again) != 1 || !strings.Contains(again[0], "retire") {
		t.Errorf("after the second line came %q", again)
	}
}

func TestTheWebChatRefuses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, c := range map[string]struct {
		body   string
		header []string
		want   int
	}{
		"another site":       {hello, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"another origin":     {hello, []string{"Origin", "https://evil.example"}, 403},
		"no json":            {"{", nil, 400},
		"no key":             {`{"text":"x"}`, nil, 400},
		"too long":           {`{"key":"0123456789abcdef","text":"` + strings.Repeat("à", 200_000) + `"}`, nil, 400},
		"ten thousand chars": {`{"key":"0123456789abcde1","text":"` + strings.Repeat("à", 10_000) + `"}`, nil, 204},
	} {
		if r := s.post("/chat/api/send", "application/json", c.body, c.header...); r.StatusCode != c.want {
			t.Errorf("%s: status %d, want %d", name, r.StatusCode, c.want)
		}
	}
	limited := false
	for range 60 {
		limited = limited || s.post("/chat/api/send", "application/json", hello).StatusCode == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("60 messages at once were all taken")
	}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	upload := func(files map[string]string) (status int, answer string) {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		_ = form.WriteField("key", "0123456789abcdef")
		_ = form.WriteField("text", "chú thích")
		for name, content := range files {
			w, err := form.CreateFormFile("file", name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(w, content)
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		r := s.post("/chat/api/upload", form.FormDataContentType(), b.String())
		text, _ := io.ReadAll(r.Body)
		return r.StatusCode, string(text)
	}
	if status, text := upload(map[string]string{"../../bản vẽ.pdf": "%PDF-1.7", "b.pdf": "%PDF-1.4"}); status != 204 || len(s.got) != 1 || len(s.got[0].Files) != 2 {
		t.Fatalf("%d %s", status, text)
	}
	for _, f := range s.got[0].Files {
		if len(f.Hash) != 64 || strings.Contains(f.Name, "/") || f.Kind != sangkien.Document {
			t.Errorf("%+v", f)
		}
	}
	if status, text := upload(map[string]string{"x.html": "<html><script>"}); status != 422 || !strings.Contains(text, "PDF") || len(s.got) != 1 {
		t.Errorf("html: %d %s", status, text)
	}
	if status, _ := upload(nil); status != 400 {
		t.Errorf("no file: %d", status)
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
