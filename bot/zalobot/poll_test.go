package zalobot

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
	"github.com/sangkien/sangkien/testkit/zalobottest"
)

// TestHandedOverOnce: while the stores are down updates are taken and kept; a process that ends and the next one that
// begins lose none of them and keep each chat's order; when all is finished nothing is kept.
func TestHandedOverOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalobottest.Options{}, nil)
	r.setDown(true)
	r.start()
	for i := range 5 {
		r.server.Chat("a").Send(fmt.Sprint("a", i))
		r.server.Chat("b").Send(fmt.Sprint("b", i))
	}
	r.waiting(10)
	r.stop()
	r.open(nil)
	r.server.Chat("a").Send("a5")
	r.start()
	r.waiting(11)
	r.setDown(false)
	got := map[string][]string{}
	for range 11 {
		u := r.next()
		got[u.Address.Chat] = append(got[u.Address.Chat], u.Text)
	}
	if !slices.Equal(got["a"], []string{"a0", "a1", "a2", "a3", "a4", "a5"}) || !slices.Equal(got["b"], []string{"b0", "b1", "b2", "b3", "b4"}) {
		t.Errorf("%v", got)
	}
	r.waiting(0)
}

// TestStopLosesNothing: the poll that is under way when the program is asked to end still brings what it brings.
func TestStopLosesNothing(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		r := newRig(t, zalobottest.Options{}, nil)
		r.setDown(true)
		r.start()
		if err := r.server.WaitPolling(deadline(t)); err != nil {
			t.Fatal(err)
		}
		stopped := make(chan struct{})
		go func() { r.stop(); close(stopped) }()
		time.Sleep(time.Duration(i) * 100 * time.Microsecond) // the moment is chance
		r.server.Chat("a").Send("một")
		<-stopped
		kept, err := r.spool.Waiting()
		if err != nil || len(kept) != len(r.server.Handed()) {
			t.Errorf("%d handed over, %d kept, %v", len(r.server.Handed()), len(kept), err)
		}
	}
}

// full is a disk that takes nothing at first.
type full struct {
	Spool
	left int
	err  error // nil: one that only its words tell
}

func (f *full) Put(data []byte) (string, error) {
	if f.left--; f.left >= 0 {
		return "", cmp.Or(f.err, errors.New("no space left on device"))
	}
	return f.Spool.Put(data)
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalobottest.Options{}, nil)
	r.open(func(c *Config) { c.Spool = &full{Spool: r.spool, left: 1} })
	r.start()
	r.server.Chat("a").Send("một")
	if u := r.next(); u.Text != "một" {
		t.Errorf("%+v", u)
	}
	r.wantLog("is the disk full?")
}

// TestPollTakesTheWebhookAway: the first deleteWebhook fails, and polling is refused until one does not.
func TestPollTakesTheWebhookAway(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalobottest.Options{}, nil)
	if _, err := r.client.call(t.Context(), time.Second, "setWebhook", map[string]string{"url": "http://127.0.0.1:1/", "secret_token": "12345678"}); err != nil {
		t.Fatal(err)
	}
	r.server.Inject(zalobottest.Fault{Method: "deleteWebhook", Code: 500})
	r.start()
	if err := r.server.WaitPolling(deadline(t)); err != nil {
		t.Fatal(err)
	}
	r.server.Chat("a").Send("một")
	r.next()
	r.wantLog("a webhook is set for this bot")
}

// TestPollTrouble: whatever a poll is answered, the next update comes through; none of it is a hot loop.
func TestPollTrouble(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]zalobottest.Fault{
		"another polls": {Code: 409, Description: "Conflict: another getUpdates is running"},
		"gateway":       {Status: 502, Body: "<html>"},
		"cut off":       {Cut: true},
		"no json":       {Status: 200, Body: "<html>"},
		"server":        {Code: 500, Description: "Internal Server Error"},
		"too fast":      {Code: 429, Description: "Too Many Requests"},
		"nothing":       {Status: 200, Body: `{"ok":true,"result":null}`},
		"an empty list": {Status: 200, Body: `{"ok":true,"result":[]}`},
		"idle":          {Code: 408},
		"slow":          {Delay: 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, zalobottest.Options{}, nil)
			f.Method = "getUpdates"
			r.server.Inject(f)
			r.server.Chat("a").Send("một")
			r.start()
			if u := r.next(); u.Text != "một" {
				t.Errorf("%+v", u)
			}
			if n := r.server.Count("getUpdates"); n > 20 {
				t.Errorf("%d polls", n)
			}
		})
	}
}

