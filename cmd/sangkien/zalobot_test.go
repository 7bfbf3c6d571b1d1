package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit/zalobottest"
)

// TestZaloBotWebhook: the program sets its webhook, takes what comes by it, and sends a picture of the results by a link
// of its own that Zalo fetches.
func TestZaloBotWebhook(t *testing.T) {
	t.Parallel()
	const public = "https://sangkien.example"
	here := make(chan string, 1) // where the program listens, once it does
	local := func(u string) string {
		at := <-here
		here <- at
		return strings.Replace(u, public, at, 1)
	}
	server := zalobottest.New(t, zalobottest.Options{Rewrite: local, Hook: local})
	r := start(t, func(c *Config) {
		c.ZaloBotToken, c.ZaloBotAPIURL, c.ZaloBotMode, c.PublicURL = server.Token, server.URL, "webhook", public
	})
	here <- r.url
	d := demo{store: r.store, now: time.Now().In(r.config.zone), staff: sangkien.Viewer{Member: sangkien.Member{ID: newID(), Roles: []sangkien.Grant{{Role: sangkien.RoleOrganiser}}}}}
	if err := d.fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := server.WaitCount(ctx, "setWebhook", 1); err != nil {
		t.Fatal(err)
	}
	chat := server.Chat("z")
	chat.Send("ket qua")
	m, err := chat.Next(ctx)
	for err == nil && m.Photo == nil {
		m, err = chat.Next(ctx)
	}
	if err != nil {
		t.Fatal(err, chat.Messages())
	}
	if http.DetectContentType(m.Photo) != "image/png" || !strings.HasPrefix(m.PhotoURL, public+zaloPhotos+"/") {
		t.Errorf("%s, %d bytes", m.PhotoURL, len(m.Photo))
	}
	hello, err := r.hello(ctx, "127.0.0.1:1")
	if err != nil || !strings.Contains(hello, "Zalo Bot:               bật / on, webhook") {
		t.Errorf("%s, %v", hello, err)
	}
	if name, err := zaloBotHealth(ctx, r.config, &streams{out: testLog{t}, err: testLog{t}}); err != nil || !strings.Contains(name, "bot.test") {
		t.Errorf("%s, %v", name, err)
	}
}

// TestZaloBotSettings: what is wrong is said with its remedy.
func TestZaloBotSettings(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Config){
		"SANGKIEN_PUBLIC_URL":              func(c *Config) { c.ZaloBotMode = "webhook" },
		"SANGKIEN_ZALO_BOT_WEBHOOK_SECRET": func(c *Config) { c.ZaloBotSecret = "short" },
		"SANGKIEN_ZALO_BOT_RATE":           func(c *Config) { c.ZaloBotRate = 0 },
	} {
		c := &Config{HTTPAddr: ":0", Timezone: "Asia/Ho_Chi_Minh", TelegramRate: 1, QuietHours: "off", ZaloBotToken: "1:a", ZaloBotRate: 10}
		change(c)
		if err := c.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	server := zalobottest.New(t)
	for want, token := range map[string]string{"look like": "nonsense", "401": "4711:other"} {
		_, err := zaloBotHealth(t.Context(), &Config{ZaloBotToken: token, ZaloBotAPIURL: server.URL}, &streams{out: testLog{t}, err: testLog{t}})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
