package storage

import (
	"context"
	"fmt"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
)

const silence = 4 * time.Second // as package bot has it

// TestClocksThatDiffer: three processes on one PostgreSQL whose clocks are an hour apart do not take over from each other,
// and do from one that is dead.
func TestClocksThatDiffer(t *testing.T) {
	t.Parallel()
	address := testkit.Postgres(t)
	s, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	clocks := map[string]time.Duration{"right": 0, "fast": time.Hour, "slow": -time.Hour}
	for name, off := range clocks {
		at := time.Now().Add(off)
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: name, At: at, Replies: []sangkien.Reply{{To: sangkien.Address{Channel: name, Chat: "1"}, Lines: []sangkien.Line{sangkien.Say(name)}}}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Beat(t.Context(), name, at, silence); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Claim(t.Context(), name, []string{name}, 1, at, time.Minute); err != nil || len(got) != 1 {
			t.Fatalf("%s claimed %+v, %v", name, got, err)
		}
	}
	holds := func(name string) int {
		ids, err := s.Leased(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return len(ids)
	}
	for round := range 12 { // of half a second: longer than who is silent is waited for
		for name, off := range clocks {
			if name == "fast" && round >= 2 {
				continue // it died
			}
			if err := s.Beat(t.Context(), name, time.Now().Add(off), silence); err != nil {
				t.Fatal(err)
			}
		}
		if holds("right") != 1 || holds("slow") != 1 || round < 8 && holds("fast") != 1 {
			t.Fatalf("round %d: one that is alive lost what it holds", round)
		}
		time.Sleep(500 * time.Millisecond) // what is tested is the server's clock
	}
	if holds("fast") != 0 {
		t.Error("nobody took over from the dead one")
	}
}

// TestBuried: what a sender that is known to be dead had claimed is taken over with the first sign of life of another, also
// one that has just begun and waits for whom it does not know.
func TestBuried(t *testing.T) {
	t.Parallel()
	s := onPostgres(t)
	now := time.Now()
	for _, name := range []string{"dead", "alive"} {
		if _, err := s.Commit(t.Context(), sangkien.Commit{Key: name, At: now, Replies: []sangkien.Reply{{To: sangkien.Address{Channel: name, Chat: "1"}, Lines: []sangkien.Line{sangkien.Say(name)}}}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Beat(t.Context(), name, now, time.Hour); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Claim(t.Context(), name, []string{name}, 1, now, time.Minute); err != nil || len(got) != 1 {
			t.Fatalf("%s claimed %+v, %v", name, got, err)
		}
	}
	if err := s.Bury(t.Context(), "dead"); err != nil {
		t.Fatal(err)
	}
	if err := s.Beat(t.Context(), "new", now, time.Hour); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"dead": 0, "alive": 1} {
		if ids, err := s.Leased(t.Context(), name); err != nil || len(ids) != want {
			t.Errorf("%s holds %v, %v", name, ids, err)
		}
	}
}

// TestAProcessThatStandsStill: a process that stands still in the midst of a transaction, with the row locked that gives
// ideas their numbers, keeps the others from submitting for a few seconds only. What it did not end is undone: codes have
// no gap. When it goes on it hears that its change failed, and does it anew.
func TestAProcessThatStandsStill(t *testing.T) {
	t.Parallel()
	address := testkit.Postgres(t)
	s, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	still, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = still.Close() })
	world(t, s)
	for i := range int64(3) {
		must(t, s, sangkien.Commit{Key: fmt.Sprint("begin", i), Effects: []sangkien.Effect{sangkien.IdeaBegun{Idea: 100 + i, Campaign: 5, FormVersion: 1, Author: 1, At: now}}})
	}
	submitting := func(idea int64) sangkien.Commit {
		return sangkien.Commit{Key: fmt.Sprint("submit", idea), At: now, Effects: []sangkien.Effect{submit(idea)}}
	}
	holding, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- still.transact(context.Background(), &work{run: func(ctx context.Context, tx *tx) error {
			if _, err := write(ctx, tx, submitting(100)); err != nil {
				return err
			}
			if err := tx.link.settle(ctx); err != nil { // what only waited to be sent would hold nothing
				return err
			}
			select {
			case <-holding:
			default:
				close(holding)
			}
			<-goOn
			return exec(ctx, tx, `select 1`)
		}})
	}()
	<-holding
	begun := time.Now()
	if facts := must(t, s, submitting(101)); facts.Codes[101] != "SK-2026-00001" {
		t.Errorf("the code is %s", facts.Codes[101])
	}
	if took := time.Since(begun); took > 4500*time.Millisecond {
		t.Errorf("the others waited %v", took)
	} else {
		t.Logf("the others waited %v", took)
	}
	close(goOn)
	if err := <-ended; err == nil {
		t.Error("what was undone was confirmed")
	}
	if _, err := still.Commit(t.Context(), submitting(100)); err != nil {
		t.Error(err)
	}
	if facts := must(t, s, submitting(102)); facts.Codes[102] != "SK-2026-00003" {
		t.Errorf("a gap before %s", facts.Codes[102])
	}
}

