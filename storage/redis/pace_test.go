package redis

import (
	"log/slog"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/testkit"
)

func openPace(t *testing.T, address, name, me string, r bot.Rate) *Pace {
	t.Helper()
	l := PaceLimits{}
	l.Most, l.Within = r.Window()
	l.Interval, l.Ahead = r.Each()
	p, err := OpenPace(address, name, me, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	testkit.WaitFor(t, func() error { return p.client.Ping(t.Context()).Err() })
	return p
}

// TestPaceOfALostState: what was taken in the last second is gone with the state, so nothing is granted for one.
func TestPaceOfALostState(t *testing.T) {
	t.Parallel()
	p := openPace(t, testkit.Redis(t), "test:lost", "a", bot.Rate{Global: 30})
	for range 2 {
		n, wait, err := p.Free(t.Context(), 30)
		if err != nil || n != 0 || wait.Seconds() < 0.9 {
			t.Errorf("%d may be sent, wait %v, %v", n, wait, err)
		}
		if err := p.client.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if p.Replicas() != 1 {
		t.Errorf("%d replicas", p.Replicas())
	}
}

// TestPaceGoesOnWithoutRedis: a Redis that does not answer costs the first message half a second, the others go out at
// a share of the rate; when it answers again all of the rate is back.
func TestPaceGoesOnWithoutRedis(t *testing.T) {
	t.Parallel()
	rate := bot.Rate{Global: 100}
	shared := openPace(t, testkit.Redis(t), "test:away", "a", rate)
	p := bot.NewSharedPace(shared, rate, slog.New(slog.DiscardHandler))
	count := func(during time.Duration) (n int, longest time.Duration) {
		for end := time.Now().Add(during); time.Now().Before(end); {
			asked := time.Now()
			wait, taken, err := p.Take(t.Context(), sangkien.ClassReply, sangkien.Address{Chat: "1"})
			if err != nil {
				t.Fatal(err)
			}
			longest = max(longest, time.Since(asked))
			if taken {
				n++
			}
			time.Sleep(wait)
		}
		return n, longest
	}
	count(1500 * time.Millisecond)
	if err := shared.client.ClientPause(t.Context(), 4*time.Second).Err(); err != nil {
		t.Fatal(err)
	}
	n, longest := count(3500 * time.Millisecond)
	if share := 100 / 2 * 35 / 10; n < share/2 || n > share+50 || longest > 2*time.Second {
		t.Errorf("without Redis %d messages, a share is %d; one waited %v for the answer", n, share, longest)
	}
	count(4 * time.Second) // it comes back, and grants once what was sent meanwhile is a window old
	if n, _ := count(2 * time.Second); n < 170 {
		t.Errorf("after its return %d messages in 2 s", n)
	}
}
