package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
)

// mortal is a table whose signs of life fail when it is told to. Each claim brings a reply while there are any.
type mortal struct {
	mu      sync.Mutex
	mute    bool
	beats   int
	replies []string

	silences []time.Duration // that were asked for
	lostTo   []int64         // claimed by a claim whose answer was lost
	finished []sangkien.DeliveryResult
	fail     error // of Finish
}

func (m *mortal) Beat(_ context.Context, _ string, _ time.Time, silence time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.silences = append(m.silences, silence)
	if m.mute {
		return errors.New("the database is away")
	}
	m.beats++
	return nil
}

func (m *mortal) Leased(context.Context, string) ([]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]int64{0}, m.lostTo...), nil // 0 is in its hands
}

func (m *mortal) Claim(context.Context, string, []string, int, time.Time, time.Duration) ([]sangkien.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.lostTo) > 0 {
		return nil, errors.New("the answer was lost")
	}
	var all []sangkien.Delivery
	for i, text := range m.replies {
		all = append(all, sangkien.Delivery{ID: int64(i), Reply: sangkien.Reply{To: sangkien.Address{Channel: "fake", Chat: text},
			Lines: []sangkien.Line{{Args: []sangkien.Arg{sangkien.With("text", text)}}}}})
	}
	m.replies = nil
	return all, nil
}

func (m *mortal) Finish(_ context.Context, _ string, results []sangkien.DeliveryResult) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return false, m.fail
	}
	m.finished = append(m.finished, results...)
	for _, r := range results {
		m.lostTo = slices.DeleteFunc(m.lostTo, func(id int64) bool { return id == r.ID })
	}
	return true, nil
}

func (m *mortal) set(mute bool, replies ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mute, m.replies = mute, append(m.replies, replies...)
}

func (m *mortal) signs() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.beats
}

func (m *mortal) waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.replies)
}

// slowChannel takes a while for each message.
type slowChannel struct {
	fakeChannel
	takes time.Duration
}

func (c *slowChannel) Send(ctx context.Context, to sangkien.Address, m bot.Message) (string, error) {
	time.Sleep(c.takes)
	return c.fakeChannel.Send(ctx, to, m)
}

// TestNothingIsSaidWithoutASignOfLife: others take over what was claimed by a sender that gives none, so one that has
// just started, or could not write for a while, neither claims nor sends; one that ends gives signs until it has.
func TestNothingIsSaidWithoutASignOfLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := &mortal{mute: true, replies: []string{"một"}}
		c := &slowChannel{fakeChannel: fakeChannel{arrive: make(chan string, 10)}}
		pace := bot.NewPace(bot.Rate{Global: 0.1}) // the second message waits ten seconds for its moment
		o := bot.NewOutbox("me", table, []bot.Channel{c}, map[string]bot.Pace{"fake": pace}, nil, locale.NewSpeaker(time.UTC), slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { o.Run(ctx) })
		time.Sleep(5 * time.Second)
		if table.waiting() != 1 {
			t.Error("claimed before the first sign of life")
		}
		table.set(false)
		time.Sleep(2 * time.Second)
		if len(c.arrive) != 1 {
			t.Error("nothing said after the first sign of life")
		}
		table.set(false, "hai")
		time.Sleep(time.Second)
		table.set(true)
		time.Sleep(10 * time.Second)
		if len(c.arrive) != 1 || table.waiting() != 0 {
			t.Errorf("%d said, %d waiting: what was claimed was said without a sign of life", len(c.arrive), table.waiting())
		}
		table.set(true, "ba")
		time.Sleep(10 * time.Second)
		if table.waiting() != 1 {
			t.Error("claimed without a sign of life")
		}
		c.takes = 30 * time.Second
		table.set(false)
		time.Sleep(10 * time.Second)
		stop()
		before := table.signs()
		run.Wait()
		if beats := table.signs() - before; len(c.arrive) != 2 || beats < 15 {
			t.Errorf("%d said, %d signs of life while the last message was under way", len(c.arrive), beats)
		}
	})
}

func (m *mortal) with(do func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	do()
}

// outboxOn runs an outbox on a table until the test ends.
func outboxOn(t *testing.T, table *mortal, c bot.Channel) {
	o := bot.NewOutbox("me", table, []bot.Channel{c}, nil, nil, locale.NewSpeaker(time.UTC), slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { o.Run(ctx) })
	t.Cleanup(func() { stop(); run.Wait() })
}

// TestOthersAreNotDeadBecauseTheStoreWas: who could not write for a while gives the others as long, and four seconds more,
// until all have had the time; who has just begun cannot know.
func TestOthersAreNotDeadBecauseTheStoreWas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := &mortal{}
		outboxOn(t, table, &fakeChannel{arrive: make(chan string, 10)})
		last := func() (s time.Duration) {
			table.with(func() { s = table.silences[len(table.silences)-1] })
			return s
		}
		time.Sleep(2500 * time.Millisecond)
		if s := last(); s < time.Hour {
			t.Errorf("just begun, and others are dead after %v", s)
		}
		time.Sleep(5 * time.Second)
		if s := last(); s != 4*time.Second {
			t.Errorf("others are dead after %v", s)
		}
		table.set(true)
		time.Sleep(300 * time.Second)
		table.set(false)
		time.Sleep(3 * time.Second)
		if s := last(); s < 300*time.Second {
			t.Errorf("back for three seconds after five minutes, and others are dead after %v", s)
		}
		time.Sleep(5 * time.Second)
		if s := last(); s != 4*time.Second {
			t.Errorf("at last others are dead after %v", s)
		}
	})
}

// TestClaimedWithoutKnowing: what a claim took whose answer was lost is given back at once, and nothing else is.
func TestClaimedWithoutKnowing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := &mortal{lostTo: []int64{7, 8}}
		outboxOn(t, table, &fakeChannel{arrive: make(chan string, 10)})
		time.Sleep(3 * time.Second)
		table.with(func() {
			ids := map[int64]int{}
			for _, r := range table.finished {
				if ids[r.ID]++; r.State != sangkien.DeliveryLater {
					t.Errorf("%+v", r)
				}
			}
			if ids[7] != 1 || ids[8] != 1 {
				t.Errorf("given back: %v", ids)
			}
		})
	})
}

// TestWhatWasSentIsNoted: however long the store is away, what was sent is noted when it is back, and nothing more is said
// meanwhile.
func TestWhatWasSentIsNoted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := &mortal{replies: []string{"một"}}
		c := &fakeChannel{arrive: make(chan string, 10)}
		outboxOn(t, table, c)
		table.with(func() { table.fail = sangkien.Errorf(sangkien.EUNAVAILABLE, "away") })
		time.Sleep(10 * time.Minute)
		if len(c.arrive) != 1 {
			t.Fatalf("%d sent", len(c.arrive))
		}
		table.with(func() {
			if table.fail = nil; len(table.finished) != 0 {
				t.Errorf("noted %+v", table.finished)
			}
		})
		time.Sleep(1500 * time.Millisecond)
		table.with(func() {
			if len(table.finished) != 1 || table.finished[0].State != sangkien.DeliverySent {
				t.Errorf("noted %+v", table.finished)
			}
		})
	})
}
