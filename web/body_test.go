package web

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A body that comes drop by drop holds its connection for a while only; what is too large ends at the limit.
func TestServeBoundsBodies(t *testing.T) {
	t.Parallel()
	ends := make(chan error, 1)
	h := New(Config{Logger: slog.New(slog.DiscardHandler), BodyTime: 200 * time.Millisecond, BodySize: 1000, Handlers: map[string]http.Handler{
		"POST /x": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, err := io.Copy(io.Discard, r.Body)
			ends <- err
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
	for name, body := range map[string]string{"slow": "a", "large": strings.Repeat("a", 1001), "right": strings.Repeat("a", 1000)} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		size := "1000"
		if name == "large" {
			size = "1001"
		}
		if _, err := io.WriteString(conn, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: "+size+"\r\n\r\n"+body); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ends:
			if (err == nil) != (name == "right") {
				t.Errorf("%s body: %v", name, err)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("a %s body is waited for without end", name)
		}
		conn.Close()
	}
}
