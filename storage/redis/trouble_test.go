package redis

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/testkit"
)

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestTroubles: however Redis fails, each question fails soon, the operator is told once what to do, and it works again
// by itself.
func TestTroubles(t *testing.T) {
	t.Parallel()
	bin := testkit.RedisBinary(t)
	type bad struct {
		args       []string
		user       string
		spoil, fix func(*testing.T, *testkit.RedisServer, *testkit.Proxy)
		advice     string
	}
	do := func(args ...any) func(*testing.T, *testkit.RedisServer, *testkit.Proxy) {
		return func(t *testing.T, s *testkit.RedisServer, _ *testkit.Proxy) { s.Do(t, args...) }
	}
	wire := func(turn func(*testkit.Proxy)) func(*testing.T, *testkit.RedisServer, *testkit.Proxy) {
		return func(_ *testing.T, _ *testkit.RedisServer, p *testkit.Proxy) { turn(p) }
	}
	heal := wire((*testkit.Proxy).Heal)
	for name, b := range map[string]bad{
		"killed": {spoil: func(_ *testing.T, s *testkit.RedisServer, p *testkit.Proxy) { s.Kill(); p.Refuse() },
			fix: func(t *testing.T, s *testkit.RedisServer, p *testkit.Proxy) { s.Start(t); p.Heal() }, advice: ""},
		"black hole": {spoil: wire((*testkit.Proxy).BlackHole), fix: heal, advice: "does not answer in time"},
		"stands still": {spoil: func(t *testing.T, s *testkit.RedisServer, _ *testkit.Proxy) { s.Signal(t, syscall.SIGSTOP) },
			fix: func(t *testing.T, s *testkit.RedisServer, _ *testkit.Proxy) { s.Signal(t, syscall.SIGCONT) }, advice: "does not answer in time"},
		"slow":     {spoil: wire(func(p *testkit.Proxy) { p.Slow(300 * time.Millisecond) }), fix: heal, advice: "does not answer in time"},
		"full":     {spoil: do("config", "set", "maxmemory", "1"), fix: do("config", "set", "maxmemory", "0"), advice: "raise maxmemory"},
		"replica":  {spoil: do("replicaof", "127.0.0.1", "1"), fix: do("replicaof", "no", "one"), advice: "this is a replica"},
		"replicas": {spoil: do("config", "set", "min-replicas-to-write", "1"), fix: do("config", "set", "min-replicas-to-write", "0"), advice: "too few replicas"},
		"password": {user: ":secret-0001@", args: []string{"--requirepass", "secret-0001"},
			spoil: func(t *testing.T, s *testkit.RedisServer, p *testkit.Proxy) {
				s.DoAs(t, "secret-0001", "config", "set", "requirepass", "secret-0002")
				p.Cut()
			},
			fix: func(t *testing.T, s *testkit.RedisServer, p *testkit.Proxy) {
				s.DoAs(t, "secret-0002", "config", "set", "requirepass", "secret-0001")
				p.Cut()
			}, advice: "user and the password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testkit.StartRedis(t, bin, b.args...)
			proxy := testkit.NewProxy(t, server.URL)
			var log buffer
			s, err := Open("redis://"+b.user+proxy.Host()+"/0", slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			testkit.WaitFor(t, func() error { return s.Ping(t.Context()) })
			chat := sangkien.Address{Channel: "test", Chat: "1"}
			b.spoil(t, server, proxy)
			failed := 0
			for begun, n := time.Now(), int64(1); time.Since(begun) < 3*time.Second; n++ {
				asked := time.Now()
				if s.Save(t.Context(), chat, sangkien.Session{Revision: n}) != nil {
					failed++
				}
				if took := time.Since(asked); took > patience+400*time.Millisecond {
					t.Errorf("a question took %v", took)
				}
				time.Sleep(time.Millisecond)
			}
			if failed < 100 || s.Failing() == nil {
				t.Errorf("%d questions failed; failing: %v", failed, s.Failing())
			}
			if told := log.String(); strings.Count(told, "level=WARN") > 2 || !strings.Contains(told, b.advice) || strings.Contains(told, "secret-0") {
				t.Errorf("%d questions failed, and the log says: %s", failed, told)
			}
			b.fix(t, server, proxy)
			testkit.WaitFor(t, func() error { return s.Save(t.Context(), chat, sangkien.Session{Revision: 1 << 40}) })
		})
	}
}
