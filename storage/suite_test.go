package storage

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
)

var now = time.UnixMilli(1_790_000_000_000).UTC()

var chat = sangkien.Address{Channel: "test", Bot: "b", Chat: "1"}

// onEach runs a test on every database.
func onEach(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Helper()
	addresses := map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "s.db") },
		"postgres": testkit.Postgres,
	}
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(t.Context(), address(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			s.callersClock = true
			test(t, s)
		})
	}
}

func must(t *testing.T, s *Store, c sangkien.Commit) sangkien.Facts {
	t.Helper()
	c.At = now
	facts, err := s.Commit(t.Context(), c)
	if err != nil {
		t.Fatalf("commit %s: %v", c.Key, err)
	}
	return facts
}

// world has a campaign, a member (1) with a draft (10) and a chat at revision 1.
func world(t *testing.T, s *Store) {
	t.Helper()
	q := sangkien.Question{Key: "title", Kind: sangkien.KindShort, Text: sangkien.Text{VI: "?"}, Name: sangkien.Text{VI: "Tên"}}
	must(t, s, sangkien.Commit{Key: "world", Chat: sangkien.Chat{Address: chat, Member: sangkien.Member{ID: 1}}, Effects: []sangkien.Effect{
		sangkien.CampaignSaved{Campaign: sangkien.Campaign{ID: 5, Slug: "dkst", Prefix: "SK", Form: sangkien.Form{Version: 1, Questions: []sangkien.Question{q}}}},
		sangkien.MemberJoined{Member: 1, Channel: "test", External: "u1", Language: sangkien.Vietnamese, At: now},
		sangkien.MemberPlaced{Member: 1, Unit: 19, Text: "Xã Văn Lang"},
		sangkien.IdeaBegun{Idea: 10, Campaign: 5, FormVersion: 1, Author: 1, At: now},
	}})
}

func submit(idea int64) sangkien.IdeaMoved {
	return sangkien.IdeaMoved{Idea: idea, From: sangkien.Draft, To: sangkien.Submitted, Actor: 1, At: now}
}

func TestCommitOncePerKey(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		c := sangkien.Commit{Key: "u1", Chat: sangkien.Chat{Address: chat, Member: sangkien.Member{ID: 1}, Revision: 1}, Effects: []sangkien.Effect{submit(10)},
			Replies: []sangkien.Reply{{To: chat, Idea: 10, Lines: []sangkien.Line{sangkien.Say("submitted")}}}, At: now}
		var wg sync.WaitGroup
		results := make([]sangkien.Facts, 5)
		for i := range results {
			wg.Go(func() {
				var err error
				if results[i], err = s.Commit(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		effective := 0
		for _, f := range results {
			if !f.Duplicate {
				effective++
				if f.Codes[10] != "SK-2026-00001" {
					t.Errorf("code %q", f.Codes[10])
				}
			}
		}
		if effective != 1 {
			t.Errorf("%d of 5 concurrent deliveries took effect", effective)
		}
		got, err := s.Claim(t.Context(), "me", []string{"test"}, 10, now, time.Minute)
		if err != nil || len(got) != 1 || got[0].Reply.Lines[0].Args[0] != sangkien.With("code", "SK-2026-00001") {
			t.Errorf("claimed %+v, %v", got, err)
		}
		idea, err := s.Idea(t.Context(), 10)
		if err != nil || idea.State != sangkien.Submitted || idea.UnitText != "Xã Văn Lang" || idea.Unit != 19 {
			t.Errorf("idea %+v, %v", idea, err)
		}
	})
}

func TestCommitConflictLeavesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		good := sangkien.Chat{Address: chat, Member: sangkien.Member{ID: 1}, Revision: 1}
		late := good
		late.Revision = 0
		answer := sangkien.AnswerGiven{Idea: 10, Question: "title", Answer: sangkien.Answer{Value: "x"}, At: now}
		conflicts := map[string]sangkien.Commit{
			"stale chat":        {Chat: late, Effects: []sangkien.Effect{answer}},
			"idea moved":        {Chat: good, Effects: []sangkien.Effect{answer, submit(99)}},
			"answer to no idea": {Chat: good, Effects: []sangkien.Effect{sangkien.AnswerGiven{Idea: 99, Question: "title", At: now}}},
			"foreign draft":     {Chat: good, Effects: []sangkien.Effect{answer, sangkien.DraftDeleted{Idea: 10, Author: 2}}},
			"no invitation":     {Chat: good, Effects: []sangkien.Effect{answer, sangkien.InvitationUsed{Hash: "x", Member: 1, At: now}}},
		}
		for name, c := range conflicts {
			c.Key, c.At = name, now
			if _, err := s.Commit(t.Context(), c); sangkien.CodeOf(err) != sangkien.ECONFLICT {
				t.Errorf("%s: %v, want ECONFLICT", name, err)
			}
		}
		idea, err := s.Idea(t.Context(), 10)
		if err != nil || len(idea.Answers) != 0 {
			t.Errorf("a refused commit left %+v, %v", idea.Answers, err)
		}
		must(t, s, sangkien.Commit{Key: "stale chat", Chat: good, Effects: []sangkien.Effect{answer}}) // the key is free again
	})
}

