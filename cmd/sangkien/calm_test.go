package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestLogStaysCalm: what is said again and again is left out, counted and told with the next minute; other words pass.
func TestLogStaysCalm(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	log := slog.New(newCalm(slog.NewTextHandler(&b, nil), func() time.Time { return now }))
	for range 1000 {
		log.With("n", 1).Error("the same")
		log.Info("what is no warning is never left out")
	}
	log.Warn("another")
	if same, info := strings.Count(b.String(), "the same"), strings.Count(b.String(), "never"); same != mostAlike || info != 1000 || !strings.Contains(b.String(), "another") {
		t.Errorf("%d the same, %d that are no warnings", same, info)
	}
	now = now.Add(time.Minute)
	b.Reset()
	log.Error("the same")
	log.Error("the same")
	if strings.Count(b.String(), "left_out_before=980") != 1 {
		t.Errorf("the next minute says %s", b.String())
	}
}
