package scheduler_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/scheduler"
	"github.com/sangkien/sangkien/storage"
)

var ids atomic.Int64

func nextID() int64 { return 1000 + ids.Add(16) }

// publish puts a bulletin into the archive at a time.
func publish(t *testing.T, s *storage.Store, title string, at time.Time, units ...int64) {
	t.Helper()
	b := sangkien.Bulletin{ID: nextID(), Title: title, Text: title, Units: units, Feed: 77, GUID: title}
	written, err := b.Import(true, at)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "news "+title, sangkien.Chat{}, written)
}

// TestDigest: readers of a digest get what came since the last one, once, also from two replicas and after days in
// which nothing ran; each gets what is for their unit.
func TestDigest(t *testing.T) {
	t.Parallel()
	s := archive(t)
	put(t, s, "readers", sangkien.Chat{}, sangkien.Unit{ID: 19}.Save(), sangkien.Unit{ID: 2, Parent: 19}.Save(),
		sangkien.MemberPlaced{Member: 1, Unit: 2}, sangkien.MemberPlaced{Member: 2, Unit: 19},
		sangkien.TopicChosen{Member: 1, Topic: sangkien.TopicNews, Frequency: sangkien.Daily, At: begun},
		sangkien.TopicChosen{Member: 2, Topic: sangkien.TopicNews, Frequency: sangkien.Daily, At: begun})
	task := scheduler.Digest(s, sangkien.Daily, sangkien.Text{VI: "Tin trong ngày"}, nextID)
	run := func(now time.Time) []sangkien.Broadcast {
		t.Helper()
		before, err := s.BroadcastsIn(t.Context(), sangkien.BroadcastDue)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // two replicas
			if err := task.Do(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		after, err := s.BroadcastsIn(t.Context(), sangkien.BroadcastDue)
		if err != nil {
			t.Fatal(err)
		}
		return after[len(before):]
	}
	day := begun.Truncate(24 * time.Hour)
	if got := run(day.Add(9 * time.Hour)); len(got) != 0 {
		t.Fatalf("the first time: %+v", got)
	}
	publish(t, s, "cho xã", day.Add(10*time.Hour), 2)
	publish(t, s, "cho mọi người", day.Add(30*time.Hour))
	if got := run(day.Add(31 * time.Hour)); len(got) != 0 {
		t.Errorf("before eight: %+v", got)
	}
	// It is down on the second day, and comes late on the third.
	got := run(day.Add((48 + 15) * time.Hour))
	if len(got) != 2 {
		t.Fatalf("%d broadcasts: %+v", len(got), got)
	}
	texts := map[int64]string{}
	for _, b := range got {
		if len(b.Audience.Members) != 1 || b.Audience.Wants != string(sangkien.Daily) || b.Kind != sangkien.BroadcastDigest {
			t.Errorf("%+v", b)
		}
		texts[b.Audience.Members[0]] = b.Text.VI
	}
	if texts[1] != "• cho xã\n• cho mọi người" || texts[2] != "• cho mọi người" {
		t.Errorf("texts %v", texts)
	}
	if got := run(day.Add((72 + 9) * time.Hour)); len(got) != 0 {
		t.Errorf("news that was told is told again: %+v", got)
	}
}

// TestReadFeeds: what a feed brings waits for approval or, when it is trusted, is sent: the newest of it. Nothing comes
// twice, and a feed that fails is tried again and keeps nothing from the others.
func TestReadFeeds(t *testing.T) {
	t.Parallel()
	s := archive(t)
	for id, trusted := range map[int64]bool{80: false, 81: true, 82: false} {
		added, err := sangkien.Feed{ID: id, URL: fmt.Sprintf("https://example.vn/%d", id), Name: "Báo tỉnh", Trusted: trusted}.Add(begun)
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, fmt.Sprint("feed", id), sangkien.Chat{}, added)
	}
	items := []sangkien.FeedItem{{GUID: "b", Title: "Tin mới", Text: "…", Published: begun}, {GUID: "a", Title: "Tin trước", Published: begun.Add(-time.Hour)},
		{GUID: "old", Title: "Tin năm ngoái", Published: begun.AddDate(-1, 0, 0)}, {GUID: "", Title: "Không tên"}}
	fetch := func(_ context.Context, f sangkien.Feed) ([]sangkien.FeedItem, string, string, bool, error) {
		if f.ID == 82 {
			return nil, "", "", false, errors.New("HTTP 500")
		}
		return items, "etag", "", false, nil
	}
	ask := func(n int) ([]sangkien.Line, [][]sangkien.Button) {
		return []sangkien.Line{sangkien.Say(fmt.Sprint("wait ", n))}, nil
	}
	task := scheduler.ReadFeeds(s, fetch, nextID, ask)
	for minute := range 3 {
		for range 2 { // two replicas
			if err := task.Do(t.Context(), begun.Add(time.Duration(minute)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
	}
	waiting, err := s.WaitingNews(t.Context())
	if err != nil || len(waiting) != 2 || waiting[0].Feed != 80 {
		t.Errorf("waiting %+v, %v", waiting, err)
	}
	read, err := s.News(t.Context(), sangkien.Scope{All: true}, begun.Add(time.Hour), 0, 10)
	if err != nil || len(read) != 2 {
		t.Errorf("published %+v, %v", read, err)
	}
	sent, err := s.BroadcastsIn(t.Context(), sangkien.BroadcastDue)
	if err != nil || len(sent) != 1 || sent[0].Title.VI != "Tin mới" || sent[0].Sender != "Báo tỉnh" {
		t.Errorf("sent %+v, %v", sent, err)
	}
	if got := said(t, s, begun); len(got) != 1 || got[0] != "2:wait 2" {
		t.Errorf("editors were told %v", got)
	}
	feeds, err := s.Feeds(t.Context())
	if err != nil || len(feeds) != 3 || feeds[2].Error != "HTTP 500" || feeds[0].ETag != "etag" || feeds[0].Error != "" {
		t.Errorf("feeds %+v, %v", feeds, err)
	}
}
