package storage

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
)

// behind opens a store behind a wire that can be bad, and tells when it says that PostgreSQL is away or back.
func behind(t *testing.T, address string, options ...Option) (*Store, *testkit.Proxy, chan error) {
	t.Helper()
	proxy := testkit.NewProxy(t, address)
	told := make(chan error, 10)
	s, err := Open(t.Context(), proxy.URL(t, address), append(options, Notice(func(err error) { told <- err }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, proxy, told
}

func hears(t *testing.T, told chan error, away bool, within time.Duration) {
	t.Helper()
	select {
	case err := <-told:
		if (err != nil) != away {
			t.Errorf("told %v, want away: %v", err, away)
		}
	case <-time.After(within):
		t.Errorf("not told within %v that it is away: %v", within, away)
	}
}

// TestAway: whatever happens to PostgreSQL, nobody waits for it for longer than three seconds; as soon as it is known to be
// away nobody waits at all; it is said once; and when it is back everything that was confirmed is there once.
func TestAway(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]func(*testkit.Proxy){
		"refused":     (*testkit.Proxy).Refuse,
		"black hole":  (*testkit.Proxy).BlackHole,
		"far too far": func(p *testkit.Proxy) { p.Slow(3 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, proxy, told := behind(t, testkit.Postgres(t))
			var confirmed sync.Map
			stop, writers := make(chan struct{}), sync.WaitGroup{}
			var longest time.Duration
			var mu sync.Mutex
			for w := range 8 {
				writers.Go(func() {
					for i := 0; ; i++ {
						select {
						case <-stop:
							return
						default:
						}
						begun, key := time.Now(), fmt.Sprintf("w%d-%d", w, i)
						_, err := s.Commit(context.Background(), commitSaying(key))
						if err == nil {
							confirmed.Store(key, true)
						}
						_, rerr := s.Counts(context.Background())
						mu.Lock()
						longest = max(longest, time.Since(begun))
						mu.Unlock()
						if err != nil || rerr != nil {
							time.Sleep(20 * time.Millisecond) // as whoever asks again
						}
					}
				})
			}
			time.Sleep(100 * time.Millisecond) // of traffic
			bad(proxy)
			hears(t, told, true, 4*time.Second)
			for range 20 {
				begun := time.Now()
				if err := s.Ping(t.Context()); sangkien.CodeOf(err) != sangkien.EUNAVAILABLE {
					t.Fatalf("ping: %v", err)
				}
				if _, err := s.Counts(t.Context()); sangkien.CodeOf(err) != sangkien.EUNAVAILABLE {
					t.Fatalf("read: %v", err)
				}
				if _, err := s.Commit(t.Context(), commitSaying("x")); sangkien.CodeOf(err) != sangkien.EUNAVAILABLE {
					t.Fatalf("write: %v", err)
				}
				if took := time.Since(begun); took > 300*time.Millisecond {
					t.Errorf("known to be away, and asked for %v", took)
				}
			}
			begun := time.Now()
			proxy.Heal()
			hears(t, told, false, 10*time.Second)
			back := time.Since(begun)
			must(t, s, commitSaying("after"))
			close(stop)
			writers.Wait()
			if longest > 4*time.Second {
				t.Errorf("someone waited %v", longest)
			}
			t.Logf("nobody waited longer than %v; back %v after it was", longest, back)
			confirmed.Range(func(key, _ any) bool {
				if facts, err := s.Commit(t.Context(), commitSaying(key.(string))); err != nil || !facts.Duplicate {
					t.Errorf("%s was confirmed and is not there: %+v, %v", key, facts, err)
				}
				return true
			})
			select {
			case err := <-told:
				t.Errorf("told once more: %v", err)
			default:
			}
		})
	}
}

func commitSaying(key string) sangkien.Commit {
	return sangkien.Commit{Key: key, At: now, Replies: []sangkien.Reply{{To: chat, Lines: []sangkien.Line{sangkien.Say(key)}}}}
}

// TestStandbyMissing: commits must be on the standby, and the standby is gone. Nothing is confirmed, nobody waits for longer
// than it takes to see that, and backups go on; when it is back so are we, and what was confirmed is on the standby.
func TestStandbyMissing(t *testing.T) {
	t.Parallel()
	first := testkit.NewPostgres(t)
	second := first.Standby(t, true)
	s, _, told := behind(t, first.URL(), func(s *Store) { s.server.watches[1].within = 2 * time.Second }) // instead of eight
	must(t, s, commitSaying("before"))
	second.Crash()
	begun := time.Now()
	if _, err := s.Commit(t.Context(), commitSaying("meanwhile")); err == nil {
		t.Fatal("confirmed without the standby")
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("waited %v", took)
	}
	hears(t, told, true, time.Second)
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := snap.Close(); err != nil {
		t.Fatal(err)
	}
	for range 10 { // delivered again
		if _, err := s.Commit(t.Context(), commitSaying("meanwhile")); sangkien.CodeOf(err) != sangkien.EUNAVAILABLE {
			t.Fatalf("commit: %v", err)
		}
	}
	second.Start(t)
	hears(t, told, false, 20*time.Second)
	must(t, s, commitSaying("meanwhile"))
	must(t, s, commitSaying("after"))
	first.Crash()
	second.Promote(t)
	late, err := Open(t.Context(), second.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = late.Close() })
	for _, key := range []string{"before", "meanwhile", "after"} {
		if facts := must(t, late, commitSaying(key)); !facts.Duplicate {
			t.Errorf("%s was confirmed and is not on the standby", key)
		}
	}
}

// TestReadOnly: a server that takes writes no longer counts as away, and one that does again is found without a restart.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	server := testkit.NewPostgres(t)
	s, _, told := behind(t, server.URL())
	must(t, s, commitSaying("before"))
	server.Exec(t, `alter system set default_transaction_read_only = on`, `select pg_reload_conf()`)
	hears(t, told, true, 4*time.Second)
	if _, err := s.Commit(t.Context(), commitSaying("meanwhile")); sangkien.CodeOf(err) != sangkien.EUNAVAILABLE {
		t.Errorf("commit: %v", err)
	}
	server.Exec(t, `alter system reset default_transaction_read_only`, `select pg_reload_conf()`)
	hears(t, told, false, 4*time.Second)
	must(t, s, commitSaying("meanwhile"))
}
