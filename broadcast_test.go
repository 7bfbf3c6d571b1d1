package sangkien

import (
	"strings"
	"testing"
	"time"
)

var broadcastNow = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

func bulletin(change func(*Broadcast)) Broadcast {
	b := Broadcast{ID: 9, Kind: BroadcastBulletin, Topic: TopicNews, Purpose: PurposeNews, Text: Text{VI: "Kính chào {ten}"}}
	change(&b)
	return b
}

func TestPlanRefusesWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Broadcast){
		"no text":    func(b *Broadcast) { b.Text.VI = " \n" },
		"too long":   func(b *Broadcast) { b.Text.VI = strings.Repeat("ấ", MaxBroadcast+1) },
		"bad link":   func(b *Broadcast) { b.Link = "javascript:alert(1)" },
		"no topic":   func(b *Broadcast) { b.Topic = "" },
		"no purpose": func(b *Broadcast) { b.Purpose = "" },
	} {
		if _, err := bulletin(change).Plan(broadcastNow); CodeOf(err) != EINVALID {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p, err := bulletin(func(*Broadcast) {}).Plan(broadcastNow); err != nil || p.Broadcast.State != BroadcastDue {
		t.Errorf("planned %+v, %v", p, err)
	}
}

// TestAnnounceStaysWithinOnesUnits: an organiser writes to their units only, and never to “everyone”.
func TestAnnounceStaysWithinOnesUnits(t *testing.T) {
	t.Parallel()
	tree := NewTree([]Unit{{ID: 19}, {ID: 2, Parent: 19}, {ID: 3, Parent: 2}, {ID: 4, Parent: 19}})
	organiser := Viewer{Member: Member{ID: 1, Roles: []Grant{{Role: RoleOrganiser, Unit: 2}}}, Tree: tree}
	for units, allowed := range map[[2]int64]bool{{2, 3}: true, {3, 3}: true, {2, 4}: false, {19, 2}: false, {0, 0}: false} {
		b := bulletin(func(b *Broadcast) { b.Audience.Units = units[:] })
		if _, err := organiser.Announce(b, 1, 0, broadcastNow); (err == nil) != allowed {
			t.Errorf("units %v: %v", units, err)
		}
	}
	everyone := bulletin(func(*Broadcast) {})
	if _, err := organiser.Announce(everyone, 1, 0, broadcastNow); CodeOf(err) != EFORBIDDEN {
		t.Errorf("to everyone: %v", err)
	}
	admin := Viewer{Member: Member{ID: 2, Roles: []Grant{{Role: RoleAdmin}}}, Tree: tree}
	if p, err := admin.Announce(everyone, 501, 500, broadcastNow); err != nil || p.Broadcast.State != BroadcastWaiting || p.Broadcast.By != 2 {
		t.Errorf("above the limit: %+v, %v", p, err)
	}
	if p, err := admin.Announce(everyone, 500, 500, broadcastNow); err != nil || p.Broadcast.State != BroadcastDue {
		t.Errorf("at the limit: %+v, %v", p, err)
	}
}

func TestControlFollowsTheLife(t *testing.T) {
	t.Parallel()
	admin := Viewer{Member: Member{ID: 2, Roles: []Grant{{Role: RoleAdmin}}}}
	all := []BroadcastState{BroadcastWaiting, BroadcastDue, BroadcastRunning, BroadcastPaused, BroadcastDone, BroadcastCancelled}
	exist := 0
	for _, from := range all {
		for _, to := range all {
			m, err := admin.Control(bulletin(func(b *Broadcast) { b.State, b.By = from, 7 }), to, broadcastNow)
			if err == nil {
				exist++
				if m.From != from || m.To != to || m.Actor != 2 || m.Retry != (from == BroadcastDone) {
					t.Errorf("%s → %s: %+v", from, to, m)
				}
			} else if CodeOf(err) != ECONFLICT {
				t.Errorf("%s → %s: %v", from, to, err)
			}
		}
	}
	if exist != 10 {
		t.Errorf("%d moves exist", exist)
	}
	own := bulletin(func(b *Broadcast) { b.State, b.By = BroadcastWaiting, 2 })
	if _, err := admin.Control(own, BroadcastDue, broadcastNow); CodeOf(err) != EFORBIDDEN {
		t.Errorf("approved one's own: %v", err)
	}
	if _, err := admin.Control(own, BroadcastCancelled, broadcastNow); err != nil {
		t.Errorf("cancelling one's own: %v", err)
	}
	if _, err := (Viewer{Member: Member{ID: 3}}).Control(own, BroadcastDue, broadcastNow); CodeOf(err) != EFORBIDDEN {
		t.Errorf("approved by a member: %v", err)
	}
}
