package bot

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// paceSeeds is how many courses of events TestPaceIsKeptAndUsed tries.
const paceSeeds = 5000

// TestPaceIsKeptAndUsed: with senders of all classes that wake up late by chance, no window of a second ever has more
// messages than the rate, at least 98 % of it is used, and replies are not kept waiting by the others.
func TestPaceIsKeptAndUsed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(paceSeeds) {
		synctest.Test(t, func(t *testing.T) { aCourse(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func aCourse(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 3))
	rate := []float64{1, 2, 5, 30, 30, 100}[r.IntN(6)]
	const seconds = 4
	l := newOwn(Rate{Global: rate})
	begun := time.Now()
	end := begun.Add(seconds * time.Second)
	var sent []time.Time
	var longest time.Duration
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	replies := r.IntN(3) > 0
	var asked time.Time // since when a reply waits
	next := begun.Add(time.Duration(r.IntN(500)) * time.Millisecond)
	for now := begun; now.Before(end); now = time.Now() {
		if replies && !now.Before(next) { // a reply now and then, at most a third of the rate
			if asked.IsZero() {
				asked = now
			}
			wait, taken, _ := l.Take(ctx, sangkien.ClassReply, sangkien.Address{Chat: "1"})
			if !taken { // it asks again
				next = now.Add(wait)
				continue
			}
			longest, asked = max(longest, now.Add(wait).Sub(asked)), time.Time{}
			sent = append(sent, now.Add(wait))
			next = now.Add(time.Duration((3 + r.Float64()*5) / rate * float64(time.Second)))
			continue
		}
		n, wait, _ := l.Free(ctx, 1+r.IntN(8))
		for range n {
			if l.await1(ctx, sangkien.ClassBulk) {
				sent = append(sent, time.Now())
			}
		}
		if late := time.Duration(r.IntN(3)) * time.Millisecond; n == 0 {
			time.Sleep(min(wait, max(next.Sub(now), time.Millisecond)) + late)
		}
	}
	checkPace(t, rate, begun, end, sent)
	if limit := max(time.Duration(4/rate*float64(time.Second)), 400*time.Millisecond); longest > limit {
		t.Errorf("at %v a second a reply waited %v", rate, longest)
	}
}

func (o *own) await1(ctx context.Context, class sangkien.ReplyClass) bool {
	_, ok := await(ctx, o, class, sangkien.Address{Chat: "2"}, time.Minute)
	return ok
}

// checkPace counts every window that begins with a message.
func checkPace(t *testing.T, rate float64, begun, end time.Time, sent []time.Time) {
	t.Helper()
	slices.SortFunc(sent, time.Time.Compare)
	most := int(rate)
	for i := range sent {
		if i+most < len(sent) && sent[i+most].Sub(sent[i]) < time.Second {
			t.Errorf("at %v a second: %d messages within %v", rate, most+1, sent[i+most].Sub(sent[i]))
			return
		}
	}
	if want := int(0.98*rate*end.Sub(begun).Seconds()) - 1; len(sent) < want {
		t.Errorf("at %v a second: %d messages in %v, %d would be 98 %%", rate, len(sent), end.Sub(begun), want)
	}
}

// TestManyRepliesAtASlowPace: however slow the pace and however many wait, its moments are used.
func TestManyRepliesAtASlowPace(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0.5, 1, 2, 3, 5, 30} {
		synctest.Test(t, func(t *testing.T) {
			l := newOwn(Rate{Global: rate})
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			var said atomic.Int64
			for range parallel {
				go func() {
					for ctx.Err() == nil { // as the outbox does with one delivery after the other
						if wait, ok := await(ctx, l, sangkien.ClassReply, sangkien.Address{Chat: "1"}, longestWait); ok {
							said.Add(1)
						} else {
							Sleep(ctx, wait)
						}
					}
				}()
			}
			<-ctx.Done()
			synctest.Wait()
			if want := int64(rate * 120 * 0.95); said.Load() < want {
				t.Errorf("at %v a second %d were said in two minutes, want %d", rate, said.Load(), want)
			}
		})
	}
}

// TestNoticesOvertakeBulk: while notices want all of the rate, bulk gets next to nothing of it, and replies their own.
func TestNoticesOvertakeBulk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newOwn(Rate{Global: 30})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		counts := map[sangkien.ReplyClass]*int{sangkien.ClassNotice: new(int), sangkien.ClassBulk: new(int)}
		for class, n := range counts {
			go func() {
				for l.await1(ctx, class) {
					*n++
				}
			}()
		}
		time.Sleep(10 * time.Second)
		if wait, _, _ := l.Take(ctx, sangkien.ClassReply, sangkien.Address{Chat: "1"}); wait > 200*time.Millisecond {
			t.Errorf("a reply waits %v", wait)
		}
		<-ctx.Done()
		synctest.Wait()
		if notices, bulk := *counts[sangkien.ClassNotice], *counts[sangkien.ClassBulk]; notices < 500 || bulk > notices/10 {
			t.Errorf("%d notices, %d bulk messages", notices, bulk)
		}
	})
}