// TestUnknownEnd: the wire breaks at any moment of many commits and claims. What was confirmed is there, what is not known
// can be asked again, and nothing is there twice.
func TestUnknownEnd(t *testing.T) {
	t.Parallel()
	address := testkit.Postgres(t)
	s, proxy, _ := behind(t, address)
	world(t, s)
	const n = 60
	for i := range int64(n) {
		must(t, s, sangkien.Commit{Key: fmt.Sprint("begin", i), Effects: []sangkien.Effect{sangkien.IdeaBegun{Idea: 100 + i, Campaign: 5, FormVersion: 1, Author: 1, At: now}}})
	}
	unknown := 0
	for i := range int64(n) {
		c := sangkien.Commit{Key: fmt.Sprint("submit", i), At: now, Effects: []sangkien.Effect{submit(100 + i)},
			Replies: []sangkien.Reply{{To: sangkien.Address{Channel: "test", Chat: fmt.Sprint(i)}, Idea: 100 + i, Lines: []sangkien.Line{sangkien.Say("submitted")}}}}
		cut := time.AfterFunc(time.Duration(i)*200*time.Microsecond, proxy.Cut)
		_, err := s.Commit(t.Context(), c)
		cut.Stop()
		for err != nil { // delivered again
			unknown++
			time.Sleep(5 * time.Millisecond)
			_, err = s.Commit(t.Context(), c)
		}
	}
	if unknown == 0 {
		t.Error("no commit was cut: the test tests nothing")
	}
	t.Logf("%d of %d commits failed", unknown, n)
	var ideas, codes, replies int
	if err := s.row(t.Context(), `select count(*), count(distinct code), (select count(*) from outbox) from ideas where code is not null and id >= 100 and cast(right(code, 5) as bigint) <= $1`, n).
		Scan(&ideas, &codes, &replies); err != nil || ideas != n || codes != n || replies != n {
		t.Errorf("%d ideas with %d codes and %d replies, %v", ideas, codes, replies, err)
	}
}

// TestTokenLockOfClocksThatDiffer: a token is held for as long as it was locked for, whatever the clocks of those say who
// want to renew it.
func TestTokenLockOfClocksThatDiffer(t *testing.T) {
	t.Parallel()
	s := onPostgres(t)
	if err := s.SaveToken(t.Context(), sangkien.Token{Name: "x", Version: 1}); err != nil {
		t.Fatal(err)
	}
	lock := func(by string, off, lasts time.Duration) bool {
		t.Helper()
		at := time.Now().Add(off)
		_, ok, err := s.LockToken(t.Context(), "x", by, at, at.Add(lasts))
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !lock("slow", -time.Hour, 2*time.Second) || lock("right", 0, time.Minute) || lock("fast", time.Hour, time.Minute) {
		t.Error("the lock of one whose clock is slow does not hold")
	}
	if err := s.TryToken(t.Context(), "x", "slow", time.Now().Add(-time.Hour)); err != nil {
		t.Error(err)
	}
	time.Sleep(2100 * time.Millisecond) // the server's clock cannot be moved
	if err := s.TryToken(t.Context(), "x", "slow", time.Now().Add(-time.Hour)); sangkien.CodeOf(err) != sangkien.ECONFLICT {
		t.Errorf("who holds the token no more begins to renew it: %v", err)
	}
	if !lock("fast", time.Hour, time.Minute) || lock("right", 0, time.Minute) {
		t.Error("the lock of one whose clock is fast")
	}
}

// TestSkew: a database that answers late does not have another clock; one that has is found out, however late it answers.
func TestSkew(t *testing.T) {
	t.Parallel()
	address := testkit.Postgres(t)
	wire := testkit.NewProxy(t, address)
	s, err := Open(t.Context(), wire.URL(t, address))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	wire.Slow(200 * time.Millisecond)
	if skew, err := s.skew(t.Context()); err != nil || skew > 100*time.Millisecond {
		t.Errorf("over a slow wire: %v, %v", skew, err)
	}
	noon := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for said, want := range map[time.Duration]time.Duration{-time.Minute: time.Minute, -time.Second: time.Second, 0: 0, 3 * time.Second: 0, 5 * time.Second: time.Second, time.Hour: time.Hour - 4*time.Second} {
		if got := apart(noon, noon.Add(said), noon.Add(4*time.Second)); got != want {
			t.Errorf("who was asked at 0 s and answered %v by 4 s is %v apart, not %v", said, got, want)
		}
	}
}
