package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// A body that comes drop by drop holds its connection for a while only; one that is too large is refused before it is
// read, or, where it does not say how large it is, cut off.
func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	h := New(Config{Logger: slog.New(slog.DiscardHandler), Limits: map[string]Limit{"/x": {Body: 1000, Read: 200 * time.Millisecond}}, Handlers: map[string]http.Handler{
		"POST /x": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var tooLarge *http.MaxBytesError
			switch _, err := io.Copy(io.Discard, r.Body); {
			case errors.As(err, &tooLarge):
				w.WriteHeader(http.StatusInsufficientStorage) // no other part says so
			case errors.Is(err, os.ErrDeadlineExceeded):
				w.WriteHeader(http.StatusRequestTimeout)
			case err != nil:
				w.WriteHeader(http.StatusBadRequest)
			}
		})}})
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, h, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	full := strings.Repeat("a", 1000)
	for _, c := range []struct {
		name, request string
		want          int
	}{
		{"right", "Content-Length: 1000\r\n\r\n" + full, 200},
		{"slow", "Content-Length: 1000\r\n\r\na", 408},
		{"said to be too large", "Content-Length: 1001\r\n\r\n", 413},
		{"larger than it says", "Transfer-Encoding: chunked\r\n\r\n3e9\r\na" + full + "\r\n0\r\n\r\n", 507},
	} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "POST /x HTTP/1.1\r\nHost: x\r\n"+c.request); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("a body that is %s: %v", c.name, err)
			continue
		}
		if resp.StatusCode != c.want || resp.Header.Get("X-Content-Type-Options") == "" {
			t.Errorf("a body that is %s: %s, want %d", c.name, resp.Status, c.want)
		}
		_, _ = resp.Body.Close(), conn.Close()
	}
}
