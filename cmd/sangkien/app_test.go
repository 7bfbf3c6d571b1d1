package main

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/sangkien/sangkien/seed"
)

// running is the program under test: the same app as main, on a free port.
type running struct {
	*app
	url  string
	stop func()
}

// start runs an app in a fresh folder until the test ends. change may alter its configuration.
func start(t *testing.T, change func(*Config)) *running {
	t.Helper()
	c := &Config{HTTPAddr: ":0", DataDir: t.TempDir(), Timezone: "Asia/Ho_Chi_Minh", TelegramMode: "polling", TelegramRate: 1000, ZaloBotMode: "polling", ZaloBotRate: 1000, LogLevel: "error", QuietHours: "off", BulkPerDay: 1}
	if change != nil {
		change(c)
	}
	return startAt(t, c, "127.0.0.1:0")
}

func startAt(t *testing.T, c *Config, addr string) *running {
	t.Helper()
	return startWith(t, c, addr, slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})))
}

func startWith(t *testing.T, c *Config, addr string, logger *slog.Logger) *running {
	t.Helper()
	if err := c.check(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	a, err := newApp(ctx, c, logger)
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.run(ctx, l) }()
	stopped := false
	r := &running{app: a, url: "http://" + l.Addr().String()}
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := a.close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(r.stop)
	return r
}

type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// withUnits stores the demonstration's units.
func withUnits(t *testing.T, r *running) {
	t.Helper()
	if err := demoUnits(t.Context(), r.store); err != nil {
		t.Fatal(err)
	}
	if len(seed.Units()) == 0 {
		t.Fatal("no units")
	}
}
