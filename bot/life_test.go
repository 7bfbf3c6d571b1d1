package bot_test

import (
	"context"
	"errors"
	"log/slog"
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
}

func (m *mortal) Beat(context.Context, string, time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mute {
		return errors.New("the database is away")
	}
	m.beats++
	return nil
}

func (m *mortal) Claim(context.Context, string, []string, int, time.Time, time.Duration) ([]sangkien.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []sangkien.Delivery
	for i, text := range m.replies {
		all = append(all, sangkien.Delivery{ID: int64(i), Reply: sangkien.Reply{To: sangkien.Address{Channel: "fake", Chat: text},
			Lines: []sangkien.Line{{Args: []sangkien.Arg{sangkien.With("text", text)}}}}})
	}
	m.replies = nil
	return all, nil
}

func (m *mortal) Finish(context.Context, string, []sangkien.DeliveryResult) error { return nil }

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
