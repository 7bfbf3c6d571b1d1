package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
)

// faulty fails the nth statement of one change, in the database itself: also in the middle of a batch.
type faulty struct {
	link
	tx      *tx
	owner   *work
	nth     int
	instead string // fails when it is run
	hit     bool
}

func (f *faulty) pick(query string, args []any) (string, []any) {
	if f.tx.owner == f.owner {
		if f.nth--; f.nth == 0 {
			f.hit = true
			return f.instead, nil
		}
	}
	return query, args
}

func (f *faulty) exec(ctx context.Context, query string, args []any) (int64, error) {
	query, args = f.pick(query, args)
	return f.link.exec(ctx, query, args)
}

func (f *faulty) query(ctx context.Context, query string, args []any) (cursor, error) {
	query, args = f.pick(query, args)
	return f.link.query(ctx, query, args)
}

func (f *faulty) later(ctx context.Context, s statement) error {
	s.query, s.args = f.pick(s.query, s.args)
	return f.link.later(ctx, s)
}

// beginnerOf opens transactions as a writer of the store does.
func beginnerOf(t *testing.T, s *Store) beginner {
	t.Helper()
	if !s.Exclusive() {
		return s.onPooled
	}
	s.write.SetMaxOpenConns(2) // beside its writer, which stands idle
	conn, err := s.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	begin, forget := onLite(conn, s.dialect)
	t.Cleanup(func() { forget(); _ = conn.Close() })
	return begin
}

// writes is a change that writes a commit; with a query that fails in the place of its nth statement.
func writes(c sangkien.Commit, nth int, failing string) (w *work, hit func() bool) {
	var f *faulty
	w = committing(c, &sangkien.Facts{})
	w.ctx, w.done = context.Background(), make(chan error, 1)
	note := w.note
	w.note = func(ctx context.Context, tx *tx) error {
		f = &faulty{link: tx.link, tx: tx, owner: w, nth: nth, instead: failing}
		if nth > 0 {
			tx.link = f
		}
		return note(ctx, tx)
	}
	return w, func() bool { return f.hit }
}

// contents counts the rows of every table, and what is counted in rows.
func contents(t *testing.T, s *Store) (all []int64) {
	t.Helper()
	names, err := column[string](t.Context(), s.read, s.dialect.catalogue.tables)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	queries := []string{"select coalesce(max(seq), 0) from audit_head", "select coalesce(sum(last), 0) from numbers", "select coalesce(sum(revision), 0) from chats",
		"select count(*) from ideas where state = 'draft'", "select coalesce(sum(length(consents)), 0) from members"}
	for _, n := range names {
		if !strings.HasPrefix(n, "idea_words") {
			queries = append(queries, "select count(*) from "+quoted(n))
		}
	}
	for _, q := range queries {
		n, err := column[int64](t.Context(), s.read, "select cast(("+q+") as bigint)")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n[0])
	}
	return all
}

// journey is a commit of nearly all that one update may do, by the nth person.
func journey(n int64) sangkien.Commit {
	to := sangkien.Address{Channel: "test", Bot: "b", Chat: fmt.Sprint("j", n)}
	moved := submit(1000 + n)
	moved.Actor = 100 + n
	return sangkien.Commit{Key: fmt.Sprint("journey", n), At: now, Chat: sangkien.Chat{Address: to, Person: fmt.Sprint(n)}, Effects: []sangkien.Effect{
		sangkien.MemberJoined{Member: 100 + n, Channel: "test", External: fmt.Sprint("j", n), Language: sangkien.Vietnamese, At: now},
		sangkien.ConsentAnswered{Member: 100 + n, Consent: sangkien.Consent{Purpose: sangkien.PurposeProcess, Granted: true, At: now}},
		sangkien.IdeaBegun{Idea: 1000 + n, Campaign: 5, FormVersion: 1, Author: 100 + n, At: now},
		sangkien.AnswerGiven{Idea: 1000 + n, Question: "title", Answer: sangkien.Answer{Value: "Máy tách hạt"}, At: now},
		moved,
	}, Replies: []sangkien.Reply{{To: to, Idea: 1000 + n, Lines: []sangkien.Line{sangkien.Say("submitted")}}}}
}

