package main

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestPollingIsHeldByOne: of two processes on one PostgreSQL one polls. The other takes over at once when it is stopped
// in good order, and within 20 s when it is killed or stands still; one that stood still and goes on does not poll beside
// it. Every message is answered once.
//
// SANGKIEN_STANDSTILL says for how many seconds it stands still.
func TestPollingIsHeldByOne(t *testing.T) {
	t.Parallel()
	standstill := time.Duration(fromEnv(t, "SANGKIEN_STANDSTILL", 11)) * time.Second
	server := telegramtest.New(t)
	address := testkit.Postgres(t)
	env := []string{"SANGKIEN_DATABASE_URL=" + address, "SANGKIEN_TELEGRAM_TOKEN=" + server.Token,
		"SANGKIEN_TELEGRAM_API_URL=" + server.URL, "SANGKIEN_DATA_DIR=" + t.TempDir()}
	a, b := newProcess(t, env...), newProcess(t, env...)
	a.start()
	a.ready(t)
	chat := server.Chat(1)
	said := 0
	answered := func(within time.Duration) time.Duration {
		t.Helper()
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		chat.Send("/start")
		said++
		if _, err := chat.Next(ctx); err != nil {
			t.Fatalf("message %d: %v\na: %s\nb: %s", said, err, lastLines(a.log.String(), 8), lastLines(b.log.String(), 8))
		}
		return time.Since(begun)
	}
	answered(20 * time.Second)
	b.start()
	b.ready(t)

	a.signal(syscall.SIGTERM)
	if err := a.await(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	t.Logf("answered %v after the polling process had ended", answered(5*time.Second))
	a.start()
	a.ready(t)
	awaitSilence(t, address) // else what it was sending comes again from the other
	b.signal(syscall.SIGSTOP)
	begun := time.Now()
	t.Logf("answered %v after it stood still", answered(20*time.Second))
	time.Sleep(standstill - time.Since(begun)) // what is tested is a process that missed so much
	conflicts := server.Conflicts()
	b.signal(syscall.SIGCONT)
	for range 20 {
		answered(5 * time.Second)
	}
	if n := server.Conflicts() - conflicts; n > 1 {
		t.Errorf("%d polls ended by another", n)
	}
	awaitSilence(t, address)
	a.kill()
	t.Logf("answered %v after it was killed, by the other", answered(20*time.Second))
	awaitSilence(t, address)
	b.kill()
	b.start()
	t.Logf("answered %v after it was killed and started again", answered(20*time.Second))
	awaitSilence(t, address)
	if got := len(chat.Messages()); got != said {
		t.Errorf("%d messages, %d answers", said, got)
	}
	if strings.Contains(b.log.String(), "level=ERROR") {
		t.Error(b.log.String())
	}
}
