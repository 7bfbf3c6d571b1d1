package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestAskerIsBelievedFromProxiesOnly: what anyone can write into a header counts for nothing.
func TestAskerIsBelievedFromProxiesOnly(t *testing.T) {
	t.Parallel()
	trusted, err := ParseProxies("127.0.0.0/8, ::1,10.1.0.0/16 192.0.2.9")
	if err != nil || len(trusted) != 4 {
		t.Fatal(trusted, err)
	}
	for _, wrong := range []string{"10.0.0.0/99", "localhost", "10.0.0"} {
		if _, err := ParseProxies(wrong); err == nil {
			t.Errorf("%s was read", wrong)
		}
	}
	for _, c := range []struct{ from, header, want string }{
		{"203.0.113.5:1", "198.51.100.1", "203.0.113.5:1"},                     // no proxy of ours
		{"127.0.0.1:1", "", "127.0.0.1:1"},                                     // asks for itself
		{"127.0.0.1:1", "198.51.100.1", "198.51.100.1:0"},                      // asks for someone
		{"127.0.0.1:1", "6.6.6.6, 198.51.100.1", "198.51.100.1:0"},             // who claims to be another
		{"127.0.0.1:1", "6.6.6.6, 198.51.100.1, 10.1.2.3", "198.51.100.1:0"},   // through two proxies
		{"127.0.0.1:1", "6.6.6.6, rubbish, 10.1.2.3", "10.1.2.3:0"},            // nothing beyond what cannot be read
		{"[::1]:1", "2001:db8::7", "[2001:db8::7]:0"},                          // IPv6
		{"[::ffff:127.0.0.1]:1", "198.51.100.1", "198.51.100.1:0"},             // IPv4 in IPv6
		{"192.0.2.9:1", "198.51.100.1, 10.1.0.1, 192.0.2.9", "198.51.100.1:0"}, // a proxy by its address
		{"rubbish", "198.51.100.1", "rubbish"},                                 // of no connection
	} {
		var got string
		h := asker(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }), trusted)
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = c.from
		if c.header != "" {
			r.Header.Set("X-Forwarded-For", c.header)
		}
		if h.ServeHTTP(httptest.NewRecorder(), r); got != c.want {
			t.Errorf("%s for %q is %s, want %s", c.from, c.header, got, c.want)
		}
	}
}
