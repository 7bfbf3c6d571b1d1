package storage

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sangkien "github.com/sangkien/sangkien"
)

var organiser = sangkien.Viewer{Member: sangkien.Member{ID: 99, Roles: []sangkien.Grant{{Role: sangkien.RoleOrganiser}}}}

// step commits one change of an idea as the organiser decides it.
func step(t *testing.T, s *Store, key string, decide func(sangkien.Idea) (sangkien.Effect, error)) error {
	t.Helper()
	idea, err := s.Idea(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	e, err := decide(idea)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	_, err = s.Commit(t.Context(), sangkien.Commit{Key: key, At: now, Effects: []sangkien.Effect{e}})
	return err
}

func to(state sangkien.State) func(sangkien.Idea) (sangkien.Effect, error) {
	return func(i sangkien.Idea) (sangkien.Effect, error) { return i.Move(state, organiser, "", now) }
}

// appraised is the world with idea 10 under appraisal.
func appraised(t *testing.T, s *Store) {
	t.Helper()
	world(t, s)
	must(t, s, sangkien.Commit{Key: "submit", Effects: []sangkien.Effect{submit(10)}})
	for _, state := range []sangkien.State{sangkien.Received, sangkien.UnderAppraisal} {
		if err := step(t, s, string(state), to(state)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOneDecision: of two that are made at once one stands, and a held one is not passed by.
func TestOneDecision(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		appraised(t, s)
		d := sangkien.Decision{Outcome: sangkien.Recognised, Reason: "mới", Number: "12/QĐ"}
		hold := func(i sangkien.Idea) (sangkien.Effect, error) { return i.Hold(d, organiser, now) }
		decide := func(i sangkien.Idea) (sangkien.Effect, error) { return i.Decide(d, organiser, now) }
		release := func(i sangkien.Idea) (sangkien.Effect, error) { return i.Release(d, organiser, now) }
		if err := step(t, s, "release nothing", release); sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("a decision was released that nobody held: %v", err)
		}
		if err := step(t, s, "hold", hold); err != nil {
			t.Fatal(err)
		}
		for key, f := range map[string]func(sangkien.Idea) (sangkien.Effect, error){"second hold": hold, "decide past it": decide} {
			if err := step(t, s, key, f); sangkien.CodeOf(err) != sangkien.ECONFLICT {
				t.Errorf("%s: %v", key, err)
			}
		}
		held, ok, err := s.Held(t.Context(), 10)
		want := sangkien.Decision{Idea: 10, Outcome: sangkien.Recognised, Reason: "mới", Number: "12/QĐ", Actor: 99, At: now}
		if diff := cmp.Diff(want, held); !ok || err != nil || diff != "" {
			t.Error(ok, err, diff)
		}
		for _, c := range []struct {
			scope sangkien.Scope
			want  int
		}{{sangkien.Scope{All: true}, 1}, {sangkien.Scope{Units: []int64{19, 20}}, 1}, {sangkien.Scope{Units: []int64{20}}, 0}, {sangkien.Scope{}, 0}} {
			if in, err := s.HeldIn(t.Context(), c.scope); err != nil || len(in) != c.want {
				t.Errorf("held in %+v: %v, %v", c.scope, in, err)
			}
		}
		if err := step(t, s, "release", release); err != nil {
			t.Fatal(err)
		}
		if _, ok, _ := s.Held(t.Context(), 10); ok {
			t.Error("the held decision is still there")
		}
		moves, err := s.Moves(t.Context(), 10)
		last := sangkien.Move{From: sangkien.UnderAppraisal, To: sangkien.Recognised, Actor: 99, Reason: "mới", Number: "12/QĐ", At: now}
		if diff := cmp.Diff(last, moves[len(moves)-1]); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

// TestUndoAfterItWasTold: what waits to be told is dropped without a word; what went out is taken back with one.
func TestUndoAfterItWasTold(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		say := func(key string, r sangkien.Reply) {
			r.To, r.Class, r.Lines = chat, sangkien.ClassNotice, []sangkien.Line{sangkien.Say(key)}
			must(t, s, sangkien.Commit{Key: key, Replies: []sangkien.Reply{r}})
		}
		say("recognised", sangkien.Reply{Replaces: "idea:a", After: time.Minute})
		say("a mistake", sangkien.Reply{Retracts: "idea:a"})
		if got, err := s.Claim(t.Context(), "me", []string{"test"}, 9, now.Add(time.Hour), time.Minute); err != nil || len(got) != 0 {
			t.Errorf("told although it was undone in time: %+v, %v", got, err)
		}
		say("not recognised", sangkien.Reply{Replaces: "idea:a"})
		if got, err := s.Claim(t.Context(), "me", []string{"test"}, 9, now, time.Minute); err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		say("a mistake 2", sangkien.Reply{Retracts: "idea:a"})
		if waiting, err := s.Counts(t.Context()); err != nil || waiting.Waiting != 2 {
			t.Errorf("the correction of what is being sent is missing: %+v, %v", waiting, err)
		}
	})
}

// TestGatheredNoticeIsNotPutOff: a steady stream of new ideas does not keep the first notice from going out.
func TestGatheredNoticeIsNotPutOff(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		for n := range 5 {
			at := now.Add(time.Duration(n) * 20 * time.Second)
			c := sangkien.Commit{Key: "n" + string(rune('0'+n)), At: at, Replies: []sangkien.Reply{
				{To: chat, Class: sangkien.ClassNotice, Replaces: "desk", Gather: true, After: time.Minute, Lines: []sangkien.Line{sangkien.Say("n", sangkien.With("n", string(rune('0'+n))))}}}}
			if _, err := s.Commit(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Claim(t.Context(), "me", []string{"test"}, 9, now.Add(time.Minute), time.Minute)
		if err != nil || len(got) != 1 || got[0].Reply.Lines[0].Args[0].Text != "4" {
			t.Errorf("a minute after the first: %+v, %v", got, err)
		}
	})
}

// TestAuditFindsTampering alters the database behind the record's back, in each way that there is.
func TestAuditFindsTampering(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sql, want string }{
		"nothing":       {`select 1`, ""},
		"actor":         {`update audit set actor_id = 5 where seq = 2`, "line 2"},
		"time":          {`update audit set at = at + 1 where seq = 3`, "line 3"},
		"line gone":     {`delete from audit where seq = 2`, "line 2"},
		"end cut off":   {`delete from audit where seq = 3`, "3"},
		"state":         {`update ideas set state = 'recognised' where id = 10`, "idea:10"},
		"state and end": {`delete from audit where seq = 3; update audit_head set seq = 2, hash = (select hash from audit where seq = 2)`, "idea:10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s *Store) {
				appraised(t, s)
				err := s.apart(t.Context(), func(ctx context.Context, tx *tx) error {
					for _, q := range strings.Split(c.sql, ";") {
						if err := exec(ctx, tx, q); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				lines, err := s.VerifyAudit(t.Context())
				if c.want == "" && (err != nil || lines != 3) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("%d lines, %v; want %q", lines, err, c.want)
				}
			})
		})
	}
}

