package testkit

import (
	"context"
	"testing"

	sangkien "github.com/sangkien/sangkien"
)

// Sessions is what every store of conversation state can do.
type Sessions interface {
	Load(context.Context, sangkien.Address) (sangkien.Session, error)
	Save(context.Context, sangkien.Address, sangkien.Session) error
	Delete(context.Context, sangkien.Address) error
}

// ExerciseSessions is the one suite that every store of conversation state passes.
func ExerciseSessions(t *testing.T, s Sessions) {
	t.Helper()
	chat := sangkien.Address{Channel: "test", Bot: "b", Chat: "1"}
	if got, err := s.Load(t.Context(), chat); err != nil || got != (sangkien.Session{}) {
		t.Fatalf("an unknown chat has %+v, %v", got, err)
	}
	want := sangkien.Session{Version: sangkien.SessionVersion, Revision: 3, Mode: sangkien.ModeAsk, Idea: 10, Question: "title", Change: true}
	for _, rev := range []int64{1, 3, 2} {
		session := want
		session.Revision = rev
		if err := s.Save(t.Context(), chat, session); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Load(t.Context(), chat); err != nil || got != want {
		t.Errorf("loaded %+v, %v; want %+v: a late save must not win", got, err, want)
	}
	if err := s.Delete(t.Context(), chat); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(t.Context(), chat); err != nil || got != (sangkien.Session{}) {
		t.Errorf("after it was deleted the chat has %+v, %v", got, err)
	}
	if err := s.Save(t.Context(), chat, sangkien.Session{Version: sangkien.SessionVersion, Revision: 1}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(t.Context(), chat); err != nil || got.Revision != 1 {
		t.Errorf("a chat that begins anew has %+v, %v", got, err)
	}
	other := chat
	other.Bot = "c"
	if got, err := s.Load(t.Context(), other); err != nil || got.Revision != 0 {
		t.Errorf("the same chat id of another bot has %+v, %v", got, err)
	}
}
