package sangkien

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMoveNeverLeavesTheLife(t *testing.T) {
	t.Parallel()
	people := []Member{{ID: 1}, {ID: 2, Roles: []Grant{{Role: RoleOrganiser}}}, {ID: 3}, {}}
	rapid.Check(t, func(t *rapid.T) {
		idea := Idea{ID: 7, Author: 1, State: Draft}
		for range rapid.IntRange(1, 30).Draw(t, "moves") {
			to := rapid.SampledFrom(States()).Draw(t, "to")
			who := rapid.SampledFrom(people).Draw(t, "who")
			e, err := idea.Move(to, Viewer{Member: who}, "", time.UnixMilli(1))
			if err != nil {
				continue
			}
			if _, known := moves[idea.State][to]; !known || e.From != idea.State {
				t.Fatalf("moved from %s to %s", idea.State, to)
			}
			if (to == Submitted || to == Withdrawn) != (who.ID == idea.Author) {
				t.Fatalf("member %d moved it to %s", who.ID, to)
			}
			idea.State = to
		}
	})
}

func TestMoveErrors(t *testing.T) {
	t.Parallel()
	author, stranger := Member{ID: 1}, Member{ID: 3}
	draft := Idea{ID: 7, Author: 1, State: Draft}
	if _, err := draft.Move(Submitted, Viewer{Member: stranger}, "", time.Time{}); CodeOf(err) != EFORBIDDEN {
		t.Errorf("a stranger submits: %v", err)
	}
	if _, err := (Idea{State: Recognised, Author: 1}).Move(Withdrawn, Viewer{Member: author}, "", time.Time{}); CodeOf(err) != ECONFLICT {
		t.Errorf("withdrawing what is decided: %v", err)
	}
}
