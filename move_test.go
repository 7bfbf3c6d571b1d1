package sangkien

import (
	"testing"
	"time"
)

// TestUndoWaitsForTheSupplementAgain: what was received without the supplement and then taken back has its day again.
func TestUndoWaitsForTheSupplementAgain(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	organiser := Viewer{Member: Member{ID: 2, Roles: []Grant{{Role: RoleOrganiser}}}}
	history := []Move{{From: Submitted, To: NeedsSupplement, Due: now.Add(time.Hour), At: now.Add(-time.Hour)},
		{From: NeedsSupplement, To: Received, At: now.Add(-time.Minute)}}
	got, err := Idea{ID: 7, Author: 1, State: Received}.Undo(history, organiser, now)
	if err != nil || got.To != NeedsSupplement || !got.Due.Equal(now.Add(time.Hour)) || !got.Undo {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := (Idea{ID: 7, Author: 1, State: Submitted}).Undo(nil, organiser, now); CodeOf(err) != ECONFLICT {
		t.Errorf("nothing was taken back: %v", err)
	}
}
