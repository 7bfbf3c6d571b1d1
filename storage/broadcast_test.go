package storage

import (
	"testing"

	sangkien "github.com/sangkien/sangkien"
)

func TestBroadcastMovesOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		b := sangkien.Broadcast{ID: 70, Kind: sangkien.BroadcastManual, Topic: sangkien.TopicNews, Purpose: sangkien.PurposeNews,
			Text: sangkien.Text{VI: "Kính chào {ten}"}, Audience: sangkien.Audience{Units: []int64{19}}, Start: now}
		planned, err := b.Plan(now)
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "plan", Effects: []sangkien.Effect{planned}})
		got, err := s.Broadcast(t.Context(), 70)
		if err != nil || got.State != sangkien.BroadcastDue || got.Text != b.Text || !got.Start.Equal(now) || got.Audience.Units[0] != 19 || !got.Counts.Adds() {
			t.Fatalf("broadcast %+v, %v", got, err)
		}
		start, err := got.Move(sangkien.BroadcastRunning, now)
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "start", Effects: []sangkien.Effect{start}})
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "again", At: now, Effects: []sangkien.Effect{start}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("started twice: %v", err)
		}
		running, err := s.BroadcastsIn(t.Context(), sangkien.BroadcastRunning)
		if err != nil || len(running) != 1 || !running[0].Started.Equal(now) {
			t.Errorf("running %+v, %v", running, err)
		}
		if _, err := s.Broadcast(t.Context(), 71); sangkien.CodeOf(err) != sangkien.ENOTFOUND {
			t.Errorf("no such broadcast: %v", err)
		}
	})
}
