package storage

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sangkien "github.com/sangkien/sangkien"
)

func TestBacklogs(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		want := []Backlog{{}, {Class: sangkien.ClassNotice}, {Class: sangkien.ClassBulk}}
		look := func(at time.Time) {
			t.Helper()
			got, err := s.Backlogs(t.Context(), at)
			if err != nil || !cmp.Equal(got, want) {
				t.Errorf("%v\n%s", err, cmp.Diff(want, got))
			}
		}
		look(now)
		for i, r := range []sangkien.Reply{{}, {}, {Class: sangkien.ClassNotice, After: time.Hour}} {
			r.To, r.Lines = chat, []sangkien.Line{sangkien.Say("x")}
			if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "k" + string(rune('0'+i)), At: now.Add(time.Duration(i) * time.Second), Replies: []sangkien.Reply{r}}); err != nil {
				t.Fatal(err)
			}
		}
		want[0].Waiting, want[0].Oldest, want[1].Waiting = 2, time.Minute, 1
		look(now.Add(time.Minute))
		got, err := s.Claim(t.Context(), "me", []string{chat.Channel}, 1, now.Add(time.Minute), time.Minute)
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		look(now.Add(time.Minute)) // what is being sent waits still
	})
}
