package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sangkien/sangkien/web"
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
		"/webhooks/telegram", "/webhooks/none", "/healthz", "/readyz", "/metrics", "/no/such/page"} {
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

// TestSlowBodiesAreCutOff: who sends a byte now and then holds nothing for long.
func TestSlowBodiesAreCutOff(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	h := web.New(web.Config{Logger: discard(), Limits: map[string]web.Limit{"/slow": {Body: 100, Read: 50 * time.Millisecond}}, Handlers: map[string]http.Handler{
		"POST /slow": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(r.Body)
			ended <- err
		})}})
	go func() { _ = web.Serve(t.Context(), l, h, discard()) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	fmt.Fprintf(conn, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nx") //nolint:errcheck // the server will hang up
	select {
	case err := <-ended:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the reading ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it waits for ever")
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err == nil && !strings.Contains(line, "HTTP/1.1") {
		t.Errorf("it says %q", line)
	}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
