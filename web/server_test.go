package web

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPagesAreSmallAndSafe(t *testing.T) {
	t.Parallel()
	total := 0
	err := fs.WalkDir(static, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := static.ReadFile(path)
		total += len(data)
		if strings.Contains(string(data), "innerHTML") || strings.Contains(string(data), " style=") || strings.Contains(string(data), "onclick=") {
			t.Errorf("%s sets markup or style inline", path)
		}
		return err
	})
	if err != nil || total == 0 || total > 100_000 {
		t.Errorf("%d bytes, %v", total, err)
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	state := down
	h := New(Config{Ready: func(context.Context) error { return state }, Logger: slog.New(slog.DiscardHandler),
		Handlers: map[string]http.Handler{"POST /webhooks/x": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })}})
	get := func(method, path, etag string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, http.NoBody)
		r.Header.Set("If-None-Match", etag)
		h.ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct {
		method, path string
		want         int
	}{{"GET", "/", 302}, {"GET", "/chat", 200}, {"GET", "/chat/static/chat.js", 200}, {"GET", "/chat/static/..%2fserver.go", 404}, {"GET", "/chat/static/none", 404},
		{"GET", "/healthz", 200}, {"GET", "/readyz", 503}, {"POST", "/webhooks/x", 418}, {"GET", "/webhooks/x", 405}, {"GET", "/admin", 404}} {
		w := get(c.method, c.path, "")
		if w.Code != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, w.Code, c.want)
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s has the policy %q", c.path, csp)
		}
	}
	state = nil
	if w := get("GET", "/readyz", ""); w.Code != 200 {
		t.Errorf("ready: %d", w.Code)
	}
	etag := get("GET", "/chat", "").Header().Get("ETag")
	if w := get("GET", "/chat", etag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("an unchanged page was sent again: %d", w.Code)
	}
}
