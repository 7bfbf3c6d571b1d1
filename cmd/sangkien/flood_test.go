package main

import (
	"fmt"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot/webchat"
)

// TestFlooderIsToldOnce: who sends two hundred lines at once reads one notice, and can stop nevertheless.
func TestFlooderIsToldOnce(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *Config) { c.FloodPerMinute, c.FloodBurst = 60, 20 })
	to := sangkien.Address{Channel: webchat.Name, Bot: "0", Chat: "flooder"}
	for i := range 200 {
		u := sangkien.Update{Key: fmt.Sprint("web:flooder:", i), Address: to, From: sangkien.Sender{ID: "flooder"}, Kind: sangkien.UpdateText, Text: "alo"}
		if i == 199 {
			u.Text = "dừng"
		}
		if err := r.inbox.Receive(t.Context(), u)(); err != nil {
			t.Fatal(err)
		}
	}
	awaitSilence(t, r.config.DatabaseURL)
	lines, err := r.store.WebEntries(t.Context(), to.Chat, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	notices := 0
	for _, l := range lines {
		if strings.Contains(l.Data, "gửi hơi nhanh") {
			notices++
		}
	}
	if notices != 1 || len(lines) > 40 || len(lines) < 15 {
		t.Errorf("%d notices among %d lines", notices, len(lines))
	}
	if _, served := get(t, r.url+"/metrics", nil); !strings.Contains(served, `sangkien_updates_dropped_total{channel="web"} 1`) {
		t.Error("what was dropped is not counted")
	}
}
