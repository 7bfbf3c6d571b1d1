package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
)

// startGroup starts so many processes behind a balancer that sends each request to any of them. Where that one does not
// live the platform is told so.
func startGroup(t *testing.T, n int, env []string) []*process {
	t.Helper()
	group := make([]*process, n)
	balancer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		to, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+group[rand.IntN(n)].addr+r.URL.Path, bytes.NewReader(body))
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		to.Header = r.Header.Clone()
		resp, err := http.DefaultClient.Do(to)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
	}))
	t.Cleanup(balancer.Close)
	for i := range group {
		group[i] = newProcess(t, append([]string{"SANGKIEN_PUBLIC_URL=" + balancer.URL, "SANGKIEN_DATA_DIR=" + t.TempDir()}, env...)...)
	}
	for _, p := range group {
		p.start()
		p.ready(t)
	}
	return group
}
