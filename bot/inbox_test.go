package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	sangkien "github.com/sangkien/sangkien"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func update(chat string, n int) sangkien.Update {
	return sangkien.Update{Key: fmt.Sprint(chat, n), Address: sangkien.Address{Chat: chat}}
}

func TestOneChatOneOrder(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	got := map[string][]string{}
	busy := map[string]bool{}
	in := NewInbox(func(_ context.Context, u sangkien.Update) error {
		mu.Lock()
		if busy[u.Address.Chat] {
			t.Errorf("two updates of chat %s at once", u.Address.Chat)
		}
		busy[u.Address.Chat] = true
		got[u.Address.Chat] = append(got[u.Address.Chat], u.Key)
		mu.Unlock()
		mu.Lock()
		busy[u.Address.Chat] = false
		mu.Unlock()
		return nil
	}, 8, 10_000, quiet())
	var waits []func() error
	for n := range 200 {
		for _, chat := range []string{"a", "b", "c"} {
			waits = append(waits, in.Receive(t.Context(), update(chat, n)))
		}
	}
	for _, wait := range waits {
		if err := wait(); err != nil {
			t.Error(err)
		}
	}
	for chat, keys := range got {
		for n, key := range keys {
			if key != fmt.Sprint(chat, n) {
				t.Fatalf("%s came at place %d", key, n)
			}
		}
	}
	in.Close()
	if err := in.Receive(t.Context(), update("a", 1))(); !errors.Is(err, ErrBusy) {
		t.Errorf("a closed inbox took an update: %v", err)
	}
}

func TestInboxHoldsBoundedlyAndSurvivesPanics(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	in := NewInbox(func(_ context.Context, u sangkien.Update) error {
		<-release
		if u.Key == "a0" {
			panic("a defect")
		}
		return nil
	}, 2, 3, quiet())
	var waits []func() error
	for n := range 3 {
		waits = append(waits, in.Receive(t.Context(), update("a", n)))
	}
	if err := in.Receive(t.Context(), update("b", 0))(); !errors.Is(err, ErrBusy) {
		t.Errorf("more than 3 were held: %v", err)
	}
	close(release)
	for n, wait := range waits {
		if err := wait(); (err != nil) != (n == 0) {
			t.Errorf("update %d: %v", n, err)
		}
	}
	in.Close()
}
