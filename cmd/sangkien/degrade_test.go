package main

import (
	"context"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// TestWithoutRedis: while Redis does not answer, members go on where they are: the chat's place is in SQL, messages go
// out at a share of the rate, and /readyz stays green, for nobody would be left to serve them.
func TestWithoutRedis(t *testing.T) {
	t.Parallel()
	server := telegramtest.New(t)
	url := testkit.Redis(t)
	p := newProcess(t, "SANGKIEN_DATA_DIR="+t.TempDir(), "SANGKIEN_TELEGRAM_TOKEN="+server.Token, "SANGKIEN_TELEGRAM_API_URL="+server.URL, "SANGKIEN_REDIS_URL="+url)
	p.start()
	p.ready(t)
	options, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	m := &chaosMember{burst: 8, n: 1, chat: telegramChat{server.Chat(1)}, submitted: map[string]sangkien.Answers{}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	m.chat.send("/start")
	if err := client.ClientPause(ctx, 30*time.Second).Err(); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := m.submit(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 25*time.Second {
		t.Errorf("an idea took %v", took)
	} else {
		t.Logf("an idea in %v, with Redis black-holed from the second message", took)
	}
	p.ready(t)
}
