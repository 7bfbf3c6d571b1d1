package scheduler_test

import (
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/scheduler"
)

// TestWatchToken: administrators hear once a day of a token that needs them, on any number of replicas, and nobody
// else does.
func TestWatchToken(t *testing.T) {
	t.Parallel()
	s := archive(t)
	now := begun.Add(48 * time.Hour)
	woken := 0
	task := scheduler.WatchToken(s, "test:app", func() { woken++ })
	tick := func(at time.Time) []string {
		t.Helper()
		for range 2 { // replicas
			if err := task.Do(t.Context(), at); err != nil {
				t.Fatal(err)
			}
		}
		return said(t, s, at)
	}
	if err := scheduler.WatchToken(s, "other:app", func() {}).Do(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if got := said(t, s, now); len(got) != 1 || got[0] != "2:token.none" {
		t.Errorf("before anyone authorised: %v", got)
	}
	token := sangkien.Token{Name: "test:app", Version: 1, Sealed: "x", Renewed: now, Lasts: 25 * time.Hour, Expires: now.Add(25 * time.Hour)}
	if err := s.SaveToken(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if got := tick(now); len(got) != 0 || woken != 0 {
		t.Errorf("while all is well: %v", got)
	}
	if _, ok, err := s.LockToken(t.Context(), "test:app", "a", now, now.Add(time.Minute)); !ok || err != nil {
		t.Fatal(err)
	}
	if err := s.FailToken(t.Context(), "test:app", "a", "-14020", true, true, now); err != nil {
		t.Fatal(err)
	}
	if got := tick(now); len(got) != 1 || got[0] != "2:token.dead" {
		t.Errorf("dead: %v", got)
	}
	if got := tick(now.Add(time.Minute)); len(got) != 0 {
		t.Errorf("again a minute later: %v", got)
	}
	if got := tick(now.Add(24 * time.Hour)); len(got) != 1 {
		t.Errorf("the next day: %v", got)
	}
	if got := tick(now.Add(48 * time.Hour)); len(got) != 0 {
		t.Errorf("by the channel that does not work any more: %v", got)
	}
	mended := now.Add(49 * time.Hour)
	token.Version, token.Renewed, token.Expires = 2, mended, mended.Add(25*time.Hour)
	if err := s.SaveToken(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if got := tick(mended); len(got) != 1 || got[0] != "2:token.again" {
		t.Errorf("mended: %v", got)
	}
	if got := tick(mended.Add(time.Minute)); len(got) != 0 {
		t.Errorf("mended, a minute later: %v", got)
	}
	if got := tick(mended.Add(20 * time.Hour)); len(got) != 0 {
		t.Errorf("mended, the next day: %v", got)
	}
}
