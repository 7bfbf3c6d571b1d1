package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	botToken  = "7000000001:AAfictional-fictional_fictional0000"
	hookToken = "webhook-secret-0001"
	dbPass    = "db&pass%word-0002"
	dbEscaped = "db%26pass%25word-0002"
	redisPass = "redis-password-0003"
	scrape    = "metrics-token-0004"
)

// leaks returns the secrets that stand in text, whole, escaped, or the half of the bot's token that matters.
func leaks(text string) []string {
	var found []string
	for _, s := range []string{botToken[11:], hookToken, dbPass, dbEscaped, redisPass, scrape} {
		if strings.Contains(text, s) {
			found = append(found, s)
		}
	}
	return found
}

func secretive() *Config {
	return &Config{TelegramToken: botToken, TelegramSecret: hookToken, MetricsToken: scrape, DatabaseURL: "postgres://sk:" + dbEscaped + "@127.0.0.1:1/sk", RedisURL: "redis://:" + redisPass + "@127.0.0.1:1/0"}
}

// secretly is what a careless part might log.
type secretly struct{ Token string }

func (s secretly) LogValue() slog.Value { return slog.StringValue(s.Token) }

func TestLogHidesSecrets(t *testing.T) {
	t.Parallel()
	c := secretive()
	var b bytes.Buffer
	log := c.logger(&streams{err: &b}).With("base", "https://api.telegram.org/bot"+botToken).WithGroup("g")
	log.Info("started with "+botToken, "secret", hookToken, "error", fmt.Errorf("dial %s: %w", c.DatabaseURL, fs.ErrNotExist),
		"struct", struct{ Pass string }{dbPass}, "valuer", secretly{redisPass}, slog.Group("in", "token", scrape), "n", 7)
	if found := leaks(b.String()); found != nil {
		t.Errorf("%q in %s", found, &b)
	}
	for _, want := range []string{"g.n=7", "file does not exist", "127.0.0.1:1/sk", hidden} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in %s", want, &b)
		}
	}
}

func TestShapesAreHidden(t *testing.T) {
	t.Parallel()
	var r redactor // knows no setting
	for _, text := range []string{"bot8000000001:AAother-fictional-fictional_00000001/getMe", "start=" + newToken(), "redis://u:pass@h:1", "gọi 0912345678", "+84912345678"} {
		if got := r.text(text); !strings.Contains(got, hidden) {
			t.Errorf("%q stays %q", text, got)
		}
	}
	for _, text := range []string{"telegram:7000000001:123456789", "SK-2026-00042", "1789123456789012345", "http://localhost:8080/chat", "https://sangkien.example.vn/chat#start", "update not handled", "không kết nối được"} {
		if got := r.text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if err := r.error(fmt.Errorf("x: %w", fs.ErrNotExist)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
	if r.error(nil) != nil {
		t.Error("an error was made of nothing")
	}
}

// Each command fails at each of these settings or platforms, and neither what it prints nor what it logs nor its
// error holds a secret. Failures that do not fail are counted as faults.
func TestForcedFailuresTellNoSecret(t *testing.T) {
	t.Parallel()
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // a platform that says back what it was asked
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"ok":false,"error_code":401,"description":"Unauthorized: %s"}`, r.URL.Path)
	}))
	t.Cleanup(echo.Close)
	common := []string{"--telegram-token", botToken, "--telegram-webhook-secret", hookToken, "--metrics-token", scrape}
	dead := "postgres://sk:" + dbEscaped + "@127.0.0.1:1/sk"
	faults := map[string][]string{
		"PostgreSQL is gone":      {"--database-url", dead},
		"PostgreSQL, bad port":    {"--database-url", "postgres://sk:" + dbEscaped + "@127.0.0.1:no/sk"},
		"PostgreSQL, bad option":  {"--database-url", dead + "?sslmode=perhaps"},
		"no known database":       {"--database-url", "mysql://sk:" + dbEscaped + "@127.0.0.1:1/sk"},
		"password unescaped":      {"--database-url", "postgres://sk:" + dbPass + "@127.0.0.1:1/sk"},
		"password as a parameter": {"--database-url", "postgres://127.0.0.1:1/sk?user=sk&password=" + dbEscaped},
	}
	commands := [][]string{{"serve"}, {"migrate"}, {"doctor"}, {"invite", "--role", "admin"}, {"export", "ideas"}, {"demo"}, {"audit", "verify"}, {"backup"}, {"doctor", "--json", "--lang", "en"}}
	type failure struct {
		name string
		args []string
	}
	var all []failure
	for name, settings := range faults {
		for _, command := range commands {
			all = append(all, failure{command[0] + ", " + name, append(append(append([]string{}, command...), settings...), common...)})
		}
	}
	for name, settings := range map[string][]string{
		"serve, cluster":        {"serve", "--redis-url", "redis-cluster://u:" + redisPass + "@127.0.0.1:1,127.0.0.1:no"},
		"serve, Sentinel":       {"serve", "--redis-url", "redis-sentinel://u:" + redisPass + "@127.0.0.1:1,127.0.0.1:2"},
		"doctor, cluster":       {"doctor", "--redis-url", "redis-cluster://:" + redisPass + "@127.0.0.1:1,127.0.0.1:2"},
		"doctor, Sentinel":      {"doctor", "--redis-url", "redis-sentinel://:" + redisPass + "@127.0.0.1:1,127.0.0.1:2/main?sentinel_password=" + redisPass},
		"serve, Redis address":  {"serve", "--redis-url", "redis://:" + redisPass + "@127.0.0.1:no/0"},
		"doctor, Redis number":  {"doctor", "--redis-url", "redis://:" + redisPass + "@127.0.0.1:1/zero"},
		"doctor, bad platform":  {"doctor", "--telegram-api-url", "http://[bad"},
		"webhook without a URL": {"serve", "--telegram-mode", "webhook"},
		"a rate of many":        {"serve", "--telegram-rate", "many"},
		"restore of nothing":    {"restore", "/nowhere.tar"},
		"doctor, Redis is gone": {"doctor", "--redis-url", "redis://:" + redisPass + "@127.0.0.1:1/0"},
		"doctor, platform":      {"doctor", "--telegram-api-url", echo.URL},
		"doctor, unreachable":   {"doctor", "--telegram-api-url", "http://127.0.0.1:1"},
		"a rate of zero":        {"serve", "--telegram-rate", "0"},
		"an unknown flag":       {"serve", "--telegram-tokn=" + botToken},
		"an address":            {"serve", "--public-url", "ftp://u:" + redisPass + "@h"},
	} {
		all = append(all, failure{name, append(settings, common...)})
	}
	if len(all) < 60 {
		t.Fatalf("only %d failures", len(all))
	}
	for _, f := range all {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			out, err := command(t, t.TempDir(), f.args...)
			if err == nil {
				t.Fatalf("did not fail: %s", out)
			}
			if found := leaks(out + err.Error()); found != nil {
				t.Errorf("%q in %s%v", found, out, err)
			}
		})
	}
}
