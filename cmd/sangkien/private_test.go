package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestMetricsArePrivate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, token, from string
		headers           map[string]string
		want              int
	}{
		{"this machine", "", "127.0.0.1:5000", nil, 200},
		{"this machine, v6", "", "[::1]:5000", nil, 200},
		{"this machine, v4 in v6", "", "[::ffff:127.0.0.1]:5000", nil, 200},
		{"another machine", "", "192.0.2.7:5000", nil, 401},
		{"another machine that claims to be this one", "", "192.0.2.7:5000", map[string]string{"X-Forwarded-For": "127.0.0.1"}, 401},
		{"through a proxy on this machine", "", "127.0.0.1:5000", map[string]string{"X-Forwarded-For": "192.0.2.7"}, 401},
		{"through nginx on this machine", "", "127.0.0.1:5000", map[string]string{"X-Real-IP": "192.0.2.7"}, 401},
		{"no address", "", "@", nil, 401},
		{"a token where none is set", "", "192.0.2.7:5000", map[string]string{"Authorization": "Bearer "}, 401},
		{"the token", "s3cret", "192.0.2.7:5000", map[string]string{"Authorization": "Bearer s3cret"}, 200},
		{"another token", "s3cret", "192.0.2.7:5000", map[string]string{"Authorization": "Bearer s3cre"}, 401},
		{"the token as a password", "s3cret", "192.0.2.7:5000", map[string]string{"Authorization": "Basic s3cret"}, 401},
		{"this machine without the token", "s3cret", "127.0.0.1:5000", nil, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := private(c.token, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
			r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			r.RemoteAddr = c.from
			for k, v := range c.headers {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("status %d, want %d", w.Code, c.want)
			}
		})
	}
}

// The app has the guard in front of its metrics: the token opens them, this machine alone does not any more.
func TestMetricsOfTheApp(t *testing.T) {
	t.Parallel()
	a := start(t, func(c *Config) { c.MetricsToken = "s3cret-of-metrics" })
	for token, want := range map[string]int{"": 401, "s3cret-of-metrics": 200} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("with token %q: status %d, want %d", token, resp.StatusCode, want)
		}
	}
}
