package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// BenchmarkHandle is one update through inbox, flood control, dispatcher and a real SQLite, with and without traces.
func BenchmarkHandle(b *testing.B) {
	b.Run("off", func(b *testing.B) { benchHandle(b, nil) })
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	b.Cleanup(collector.Close)
	b.Run("on", func(b *testing.B) { benchHandle(b, &tracing{endpoint: collector.URL, timeout: time.Second}) })
}

func benchHandle(b *testing.B, to *tracing) {
	c := &Config{HTTPAddr: ":0", DataDir: b.TempDir(), Timezone: "Asia/Ho_Chi_Minh", QuietHours: "off", TelegramMode: "polling", TelegramRate: 1000, tracing: to}
	if err := c.check(); err != nil {
		b.Fatal(err)
	}
	a, err := newApp(b.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = a.close() })
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		u := sangkien.Update{Key: fmt.Sprintf("web:%d", n), At: time.Now(), Kind: sangkien.UpdateText, Text: "xin chào",
			Address: sangkien.Address{Channel: "web", Bot: "0", Chat: "c"}, From: sangkien.Sender{ID: "c"}}
		if err := a.receive(b.Context(), u)(); err != nil {
			b.Fatal(err)
		}
	}
}
