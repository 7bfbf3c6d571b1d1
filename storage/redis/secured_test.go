package redis

import (
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/testkit"
)

// TestSecured: over TLS with an authority of one's own, as a user who may do no more than our advice and the guides say, everything
// works in every shape; what is wrong is said with its remedy.
func TestSecured(t *testing.T) {
	t.Parallel()
	_, rule, _ := strings.Cut(rights, "ACL SETUSER NAME ")
	for _, guide := range []string{"../../docs/install.md", "../../docs/cai-dat.md"} {
		if text, err := os.ReadFile(guide); err != nil || !strings.Contains(string(text), " "+rule+"`") {
			t.Errorf("%s does not name the rights of a user of Redis: %v", guide, err)
		}
	}
	for shape, start := range map[string]func(testing.TB, testkit.RedisProgram) *testkit.Redises{
		"single": func(t testing.TB, p testkit.RedisProgram) *testkit.Redises {
			s := testkit.StartRedis(t, p)
			return &testkit.Redises{URL: s.URL, Masters: []*testkit.RedisServer{s}}
		},
		"cluster":  func(t testing.TB, p testkit.RedisProgram) *testkit.Redises { return testkit.RedisCluster(t, p, true) },
		"sentinel": testkit.RedisSentinel,
	} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			servers := start(t, testkit.RedisBinary(t).WithTLS(t))
			for _, s := range append(servers.Masters, servers.Replicas...) {
				s.Do(t, setUser("ours", "on >secret-0001 "+rule)...)
				s.Do(t, setUser("weak", "on >secret-0001 ~other:* +@connection +info +cluster")...)
			}
			url := servers.URL
			for _, s := range servers.Sentinels {
				s.Do(t, setUser("watcher", "on >secret-0002 allchannels +@all")...)
				s.Do(t, "acl", "setuser", "default", "off") // for who comes from now on
			}
			if shape == "sentinel" {
				url += "&sentinel_username=watcher&sentinel_password=secret-0002"
			}
			as := func(user string) string { return strings.Replace(url, "://", "://"+user+"@", 1) }

			s := openAt(t, as("ours:secret-0001"))
			testkit.ExerciseSessions(t, s)
			var bots atomic.Int64
			testkit.ExercisePace(t, func(t *testing.T, r bot.Rate) [2]bot.Pace {
				name := fmt.Sprint("test:", bots.Add(1))
				return [2]bot.Pace{openPace(t, as("ours:secret-0001"), name, "a", r), openPace(t, as("ours:secret-0001"), name, "b", r)}
			})
			if h, err := s.Health(t.Context()); err != nil || h.Quorum != "" || !h.Told || h.Eviction != "noeviction" {
				t.Errorf("its health: %+v, %v", h, err)
			}
			if err := s.ForgetAll(t.Context()); err != nil {
				t.Error(err)
			}
			plain := ca.ReplaceAllString(as("ours:secret-0001"), "$1")
			for address, words := range map[string]string{as("weak:secret-0001"): "NOPERM", as("ours:secret-0003"): "WRONGPASS", plain: "unknown authority",
				strings.Replace(plain, "rediss", "redis", 1): "EOF"} {
				if err := saveAt(t, address); err == nil || !strings.Contains(err.Error(), adviceFor(t, words)) || strings.Contains(err.Error(), "secret-0") {
					t.Errorf("%s instead of %q", err, words)
				}
			}
		})
	}
}

// ca is the part of an address that names an authority.
var ca = regexp.MustCompile(`([?&])ca=[^&]*&?`)

// setUser is the question that makes a user by rules.
func setUser(name, rules string) []any {
	question := []any{"acl", "setuser", name}
	for rule := range strings.FieldsSeq(rules) {
		question = append(question, rule)
	}
	return question
}

func adviceFor(t *testing.T, words string) string {
	t.Helper()
	for _, a := range advices {
		if a.words == words {
			return a.advice
		}
	}
	t.Fatalf("no advice for %q", words)
	return ""
}

// saveAt tries to keep a session at an address.
func saveAt(t *testing.T, address string) error {
	t.Helper()
	s, err := Open(address, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	return s.Save(t.Context(), sangkien.Address{Channel: "test", Chat: "1"}, sangkien.Session{Revision: 1})
}
