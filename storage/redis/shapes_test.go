package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/testkit"
)

// TestShapes: the suites of sessions and of the pace over every shape in which Redis and Valkey are run.
func TestShapes(t *testing.T) {
	t.Parallel()
	for name, bin := range testkit.RedisBinaries(t) {
		for shape, start := range map[string]func(t *testing.T) string{
			"single":   func(t *testing.T) string { return testkit.StartRedis(t, bin).URL },
			"cluster":  func(t *testing.T) string { return testkit.RedisCluster(t, bin, false).URL },
			"sentinel": func(t *testing.T) string { return testkit.RedisSentinel(t, bin).URL },
		} {
			t.Run(name+" "+shape, func(t *testing.T) {
				t.Parallel()
				address := start(t)
				var bots atomic.Int64
				testkit.ExercisePace(t, func(t *testing.T, r bot.Rate) [2]bot.Pace {
					name := fmt.Sprint("test:", bots.Add(1))
					return [2]bot.Pace{openPace(t, address, name, "a", r), openPace(t, address, name, "b", r)}
				})
				s := openAt(t, address)
				testkit.ExerciseSessions(t, s)
				forgetAll(t, s)
				h, err := s.Health(t.Context())
				if err != nil || !strings.HasPrefix(h.Versions, name+" ") || h.Eviction != "noeviction" || !h.Told || h.Persistent || h.Replica || h.Quorum != "" ||
					(h.Cluster == "ok") != (shape == "cluster") || (h.Alone != "") != (shape == "cluster") {
					t.Errorf("%+v, %v", h, err)
				}
			})
		}
	}
}

