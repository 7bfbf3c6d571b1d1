package redis

import (
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
)

func open(t *testing.T) *Sessions {
	t.Helper()
	s, err := Open(testkit.Redis(t))
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
