package storage

import (
	"testing"

	sangkien "github.com/sangkien/sangkien"
)

// TestUndoTakesInvitationsBack: what was not accepted is void; a role that was accepted stays with its holder.
func TestUndoTakesInvitationsBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		grant := sangkien.Grant{Role: sangkien.RoleOrganiser, Unit: 19}
		batch := sangkien.Batch{Hash: "list", Kind: "members", At: now}
		var effects []sangkien.Effect
		for _, token := range []string{"used", "unused"} {
			batch.Items = append(batch.Items, sangkien.BatchItem{Object: "invitation:" + sangkien.InvitationHash(token)})
			effects = append(effects, sangkien.Issue(token, grant, now))
		}
		must(t, s, sangkien.Commit{Key: "list", Effects: append(effects, batch.Note())})
		must(t, s, sangkien.Commit{Key: "accept", Effects: []sangkien.Effect{sangkien.Member{ID: 1}.Accept("used", now)}})
		must(t, s, sangkien.Commit{Key: "undo", Effects: []sangkien.Effect{batch.Undo(now)}})
		if _, err := s.Invitation(t.Context(), "unused", now); sangkien.CodeOf(err) == "" {
			t.Error("an invitation that was taken back still works")
		}
		if m, err := s.Member(t.Context(), 1); err != nil || len(m.Roles) != 1 || m.Roles[0] != grant {
			t.Errorf("who accepted holds %+v, %v", m.Roles, err)
		}
		if _, err := s.VerifyAudit(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
