package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestClientBehindProxies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, trusted, peer string
		forwarded           []string
		want                string
	}{
		{"no proxy is trusted", "", "203.0.113.9:80", []string{"198.51.100.1"}, "203.0.113.9:80"},
		{"a stranger says who he is", "10.0.0.0/8", "203.0.113.9:80", []string{"198.51.100.1"}, "203.0.113.9:0"},
		{"one proxy", "127.0.0.1", "127.0.0.1:80", []string{"198.51.100.1"}, "198.51.100.1:0"},
		{"a stranger's own words come first", "127.0.0.1", "127.0.0.1:80", []string{"10.9.9.9, 198.51.100.1"}, "198.51.100.1:0"},
		{"in a header of its own", "127.0.0.1", "127.0.0.1:80", []string{"10.9.9.9", "198.51.100.1"}, "198.51.100.1:0"},
		{"two proxies", "127.0.0.1, 10.0.0.0/8", "127.0.0.1:80", []string{"192.0.2.1, 198.51.100.1, 10.1.2.3"}, "198.51.100.1:0"},
		{"all are ours", "127.0.0.1,10.0.0.0/8", "127.0.0.1:80", []string{"10.1.2.3"}, "10.1.2.3:0"},
		{"nothing forwarded", "127.0.0.1", "127.0.0.1:80", nil, "127.0.0.1:0"},
		{"nonsense", "127.0.0.1", "127.0.0.1:80", []string{"198.51.100.1, <script>"}, "127.0.0.1:0"},
		{"IPv6", "::1", "[::1]:80", []string{"2001:db8::7"}, "[2001:db8::7]:0"},
		{"IPv4 in IPv6", "127.0.0.1", "[::ffff:127.0.0.1]:80", []string{"::ffff:198.51.100.1"}, "198.51.100.1:0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			trusted, err := ParseProxies(c.trusted)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			h := New(Config{Proxies: trusted, Logger: slog.New(slog.DiscardHandler), Handlers: map[string]http.Handler{
				"GET /who": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })}})
			r := httptest.NewRequest(http.MethodGet, "/who", http.NoBody)
			r.RemoteAddr = c.peer
			r.Header["X-Forwarded-For"] = c.forwarded
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestParseProxiesRefuses(t *testing.T) {
	t.Parallel()
	for _, list := range []string{"caddy", "10.0.0.0/33", "127.0.0.1;10.0.0.1", "::ffff:10.0.0.0/104"} {
		if p, err := ParseProxies(list); err == nil {
			t.Errorf("%q became %v", list, p)
		}
	}
}
