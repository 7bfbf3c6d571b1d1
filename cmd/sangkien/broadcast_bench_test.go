package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
)

// TestBroadcastBench measures sending with the ledger (make bench): at full speed to a platform without limits, and at
// Telegram's 30 a second for SANGKIEN_BENCH_PACE seconds. It fails when a goal of BENCHMARKS.md is missed by far.
func TestBroadcastBench(t *testing.T) {
	if os.Getenv("SANGKIEN_BENCH") == "" {
		t.Skip("measured by make bench")
	}
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run("full speed/"+database, func(t *testing.T) {
			n := fromEnv(t, "SANGKIEN_BENCH_DELIVERIES", 50_000)
			b, p, _ := sendToAll(t, database, n, 1_000_000)
			took := b.Ended.Sub(b.Started)
			rate := float64(n) * 0.9 / took.Seconds()
			fmt.Printf("| %s | %d deliveries | %.0f a second | processor %.2f ms each | peak %d MB |\n", database, b.Counts.Sent, rate,
				float64(cpuTime(t, p).Microseconds())/1000/float64(n), peakMB(t, p))
			if rate < 3000 || peakMB(t, p) > 300 {
				t.Errorf("%.0f a second, %d MB", rate, peakMB(t, p))
			}
		})
	}
	t.Run("30 a second", func(t *testing.T) {
		seconds := fromEnv(t, "SANGKIEN_BENCH_PACE", 60)
		_, _, times := sendToAll(t, "sqlite", 30*seconds*10/9, 30)
		most := mostWithin(times, time.Second)
		rate := float64(len(times)-1) / times[len(times)-1].Sub(times[0]).Seconds()
		fmt.Printf("| 30 a second | %d deliveries | %.2f a second | at most %d in any second |\n", len(times), rate, most)
		if rate < 29.4 || most > 30 {
			t.Errorf("%.2f a second, %d in one", rate, most)
		}
	})
}

// sendToAll lets the binary send a broadcast to n members, nine of ten of whom want it, and returns when each arrived.
func sendToAll(t *testing.T, database string, n, rate int) (sangkien.Broadcast, *process, []time.Time) {
	t.Helper()
	var mu sync.Mutex
	var times []time.Time
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		if !strings.HasSuffix(r.URL.Path, "/sendMessage") {
			_, _ = io.WriteString(w, `{"ok":true,"result":true}`)
			return
		}
		mu.Lock()
		times = append(times, time.Now())
		mu.Unlock()
		_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":1}}`)
	}))
	t.Cleanup(platform.Close)
	dir := t.TempDir()
	address := "sqlite:" + dir + "/sangkien.db"
	if database == "postgres" {
		address = testkit.Postgres(t)
	}
	store, err := storage.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	testkit.Crowd(t, address, "77", n)
	buildBinary(t)
	p := newProcess(t, "SANGKIEN_DATA_DIR="+dir, "SANGKIEN_DATABASE_URL="+address, "SANGKIEN_TELEGRAM_TOKEN="+benchToken, "SANGKIEN_TELEGRAM_API_URL="+platform.URL,
		"SANGKIEN_TELEGRAM_MODE=webhook", "SANGKIEN_PUBLIC_URL=http://127.0.0.1:1", fmt.Sprintf("SANGKIEN_TELEGRAM_RATE=%d", rate), "SANGKIEN_QUIET_HOURS=off", "SANGKIEN_LOG_LEVEL=error")
	p.start()
	p.ready(t)
	b := plan(t, store, sangkien.Broadcast{ID: 70})
	b = awaitDone(t, store, b.ID, []*process{p})
	mu.Lock()
	defer mu.Unlock()
	if len(times) != b.Counts.Sent || b.Counts.Planned < n || !b.Counts.Adds() {
		t.Errorf("%d arrived; counts %+v", len(times), b.Counts)
	}
	return b, p, times
}