func TestSheetsKeepAnswersAndFiles(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		sheet := sangkien.Sheet{ID: 70, Kind: "letter", Member: 1, Answers: sangkien.Answers{"text": {Value: "kính gửi"}}}
		must(t, s, sangkien.Commit{Key: "begin", Effects: append(sheet.Begin(now),
			sangkien.AttachmentAdded{Attachment: sangkien.NewAttachment(71, 70, "files", sangkien.File{Hash: "h"}, now)})})
		got, err := s.OpenSheet(t.Context(), 1, "letter", 0)
		if err != nil || got.Answers["text"].Value != "kính gửi" || len(got.Attachments) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		must(t, s, sangkien.Commit{Key: "done", Effects: []sangkien.Effect{sheet.Done()}})
		if _, err := s.OpenSheet(t.Context(), 1, "letter", 0); sangkien.CodeOf(err) != sangkien.ENOTFOUND {
			t.Errorf("a closed sheet is open: %v", err)
		}
		late := sangkien.SheetAnswered{Sheet: 70, Question: "text", Answer: sangkien.Answer{Value: "x"}, At: now}
		for key, e := range map[string]sangkien.Effect{"answer": late, "close": sheet.Done(), "drop": sheet.Drop()} {
			if _, err := s.Commit(t.Context(), sangkien.Commit{Key: key, At: now, Effects: []sangkien.Effect{e}}); sangkien.CodeOf(err) != sangkien.ECONFLICT {
				t.Errorf("%s after it was closed: %v", key, err)
			}
		}
		if got, err := s.Sheet(t.Context(), 70); err != nil || !got.Closed || len(got.Answers) != 0 || len(got.Attachments) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		other := sangkien.Sheet{ID: 80, Kind: "letter", Member: 1, Answers: sangkien.Answers{"text": {Value: "bỏ"}}}
		must(t, s, sangkien.Commit{Key: "other", Effects: other.Begin(now)})
		must(t, s, sangkien.Commit{Key: "drop it", Effects: []sangkien.Effect{other.Drop()}})
		var e *sangkien.Error
		if _, err := s.Sheet(t.Context(), 80); !errors.As(err, &e) {
			t.Errorf("a dropped sheet is still there: %v", err)
		}
	})
}
