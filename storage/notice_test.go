package storage

import (
	"slices"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// TestNoticesKeepNoReplyBack: what waits for the morning, or fails again and again, is overtaken.
func TestNoticesKeepNoReplyBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		say := func(key string, class sangkien.ReplyClass, after time.Duration) sangkien.Commit {
			return sangkien.Commit{Key: key, Replies: []sangkien.Reply{{To: chat, Lines: []sangkien.Line{sangkien.Say(key)}, Class: class, After: after}}}
		}
		claim := func(at time.Time) []string {
			got, err := s.Claim(t.Context(), "a", []string{"test"}, 10, at, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, d := range got {
				keys = append(keys, d.Reply.Lines[0].Key)
				if _, err := s.Finish(t.Context(), "a", []sangkien.DeliveryResult{{ID: d.ID, State: sangkien.DeliverySent}}); err != nil {
					t.Fatal(err)
				}
			}
			slices.Sort(keys) // what is claimed together is sent together
			return keys
		}
		must(t, s, say("morning", sangkien.ClassNotice, 10*time.Hour))
		must(t, s, say("notice", sangkien.ClassNotice, 0))
		must(t, s, say("reply", sangkien.ClassReply, 0))
		if got := claim(now); len(got) != 2 || got[0] != "notice" || got[1] != "reply" {
			t.Errorf("at once: %v", got)
		}
		if got := claim(now.Add(11 * time.Hour)); len(got) != 1 || got[0] != "morning" {
			t.Errorf("in the morning: %v", got)
		}
		must(t, s, say("album", sangkien.ClassReply, time.Second))
		must(t, s, say("next", sangkien.ClassReply, 0))
		if got := claim(now); len(got) != 0 {
			t.Errorf("a reply overtook the one before it: %v", got)
		}
	})
}
