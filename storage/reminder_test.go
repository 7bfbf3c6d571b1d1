package storage

import (
	"fmt"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/scheduler"
)

// TestReminderFiresOnce lets four replicas run the tasks at the same minutes on one database: each occasion has one
// broadcast, also after its deadline was moved, and a draft is brought to mind once.
func TestReminderFiresOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		closes := time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC)
		c := sangkien.Campaign{ID: 5, Slug: "dkst", Prefix: "SK", Opens: closes.AddDate(0, -3, 0), Closes: closes, Form: sangkien.Form{Version: 1, Questions: []sangkien.Question{
			{Key: "title", Kind: sangkien.KindShort, Text: sangkien.Text{VI: "?"}, Name: sangkien.Text{VI: "Tên"}}}}}
		saved, err := c.Save()
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "rules", Effects: []sangkien.Effect{saved, sangkien.UnitSaved{Unit: sangkien.Unit{ID: 19, Kind: "province", Name: "Tỉnh"}},
			rule(t, 1, sangkien.Timing{Step: sangkien.StepCloses, Days: 3, Clock: "08:00"}), rule(t, 2, sangkien.Timing{Event: sangkien.EventDraftLeft}),
			sangkien.AnswerGiven{Idea: 10, Question: "title", Answer: sangkien.Answer{Value: "Nhà lưới"}, At: closes.AddDate(0, 0, -4)}}})
		var mu sync.Mutex
		ids := int64(1000)
		newID := func() int64 { mu.Lock(); defer mu.Unlock(); ids++; return ids }
		tick := func(at time.Time, want int) {
			t.Helper()
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for _, task := range []scheduler.Task{scheduler.Remind(s, newID), scheduler.RemindAuthors(s, newID)} {
						if err := task.Do(t.Context(), at); err != nil {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			if got, err := s.Broadcasts(t.Context(), 0, 100); err != nil || len(got) != want {
				t.Errorf("%v: %d broadcasts, want %d, %v", at, len(got), want, err)
			}
		}
		due := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
		tick(due.Add(-time.Minute), 0)
		tick(due, 1)
		tick(due.Add(time.Minute), 1)
		tick(due.Add(10*time.Hour), 2) // the draft of 26 November, 17:00
		tick(due.Add(-9*time.Hour), 2) // the clock is set back
		admin := sangkien.Viewer{Member: sangkien.Member{ID: 9, Roles: []sangkien.Grant{{Role: sangkien.RoleAdmin}}}}
		moved, err := admin.Redate(c, sangkien.Step{Key: sangkien.StepCloses, At: closes.AddDate(0, 0, 10)}, 0, due.Add(11*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, sangkien.Commit{Key: "move", Effects: []sangkien.Effect{moved}})
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "move again", At: now, Effects: []sangkien.Effect{moved}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("the dates were moved from where they no longer are: %v", err)
		}
		tick(due.Add(12*time.Hour), 2)
		tick(due.AddDate(0, 0, 10), 3)
	})
}

func rule(t *testing.T, id int64, timing sangkien.Timing) sangkien.Effect {
	t.Helper()
	saved, err := sangkien.Reminder{ID: id, Campaign: 5, Timing: timing, Text: sangkien.Text{VI: fmt.Sprint("Nhắc ", id)}, Topic: sangkien.TopicReminders,
		Purpose: sangkien.PurposeNews, Grace: 720}.Save(now)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}
