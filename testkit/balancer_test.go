package testkit

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestBalancer: requests go to who is ready, and who cannot be connected to is passed over with the request whole.
func TestBalancer(t *testing.T) {
	t.Parallel()
	b := NewBalancer(t, 20*time.Millisecond)
	if code, _ := postTo(b.URL, "x"); code != http.StatusServiceUnavailable {
		t.Error("nobody is there: ", code)
	}
	var busy [2]atomic.Bool
	var servers [2]*httptest.Server
	for i := range servers {
		servers[i] = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/readyz" {
				if busy[i].Load() {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				return
			}
			body, _ := io.ReadAll(r.Body)
			fmt.Fprint(w, i, string(body))
		}))
		t.Cleanup(servers[i].Close)
		b.Add(strings.TrimPrefix(servers[i].URL, "http://"))
	}
	answeredBy := func(want int) { // by so many processes, of which the last is one
		WaitFor(t, func() error {
			seen := ""
			for range 60 {
				code, body := postTo(b.URL, "!")
				if code != http.StatusOK || !strings.HasSuffix(body, "!") {
					return fmt.Errorf("status %d: %s", code, body)
				}
				if !strings.Contains(seen, body) {
					seen += body
				}
			}
			if len(seen) != 2*want {
				return fmt.Errorf("answered by %s", seen)
			}
			return nil
		})
	}
	answeredBy(2)
	busy[0].Store(true)
	answeredBy(1)
	busy[0].Store(false)
	answeredBy(2)
	servers[1].Close()
	answeredBy(1)
}

func postTo(url, body string) (int, string) {
	resp, err := http.Post(url, "text/plain", strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer)
}