// TestFailureAtEveryStatement: a change fails at its first, second … last statement, refused by the database or with the
// connection dying, amid others. The others are written whole, of it nothing is; without a failure all of it is.
func TestFailureAtEveryStatement(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		begin := beginnerOf(t, s)
		failing := []string{"select abs(-9223372036854775807 - 1)"}
		if !s.Exclusive() {
			failing = []string{"select 1 / 0", "select pg_terminate_backend(pg_backend_pid())"}
		}
		person := int64(3)
		must(t, s, journey(1)) // what is there only once is there
		before := contents(t, s)
		w, _ := writes(journey(2), 0, "")
		writeGroup(begin, []*work{w})
		one := contents(t, s) // what one person leaves
		for i := range one {
			one[i] -= before[i]
		}
		if err := <-w.done; err != nil {
			t.Fatal(err)
		}
		for _, query := range failing {
			failed := 0
			for nth := 1; ; nth++ {
				person += 3
				before := contents(t, s)
				a, _ := writes(journey(person), 0, "")
				x, hit := writes(journey(person+1), nth, query)
				b, _ := writes(journey(person+2), 0, "")
				writeGroup(begin, []*work{a, x, b})
				if err := errors.Join(<-a.done, <-b.done); err != nil {
					t.Fatalf("statement %d of another failed: %v", nth, err)
				}
				err := <-x.done
				if !hit() {
					if err != nil {
						t.Fatalf("a change without a failure: %v", err)
					}
					break
				}
				failed++
				if err == nil {
					t.Fatalf("statement %d failed unheard", nth)
				}
				for i, n := range contents(t, s) {
					if n != before[i]+2*one[i] {
						t.Fatalf("statement %d failed (%v): of three people, two of whom were written, column %d is %d, was %d, one leaves %d", nth, err, i, n, before[i], one[i])
					}
				}
			}
			if failed < 15 {
				t.Errorf("only %d statements were made to fail", failed)
			}
		}
		if _, err := s.VerifyAudit(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestGroupWithTroubles: a key that comes twice in a group, a conflict and a panic in its midst.
func TestGroupWithTroubles(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *Store) {
		world(t, s)
		begin := beginnerOf(t, s)
		late := sangkien.Commit{Key: "late", At: now, Chat: sangkien.Chat{Address: chat, Member: sangkien.Member{ID: 1}, Revision: 7}}
		var group []*work
		for _, c := range []sangkien.Commit{journey(1), late, journey(1), journey(2), journey(1)} {
			w, _ := writes(c, 0, "")
			group = append(group, w)
		}
		bad := &work{done: make(chan error, 1), ctx: t.Context(), run: func(ctx context.Context, tx *tx) error {
			if err := exec(ctx, tx, `insert into updates(key, at) values ('panic', 1)`); err != nil {
				return err
			}
			panic("a defect")
		}}
		writeGroup(begin, append(slices.Clone(group), bad))
		if err := <-bad.done; err == nil || !strings.Contains(err.Error(), "a defect") {
			t.Errorf("a panic: %v", err)
		}
		if err := <-group[1].done; sangkien.CodeOf(err) != sangkien.ECONFLICT {
			t.Errorf("a conflict: %v", err)
		}
		for _, n := range []int{0, 2, 3, 4} {
			if err := <-group[n].done; err != nil && !errors.Is(err, errDuplicate) {
				t.Errorf("change %d: %v", n, err)
			}
		}
		keys, err := column[string](t.Context(), s.read, `select key from updates order by key`)
		if err != nil || strings.Join(keys, " ") != "journey1 journey2 world" {
			t.Errorf("committed are %v, %v", keys, err)
		}
		ideas, err := column[int64](t.Context(), s.read, `select id from ideas where code is not null order by id`)
		if err != nil || fmt.Sprint(ideas) != "[1001 1002]" {
			t.Errorf("submitted are %v, %v", ideas, err)
		}
	})
}

// travelled counts the ways to the server and back of a transaction, as the pipe makes them.
type travelled struct {
	*pipe
	ways *int
}

func (c travelled) exec(ctx context.Context, query string, args []any) (int64, error) {
	*c.ways++
	return c.pipe.exec(ctx, query, args)
}

func (c travelled) query(ctx context.Context, query string, args []any) (cursor, error) {
	*c.ways++
	return c.pipe.query(ctx, query, args)
}

func (c travelled) settle(ctx context.Context) error {
	*c.ways++
	return c.pipe.settle(ctx)
}

func (c travelled) commit(ctx context.Context) error {
	*c.ways++
	return c.pipe.commit(ctx)
}

// TestSubmissionsGoTogether: the ideas that are submitted in one transaction cost a few ways to PostgreSQL and back, however
// many they are. While they are written nobody else submits.
func TestSubmissionsGoTogether(t *testing.T) {
	t.Parallel()
	s := onPostgres(t)
	world(t, s)
	person := int64(0)
	ways := func(submissions int) (n int) {
		group := make([]*work, submissions)
		for i := range group {
			person++
			group[i], _ = writes(journey(person), 0, "")
		}
		_, err := together(func(ctx context.Context, do func(*tx) error) error {
			return s.onPooled(ctx, func(t *tx) error {
				t.link = travelled{t.link.(*pipe), &n} //nolint:forcetypeassert // onPooled makes no other
				return do(t)
			})
		}, group)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	ways(2) // what is there only once is there
	if got := ways(20); got > 5 {
		t.Errorf("20 submissions took %d ways there and back", got)
	}
	if lines, err := s.VerifyAudit(t.Context()); err != nil || lines != 22 {
		t.Errorf("%d lines, %v", lines, err)
	}
}
