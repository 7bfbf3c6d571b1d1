package main

import (
	"io"
	"net/http"
	"sync/atomic"
	"testing"
)

// endless is a body that never ends.
type endless struct{ n atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.n.Add(int64(len(p)))
	return len(p), nil
}

// TestBodiesAreLimitedEverywhere walks every path: a body that says it is too large is refused before it is read, and one
// that does not say so is cut off.
func TestBodiesAreLimitedEverywhere(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *Config) { c.TelegramToken = "1:a"; c.TelegramAPIURL = "http://127.0.0.1:1" })
	for _, path := range []string{"/", "/chat", "/chat/static/chat.js", "/chat/api/send", "/chat/api/upload", "/chat/api/events", "/chat/api/file/1",
		"/webhooks/telegram", "/webhooks/zalo-bot", "/webhooks/zalo-oa", zaloPhotos + "/1", "/webhooks/none", "/healthz", "/readyz", "/metrics", "/no/such/page"} {
		most := int64(1 << 20)
		if l, ok := limits()[path]; ok {
			most = l.Body
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+path, io.LimitReader(&endless{}, most+1))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = most + 1
		if resp, err := http.DefaultClient.Do(req); err == nil { // or the server hung up while we were still sending
			if _ = resp.Body.Close(); resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s takes %d bytes: %d", path, most+1, resp.StatusCode)
			}
		}
		if most > 1<<20 {
			continue // the same way, and 200 MB are many
		}
		body := &endless{}
		if req, err = http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+path, body); err != nil {
			t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			if _ = resp.Body.Close(); resp.StatusCode < 400 {
				t.Errorf("%s takes an endless body: %d", path, resp.StatusCode)
			}
		}
		if body.n.Load() > 16<<20 {
			t.Errorf("%s read %d MB", path, body.n.Load()>>20)
		}
	}
}