// TestFatalEndsRun: a token that is refused ends Run with an error, in both modes.
func TestFatalEndsRun(t *testing.T) {
	t.Parallel()
	for name, webhook := range map[string]string{"polling": "", "webhook": "https://bot.example/webhooks/zalo-bot"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, zalobottest.Options{}, func(c *Config) {
				c.Token, c.Webhook, c.Secret = "4711:another", webhook, "s3cret-s3cret"
			})
			if err := r.Run(t.Context(), r.receive); bot.KindOf(err) != bot.SendFatal || !strings.Contains(err.Error(), "refuses the token") {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestPhotosAreFetchedAtOnce: also while the stores are down, for their links expire; and one that has expired is left
// to be asked for again and told.
func TestPhotosAreFetchedAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalobottest.Options{}, nil)
	r.setDown(true)
	r.start()
	r.server.Chat("a").Photo(picture(t), "máy tách hạt")
	r.waiting(1)
	testkit.WaitFor(t, func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if !strings.Contains(r.log.String(), "an update is not finished") {
			return errors.New("the update was not tried")
		}
		return nil
	})
	r.server.ExpirePhotos()
	r.setDown(false)
	u := r.next()
	if u.Kind != sangkien.UpdateFile || u.Text != "máy tách hạt" || len(u.Files) != 1 || u.Files[0].Kind != sangkien.Photo || len(u.Files[0].Hash) != 64 {
		t.Fatalf("%+v", u)
	}
	if f, err := r.files.Open(u.Files[0].Hash); err != nil {
		t.Error(err)
	} else {
		_ = f.Close()
	}
	if _, err := r.Fetch(t.Context(), r.server.URL+"/photos/gone.jpg"); bot.KindOf(err) != bot.SendRefused {
		t.Error(err)
	}
}

// TestTypingIsShown: who waits longer than a moment sees that something is being done; others do not.
func TestTypingIsShown(t *testing.T) {
	t.Parallel()
	r := newRig(t, zalobottest.Options{}, nil)
	r.start()
	r.server.Chat("a").Send("nhanh")
	r.next()
	r.setDown(true)
	r.server.Chat("b").Send("chậm")
	if err := r.server.WaitCount(deadline(t), "sendChatAction", 1); err != nil {
		t.Error(err)
	}
	r.setDown(false)
	r.next()
	if n := r.server.Count("sendChatAction"); n != 1 {
		t.Errorf("typing was shown %d times", n)
	}
}

// BenchmarkWindow is how long an update is in memory only: from its last byte's having been read until it is on the
// disk. Killed in that time, the process loses it.
func BenchmarkWindow(b *testing.B) {
	spool, err := storage.OpenSpool(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	raw := []byte(`{"message":{"message_id":"m1","date":1766619597466,"chat":{"id":"7","chat_type":"PRIVATE"},"from":{"id":"7"},"text":"` + strings.Repeat("chữ ", 400) + `"}}`)
	var all []time.Duration
	for b.Loop() {
		begun := time.Now()
		id, err := spool.Put(raw)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(begun))
		if err := spool.Done(id); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(all[len(all)-1].Microseconds()), "max-µs")
}

// TestWhatTheDeadLeave: of two processes that share a folder one takes an update in while the stores are down, and dies;
// the other, which runs, finishes it.
func TestWhatTheDeadLeave(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spool")
	open := func() *storage.Spool {
		s, err := storage.OpenSpool(dir)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	theirs, ours := open(), open()
	living := newRig(t, zalobottest.Options{}, func(c *Config) { c.Spool = ours })
	living.start()
	if _, err := theirs.Put([]byte(`{"event_name":"message.text.received","message":{"from":{"id":"u1","display_name":"An"},"chat":{"id":"a","chat_type":"PRIVATE"},"text":"một","message_id":"m1","date":1764060000000}}`)); err != nil {
		t.Fatal(err)
	}
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	if u := living.next(); u.Text != "một" {
		t.Errorf("%+v", u)
	}
	testkit.WaitFor(t, func() error {
		left, err := filepath.Glob(filepath.Join(dir, "*.update"))
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("%v", left)
		}
		return err
	})
}
