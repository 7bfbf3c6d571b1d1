package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/handlers"
)

// TestNothingThatIsTypedBreaksAnything says awkward things at every step of the way; each gets an answer and
// the conversation goes on.
func TestNothingThatIsTypedBreaksAnything(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	awkward := []string{strings.Repeat("à", 10_000), "\u202eđảo\u202c", "\u200b\u200b", "👨‍👩‍👧‍👦", norm.NFD.String("Định Hoá"), "\x00\xff", "/", "//", "/gui@x y", "'; drop table ideas; --",
		"{Code} *", "SK-2026-00099", "moi-" + strings.Repeat("a", 26), "/start moi-" + strings.Repeat("a", 26), "/start c-none", "-1", "0", "99999999999999999999"}
	way := []string{"gui", "[Đồng ý]", "[Đồng ý]", "[Đồng ý]", "Hà Thị Ôn", "ba be", "1", "Một cái tên", "khó", "xong", "làm", "xong", "lợi", "xong", "1", "toi", "bo qua", "bo qua"}
	for _, step := range way {
		for _, text := range awkward {
			if step != "gui" && (strings.HasPrefix(text, "/start") || strings.HasPrefix(text, "moi-")) {
				continue // these lead out of the form, on purpose
			}
			if strings.Contains("Hà Thị Ôn ba be Một cái tên khó làm lợi toi", step) && step != "1" && text != "\u200b\u200b" {
				continue // here any text is an answer
			}
			if said := s.do(text); said == "" {
				t.Errorf("before %q nobody answered %.20q", step, text)
			}
		}
		if said := s.do(step); said == "" {
			t.Errorf("nobody answered %q", step)
		}
	}
	if said := s.do("co"); !strings.Contains(said, "SK-2026-00001") {
		t.Errorf("in the end: %s", said)
	}
}

// TestThirtyMessagesInOneSecond: a long answer in thirty pieces is one answer, whole and in order.
func TestThirtyMessagesInOneSecond(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, step := range []string{"gui", "[Đồng ý]", "[Đồng ý]", "[Đồng ý]", "Hà Thị Ôn", "ba be", "1", "Một cái tên"} {
		s.do(step)
	}
	var want []string
	for n := range 30 {
		text := fmt.Sprint("đoạn ", n)
		want = append(want, text)
		u := sangkien.Update{Key: fmt.Sprint("burst", n), At: s.now, Address: sangkien.Address{Channel: "test", Bot: "b", Chat: "1"},
			From: sangkien.Sender{ID: "1"}, Kind: sangkien.UpdateText, Text: text, MessageID: text}
		if err := s.d.Handle(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	if said := s.replies(); strings.Count(said, "<") != 1 || !strings.Contains(said, "Đã ghi lại") {
		t.Errorf("30 messages got: %s", said)
	}
	s.do("xong")
	ideas, err := s.store.IdeasOf(t.Context(), s.member())
	if err != nil || ideas[0].Answers["problem"].Value != strings.Join(want, "\n") {
		t.Errorf("%+v, %v", ideas, err)
	}
}

func (s *scene) member() int64 {
	c, err := s.store.Chat(s.t.Context(), sangkien.Address{Channel: "test", Bot: "b", Chat: s.user}, sangkien.Sender{ID: s.user})
	if err != nil {
		s.t.Fatal(err)
	}
	return c.Member.ID
}

// brokenStore fails where a test wants it to.
type brokenStore struct {
	handlers.Store
	fail func() error
	away bool
}

func (b brokenStore) Ping(ctx context.Context) error {
	if b.away {
		return errors.New("no answer")
	}
	return b.Store.Ping(ctx)
}

func (b brokenStore) IdeasOf(ctx context.Context, member int64) ([]sangkien.Idea, error) {
	if err := b.fail(); err != nil {
		return nil, err
	}
	return b.Store.IdeasOf(ctx, member)
}

// TestOneBadUpdateDoesNotStopTheOthers: a defect, or a failure that never ends, puts the update aside, and the
// member hears a reference; a store that is down is tried again.
func TestOneBadUpdateDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail  func() error
		tries int
	}{
		"a defect":        {func() error { panic("a defect") }, 1},
		"a lasting error": {func() error { return errors.New("constraint failed") }, 5},
	} {
		s := newScene(t)
		s.d.Store = brokenStore{Store: s.store, fail: c.fail}
		u := sangkien.Update{Key: "bad", Address: sangkien.Address{Channel: "test", Bot: "b", Chat: "1"}, From: sangkien.Sender{ID: "1"}, Kind: sangkien.UpdateText, Text: "/start"}
		u2 := u
		u2.Key, u2.Text = "first", "/trogiup"
		if err := s.d.Handle(t.Context(), u2); err != nil { // makes the member, so that /start lists drafts
			t.Fatal(err)
		}
		s.replies()
		tries := 1
		for s.d.Handle(t.Context(), u) != nil {
			tries++
		}
		counts, err := s.store.Counts(t.Context())
		if said := s.replies(); tries != c.tries || err != nil || counts.Quarantined != 1 || !strings.Contains(said, handlers.Reference("bad")) {
			t.Errorf("%s: after %d tries %+v, %v: %s", name, tries, counts, err, said)
		}
	}
}

// TestAnOutageCountsAgainstNoUpdate: however often an update failed while the store was away, it is not put aside when the
// store is back and fails once more.
func TestAnOutageCountsAgainstNoUpdate(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.do("/trogiup") // makes the member, so that /start lists drafts
	broken := brokenStore{Store: s.store, fail: func() error { return errors.New("connection reset") }, away: true}
	u := sangkien.Update{Key: "early", Address: sangkien.Address{Channel: "test", Bot: "b", Chat: s.user}, From: sangkien.Sender{ID: s.user}, Kind: sangkien.UpdateText, Text: "/start"}
	for try := range 20 {
		broken.away = try < 19
		s.d.Store = broken
		if err := s.d.Handle(t.Context(), u); err == nil {
			t.Fatal("handled, or put aside, at try ", try+1)
		}
	}
	s.d.Store = s.store
	if err := s.d.Handle(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if counts, err := s.store.Counts(t.Context()); err != nil || counts.Quarantined != 0 {
		t.Errorf("%+v, %v", counts, err)
	}
}
