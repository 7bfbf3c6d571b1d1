package redis

import (
	"log/slog"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
)

func open(t *testing.T) *Sessions {
	t.Helper()
	s, err := Open(testkit.Redis(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	testkit.WaitFor(t, func() error { return s.Ping(t.Context()) })
	return s
}

func TestSessions(t *testing.T) {
	t.Parallel()
	testkit.ExerciseSessions(t, open(t))
}

func TestUnreadableSessionIsAsGoodAsGone(t *testing.T) {
	t.Parallel()
	s, chat := open(t), sangkien.Address{Channel: "test", Chat: "1"}
	if err := s.client.HSet(t.Context(), key(chat), "rev", 1, "data", `{"v":"of another release"`).Err(); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(t.Context(), chat); err != nil || got != (sangkien.Session{}) {
		t.Errorf("loaded %+v, %v", got, err)
	}
}

// TestSessionsFailSoon: a server that does not answer costs one caller half a second, the next ones nothing.
func TestSessionsFailSoon(t *testing.T) {
	t.Parallel()
	s, chat := open(t), sangkien.Address{Channel: "test", Chat: "1"}
	if err := s.Save(t.Context(), chat, sangkien.Session{Revision: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.client.ClientPause(t.Context(), 3*time.Second).Err(); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for range 100 {
		if _, err := s.Load(t.Context(), chat); err == nil {
			t.Fatal("it answered")
		}
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("100 questions took %v", took)
	}
	testkit.WaitFor(t, func() error { _, err := s.Load(t.Context(), chat); return err })
}
