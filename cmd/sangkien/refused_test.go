package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sangkien/sangkien/testkit"
)

// TestARefusedChannel: a platform that refuses the token stops its own channel only. People are served on the others, the
// log says what to do without the token, and the metric is red.
func TestARefusedChannel(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	telegram := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"ok":false,"error_code":401,"description":"Unauthorized"}`)
	}))
	t.Cleanup(telegram.Close)
	p := newProcess(t, "SANGKIEN_DATA_DIR="+t.TempDir(), "SANGKIEN_TELEGRAM_TOKEN=4242:secret-0001", "SANGKIEN_TELEGRAM_API_URL="+telegram.URL)
	p.start()
	p.ready(t)
	testkit.WaitFor(t, func() error {
		resp, err := http.Get("http://" + p.addr + "/metrics")
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		text, err := io.ReadAll(resp.Body)
		if err == nil && !strings.Contains(string(text), `sangkien_channel_refused{channel="telegram"} 1`) {
			err = io.ErrNoProgress
		}
		return err
	})
	p.ready(t)
	if log := p.log.String(); asked.Load() == 0 || strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "a channel is refused") || strings.Contains(log, "secret-0001") {
		t.Errorf("after %d questions it says %s", asked.Load(), log)
	}
}
