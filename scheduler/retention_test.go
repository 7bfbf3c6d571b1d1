package scheduler_test

import (
	"path/filepath"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/scheduler"
	"github.com/sangkien/sangkien/storage"
)

var begun = time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)

// archive is a database with a member who has a draft (10) and a decided idea (11), and an administrator (2).
func archive(t *testing.T) *storage.Store {
	t.Helper()
	s, err := storage.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	form := sangkien.Form{Version: 1, Questions: []sangkien.Question{
		{Key: "title", Kind: sangkien.KindShort, Text: sangkien.Text{VI: "?"}, Name: sangkien.Text{VI: "Tên"}},
		{Key: "authors", Kind: sangkien.KindPeople, Text: sangkien.Text{VI: "?"}, Name: sangkien.Text{VI: "Tác giả"}}}}
	for id := int64(1); id <= 2; id++ {
		a := sangkien.Address{Channel: "test", Bot: "b", Chat: string(rune('0' + id))}
		put(t, s, "join"+a.Chat, sangkien.Chat{Address: a, Member: sangkien.Member{ID: id}}, sangkien.MemberJoined{Member: id, Channel: "test", External: a.Chat, Language: "vi", At: begun})
	}
	put(t, s, "all", sangkien.Chat{}, sangkien.CampaignSaved{Campaign: sangkien.Campaign{ID: 5, Slug: "c", Prefix: "SK", Form: form}},
		sangkien.Issue("t", sangkien.Grant{Role: sangkien.RoleAdmin}, begun), sangkien.Member{ID: 2}.Accept("t", begun),
		sangkien.IdeaBegun{Idea: 10, Campaign: 5, FormVersion: 1, Author: 1, At: begun},
		sangkien.AnswerGiven{Idea: 10, Question: "title", Answer: sangkien.Answer{Value: "Nhà lưới"}, At: begun},
		sangkien.IdeaBegun{Idea: 11, Campaign: 5, FormVersion: 1, Author: 1, At: begun},
		sangkien.AnswerGiven{Idea: 11, Question: "authors", Answer: sangkien.Answer{Value: "tên người"}, At: begun},
		sangkien.IdeaMoved{Idea: 11, From: sangkien.Draft, To: sangkien.Submitted, Actor: 1, At: begun},
		sangkien.IdeaMoved{Idea: 11, From: sangkien.Submitted, To: sangkien.Recognised, Actor: 2, At: begun})
	return s
}

func put(t *testing.T, s *storage.Store, key string, chat sangkien.Chat, effects ...sangkien.Effect) {
	t.Helper()
	if _, err := s.Commit(t.Context(), sangkien.Commit{Key: key, At: begun, Chat: chat, Effects: effects}); err != nil {
		t.Fatal(err)
	}
}

// said claims what was said by now, as "chat:key".
func said(t *testing.T, s *storage.Store, now time.Time) []string {
	t.Helper()
	got, err := s.Claim(t.Context(), "me", []string{"test"}, 100, now.Add(12*time.Hour), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range got {
		all = append(all, d.Reply.To.Chat+":"+d.Reply.Lines[0].Key)
		if _, err := s.Finish(t.Context(), "me", []sangkien.DeliveryResult{{ID: d.ID, State: sangkien.DeliverySent}}); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestRetain runs the task every day for six years: the author of a draft is warned once, a month later the draft
// is gone, and after five years the decided idea has lost its author and nothing else.
func TestRetain(t *testing.T) {
	t.Parallel()
	s := archive(t)
	task := scheduler.Retain(s, sangkien.DefaultRetention())
	warned, gone, nameless := -1, -1, -1
	for day := range 6 * 365 {
		now := begun.AddDate(0, 0, day)
		if day > 400 && day < 5*365-10 {
			continue
		}
		if err := task.Do(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		for _, what := range said(t, s, now) {
			if what != "1:data.draft_warning" || warned >= 0 {
				t.Errorf("day %d: %s", day, what)
			}
			warned = day
		}
		if _, err := s.Idea(t.Context(), 10); sangkien.CodeOf(err) == sangkien.ENOTFOUND && gone < 0 {
			gone = day
		}
		if i, err := s.Idea(t.Context(), 11); err != nil {
			t.Fatal(err)
		} else if i.Answers["authors"].Skipped && nameless < 0 {
			nameless = day
		}
	}
	if warned < 335 || warned > 337 || gone < 365 || gone > 367 || nameless < 5*365 || nameless > 5*365+2 {
		t.Errorf("warned on day %d, gone on day %d, nameless on day %d", warned, gone, nameless)
	}
}

// TestRemindRequests: administrators hear of what is nearly due and theirs to see to, once a day, and nobody else does.
func TestRemindRequests(t *testing.T) {
	t.Parallel()
	s := archive(t)
	put(t, s, "ask", sangkien.Chat{}, sangkien.Member{ID: 1}.Request(60, sangkien.RightCorrect, "sửa", false, begun))
	elsewhere := sangkien.Chat{Address: sangkien.Address{Channel: "test", Bot: "b", Chat: "3"}, Member: sangkien.Member{ID: 3}}
	put(t, s, "elsewhere", elsewhere, sangkien.MemberJoined{Member: 3, Channel: "test", External: "3", Language: "vi", At: begun},
		sangkien.Issue("u", sangkien.Grant{Role: sangkien.RoleAdmin, Unit: 1906}, begun), sangkien.Member{ID: 3}.Accept("u", begun))
	task := scheduler.RemindRequests(s)
	for day, want := range map[int]int{7: 0, 9: 1, 12: 1} {
		now := begun.AddDate(0, 0, day)
		for range 2 { // two replicas
			if err := task.Do(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		if got := said(t, s, now); len(got) != want || want == 1 && got[0] != "2:data.reminder" {
			t.Errorf("day %d: %v", day, got)
		}
	}
}