// forgetAll: many chats, on every master of a cluster, are forgotten, and nothing else.
func forgetAll(t *testing.T, s *Sessions) {
	t.Helper()
	if err := s.client.Set(t.Context(), "other", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	chats := make([]sangkien.Address, 60)
	servers := map[string]bool{}
	for i := range chats {
		chats[i] = sangkien.Address{Channel: "test", Chat: fmt.Sprint(i)}
		servers[s.client.server(t.Context(), key(chats[i]))] = true
		if err := s.Save(t.Context(), chats[i], sangkien.Session{Version: sangkien.SessionVersion, Revision: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if want := map[bool]int{true: 3, false: 1}[s.client.address.scheme == "redis-cluster"]; len(servers) != want {
		t.Errorf("60 chats are on %d servers", len(servers))
	}
	if err := s.ForgetAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range chats {
		if got, err := s.Load(t.Context(), c); err != nil || got.Revision != 0 {
			t.Errorf("after all was forgotten %s has %+v, %v", c, got, err)
		}
	}
	if err := s.client.Get(t.Context(), "other").Err(); err != nil {
		t.Errorf("what is not ours: %v", err)
	}
}

func openAt(t *testing.T, address string) *Sessions {
	t.Helper()
	s, err := Open(address, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	testkit.WaitFor(t, func() error { return s.Ping(t.Context()) })
	return s
}

// TestFailover: the master of a chat and of a bot dies. Sessions and pace come back by themselves, on the replica; what
// was not replicated is not granted again.
func TestFailover(t *testing.T) {
	t.Parallel()
	bin := testkit.RedisBinary(t)
	for name, start := range map[string]func(t *testing.T) *testkit.Redises{
		"cluster":  func(t *testing.T) *testkit.Redises { return testkit.RedisCluster(t, bin, true) },
		"sentinel": func(t *testing.T) *testkit.Redises { return testkit.RedisSentinel(t, bin) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := start(t)
			s, chat := openAt(t, servers.URL), sangkien.Address{Channel: "test", Chat: "1"}
			rate := bot.Rate{Global: 30}
			shared := openPace(t, servers.URL, "test:1", "a", rate)
			p := bot.NewSharedPace(shared, rate, slog.New(slog.DiscardHandler))
			ctx, cancel := context.WithCancel(t.Context())
			sent := make(chan []moment)
			go func() { sent <- send(ctx, p) }()
			master := servers.Masters[0]
			for _, m := range servers.Masters {
				if at := s.client.server(t.Context(), "pace:{test:1}:state"); at == m.Host() {
					master = m
				}
			}
			for s.client.server(t.Context(), key(chat)) != s.client.server(t.Context(), "pace:{test:1}:state") {
				chat.Chat += "1"
			}
			testkit.WaitFor(t, func() error { return s.Save(t.Context(), chat, sangkien.Session{Revision: 1}) })
			master.Kill()
			died := time.Now()
			var longest time.Duration
			testkit.WaitFor(t, func() error {
				asked := time.Now()
				err := s.Save(t.Context(), chat, sangkien.Session{Revision: 2})
				longest = max(longest, time.Since(asked))
				return err
			})
			back := time.Since(died)
			testkit.WaitFor(t, func() error { // the pace is shared again, too
				_, _, err := shared.Free(t.Context(), 1)
				return err
			})
			time.Sleep(3 * time.Second) // what is sent in them is looked at
			cancel()
			all := <-sent
			t.Logf("%s: sessions are kept again %v after the master died, the longest question took %v; %d messages", name, back, longest, len(all))
			if back > 20*time.Second || longest > patienceOfMany+time.Second {
				t.Error("that is too long")
			}
			keeps(t, all, 30)
		})
	}
}

type moment struct{ from, to time.Time }

// send sends replies as fast as a pace allows until ctx ends, and returns when.
func send(ctx context.Context, p bot.Pace) (all []moment) {
	for ctx.Err() == nil {
		from := time.Now()
		wait, taken, err := p.Take(ctx, sangkien.ClassReply, sangkien.Address{Chat: "1"})
		if err == nil && taken {
			all = append(all, moment{from.Add(wait), time.Now().Add(wait)})
		}
		if !taken || wait > time.Second {
			time.Sleep(max(wait, time.Millisecond))
		}
	}
	return all
}

// keeps tells of more than rate messages within a second.
func keeps(t *testing.T, all []moment, rate int) {
	t.Helper()
	slices.SortFunc(all, func(a, b moment) int { return a.from.Compare(b.from) })
	for i := range max(0, len(all)-rate) {
		if gap := all[i+rate].to.Sub(all[i].from); gap < time.Second {
			t.Fatalf("%d messages within %v", rate+1, gap)
		}
	}
}

// TestPaceOfAStaleState: a replica that has not heard of the last second is promoted, with a clock that is an hour behind
// or ahead. Nothing is granted until what was granted before is a window old, and nobody waits for the clock.
func TestPaceOfAStaleState(t *testing.T) {
	t.Parallel()
	for name, skew := range map[string]time.Duration{"same clock": 0, "behind": -time.Hour, "ahead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bin := testkit.RedisBinary(t)
			master, replica := testkit.StartRedis(t, bin), testkit.StartRedis(t, bin)
			wire := testkit.NewProxy(t, master.URL)
			ours := testkit.NewProxy(t, master.URL)
			host, port, _ := strings.Cut(wire.Host(), ":")
			p := openPace(t, ours.URL(t, master.URL), "test:stale", "a", bot.Rate{Global: 30})
			for { // begin
				n, wait, err := p.Free(t.Context(), 30)
				if err != nil {
					t.Fatal(err)
				}
				if n > 0 {
					break
				}
				time.Sleep(wait)
			}
			if skew != 0 { // as if the server that wrote the state had another clock
				if err := p.client.HSet(t.Context(), "pace:{test:stale}:state", "shift", -skew.Microseconds()).Err(); err != nil {
					t.Fatal(err)
				}
				if skew < 0 {
					if _, _, err := p.Free(t.Context(), 1); err != nil {
						t.Fatal(err)
					}
				}
			}
			replica.Do(t, "replicaof", host, port)
			testkit.WaitFor(t, func() error {
				if !strings.Contains(replica.Do(t, "info", "replication"), "master_link_status:up") {
					return errors.New("no replica yet")
				}
				return nil
			})
			wire.BlackHole()
			var all []moment
			take := func(until func(wait time.Duration, taken bool) bool) {
				for {
					from := time.Now()
					wait, taken, err := p.Take(t.Context(), sangkien.ClassReply, sangkien.Address{Chat: "1"})
					if taken {
						all = append(all, moment{from.Add(wait), time.Now().Add(wait)})
					}
					if until(wait, taken) {
						return
					}
					if err != nil || !taken {
						time.Sleep(min(wait, 3*time.Second) + time.Millisecond)
					}
				}
			}
			take(func(_ time.Duration, taken bool) bool { return !taken }) // all that is free, and what is soon
			replica.Do(t, "replicaof", "no", "one")
			if skew != 0 {
				replica.Do(t, "hset", "pace:{test:stale}:state", "shift", 0)
			}
			ours.Lead(t, replica.URL)
			begun := time.Now()
			take(func(time.Duration, bool) bool { return time.Since(begun) > 3*time.Second })
			keeps(t, all, 30)
			after := slices.IndexFunc(all, func(m moment) bool { return m.from.After(begun.Add(time.Second)) })
			if after < 0 || len(all) < 60 {
				t.Errorf("%d messages; the promoted server does not grant", len(all))
			}
		})
	}
}

// TestPaceOfAPartOfItsState: whichever key an eviction took, nothing is granted for a window.
func TestPaceOfAPartOfItsState(t *testing.T) {
	t.Parallel()
	p := openPace(t, testkit.Redis(t), "test:part", "a", bot.Rate{Global: 30})
	for _, part := range []string{"state", "taken", "replicas"} {
		testkit.WaitFor(t, func() error {
			if n, _, err := p.Free(t.Context(), 1); n == 0 {
				return errors.Join(err, errors.New("nothing is free"))
			}
			return nil
		})
		if err := p.client.Del(t.Context(), "pace:{test:part}:"+part).Err(); err != nil {
			t.Fatal(err)
		}
		if n, wait, err := p.Free(t.Context(), 30); err != nil || n != 0 || wait < time.Second {
			t.Errorf("without %s %d may be sent, wait %v, %v", part, n, wait, err)
		}
	}
}

// TestAddresses: every form is read, and what is wrong is answered with the right form and without the password.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"redis://:pw@h:1/2": "redis [h:1]", "rediss://u:pw@h/0": "redis [h:6379]", "redis://h": "redis [h:6379]", "redis://h:1?dial_timeout=3": "redis [h:1]",
		"redis-cluster://u:p%40w@a:1,b": "redis-cluster [a:1 b:6379]", "rediss-cluster://a,b,c:3/": "redis-cluster [a:6379 b:6379 c:3]",
		"redis-sentinel://u:pw@a,b:2/main":                                            "redis-sentinel [a:26379 b:2]",
		"rediss-sentinel://[::1]:1,b/main/3?sentinel_username=s&sentinel_password=pw": "redis-sentinel [[::1]:1 b:26379]",
	} {
		l, err := connect(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := fmt.Sprint(l.address.scheme, " ", l.address.hosts); got != want || (l.address.tls != nil) != strings.HasPrefix(text, "rediss") {
			t.Errorf("%s is %s", text, got)
		}
		_ = l.Close()
	}
	for _, text := range []string{"h:6379", "http://secret@h", "redis://:secret@a,b", "redis://:secret@h:no/0", "redis://:secret@h/zero", "redis://:se/secret@h", "redis://:%zzsecret@h",
		"redis-cluster://:secret@a,,b", "redis-cluster://:secret@a/1", "redis-cluster://:secret@a?secret=1x", "redis-sentinel://:secret@a", "redis-sentinel://:secret@a/m/x", "redis-sentinel://:secret@a/m/1/2",
		"redis://:secret@h?ca=/x", "rediss://:secret@h?ca=/nowhere/ca.pem"} {
		l, err := connect(text)
		if err == nil {
			t.Errorf("%s is taken", text)
			_ = l.Close()
		} else if strings.Contains(err.Error(), "secret@") || !strings.Contains(err.Error(), "SANGKIEN_REDIS_URL") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