// TestOneBadChangeTakesNothingFromTheOthers: changes that are ready together share a transaction, until one
// of them fails. Codes stay gapless, and each reply has the code that was kept.
func TestOneBadChangeTakesNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		const n = 40
		var wg sync.WaitGroup
		for i := range n {
			idea := int64(100 + i)
			must(t, s, sangkien.Commit{Key: fmt.Sprint("begin", i), Effects: []sangkien.Effect{sangkien.IdeaBegun{Idea: idea, Campaign: 5, FormVersion: 1, Author: 1, At: now}}})
			wg.Go(func() {
				to := sangkien.Address{Channel: "test", Chat: fmt.Sprint(i)}
				facts, err := s.Commit(t.Context(), sangkien.Commit{Key: fmt.Sprint("submit", i), At: now, Effects: []sangkien.Effect{submit(idea)},
					Replies: []sangkien.Reply{{To: to, Idea: idea, Lines: []sangkien.Line{sangkien.Say("submitted")}}}})
				if err != nil || facts.Codes[idea] == "" {
					t.Errorf("idea %d: %+v, %v", idea, facts, err)
				}
			})
			wg.Go(func() {
				if _, err := s.Commit(t.Context(), sangkien.Commit{Key: fmt.Sprint("bad", i), At: now, Effects: []sangkien.Effect{submit(9999)}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
					t.Errorf("a change of no idea: %v", err)
				}
			})
		}
		wg.Wait()
		got, err := s.Claim(t.Context(), "me", []string{"test"}, 2*n, now, time.Minute)
		if err != nil || len(got) != n {
			t.Fatalf("%d replies, %v", len(got), err)
		}
		codes := map[string]bool{}
		for _, d := range got {
			idea, err := s.Idea(t.Context(), d.Reply.Idea)
			if err != nil || len(d.Reply.Lines[0].Args) != 1 || d.Reply.Lines[0].Args[0].Text != idea.Code {
				t.Errorf("told %+v, kept %s, %v", d.Reply.Lines[0].Args, idea.Code, err)
			}
			codes[idea.Code] = true
		}
		for i := range n {
			if code := fmt.Sprintf("SK-2026-%05d", i+1); !codes[code] {
				t.Errorf("a gap at %s", code)
			}
		}
	})
}

func TestInvitationIsUsedOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		inv := sangkien.Invitation{Hash: "h", Grant: sangkien.Grant{Role: sangkien.RoleAdmin}, Expires: now.Add(time.Hour)}
		must(t, s, sangkien.Commit{Key: "i", Effects: []sangkien.Effect{sangkien.InvitationIssued{Invitation: inv}}})
		must(t, s, sangkien.Commit{Key: "j", Effects: []sangkien.Effect{sangkien.InvitationUsed{Hash: "h", Member: 1, At: now}}})
		c, err := s.Chat(t.Context(), chat, sangkien.Sender{ID: "u1"})
		if err != nil || !c.Member.Has(sangkien.RoleAdmin) || c.Revision != 1 {
			t.Errorf("chat %+v, %v", c, err)
		}
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: "k", At: now, Effects: []sangkien.Effect{sangkien.InvitationUsed{Hash: "h", Member: 1, At: now}}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("second use: %v", err)
		}
	})
}

func TestOutboxKeepsTheOrderOfAChat(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		other := sangkien.Address{Channel: "test", Chat: "2"}
		say := func(to sangkien.Address, key string, class sangkien.ReplyClass, replaces string) sangkien.Reply {
			return sangkien.Reply{To: to, Class: class, Replaces: replaces, Lines: []sangkien.Line{sangkien.Say(key)}}
		}
		must(t, s, sangkien.Commit{Key: "o", Replies: []sangkien.Reply{
			say(other, "bulk", sangkien.ClassBulk, ""), say(chat, "part 1", 0, "album"), say(chat, "parts 1 and 2", 0, "album"), say(chat, "second", 0, ""),
		}})
		if err := s.Beat(t.Context(), "me", now, 4*time.Second); err != nil {
			t.Fatal(err)
		}
		claim := func(at time.Time) (keys []string, got []sangkien.Delivery) {
			got, err := s.Claim(t.Context(), "me", []string{"test"}, 10, at, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range got {
				keys = append(keys, d.Reply.Lines[0].Key)
			}
			return keys, got
		}
		keys, got := claim(now)
		if len(keys) != 2 || !strings.Contains(strings.Join(keys, ","), "parts 1 and 2") {
			t.Fatalf("claimed %v", keys)
		}
		if keys, _ := claim(now); len(keys) != 0 {
			t.Errorf("claimed twice: %v", keys)
		}
		for _, d := range got {
			done := []sangkien.DeliveryResult{{ID: d.ID, State: sangkien.DeliverySent, MessageID: "m", Parts: 1}}
			again := []sangkien.DeliveryResult{{ID: d.ID, State: sangkien.DeliveryLater, Due: now}}
			for _, r := range [][]sangkien.DeliveryResult{done, again} { // what is sent does not come back
				if _, err := s.Finish(t.Context(), "me", r); err != nil {
					t.Error(err)
				}
			}
		}
		if keys, _ := claim(now); len(keys) != 1 || keys[0] != "second" {
			t.Errorf("then claimed %v", keys)
		}
		if keys, _ := claim(now.Add(2 * time.Minute)); len(keys) != 0 {
			t.Errorf("claimed from a sender that may be alive: %v", keys)
		}
		if err := s.Beat(t.Context(), "other", now.Add(2*time.Minute), 4*time.Second); err != nil {
			t.Fatal(err)
		}
		if keys, again := claim(now.Add(2 * time.Minute)); len(keys) != 1 || again[0].Attempts != 1 {
			t.Errorf("after the lease ran out claimed %+v", again)
		}
	})
}

func TestSessions(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		testkit.ExerciseSessions(t, s.Sessions())
	})
}

// TestEveryEffectIsKnown reads the root package and apply.go: a new effect fails here until apply has its case.
func TestEveryEffectIsKnown(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("apply.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	var decls []ast.Decl
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		decls = append(decls, f.Decls...)
	}
	n := 0
	for _, d := range decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name != "effect" {
			continue
		}
		n++
		name := fn.Recv.List[0].Type.(*ast.Ident).Name
		if !strings.Contains(string(source), "case sangkien."+name+":") {
			t.Errorf("storage.apply has no case for %s", name)
		}
	}
	if n < 10 {
		t.Errorf("found only %d effects: is the test still reading the right file?", n)
	}
}

// onPostgres opens a store on a PostgreSQL of its own, whose clock it goes by.
func onPostgres(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), testkit.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
