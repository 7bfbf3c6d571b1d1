package bot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
)

// fakeChannel is a platform that takes what it is told to take.
type fakeChannel struct {
	mu     sync.Mutex
	sent   []string
	errs   []error // of the next sends
	arrive chan string
}

func (c *fakeChannel) Name() string       { return "fake" }
func (c *fakeChannel) Limits() bot.Limits { return bot.Limits{Text: 28, Buttons: 3, Row: 2} }

func (c *fakeChannel) Send(_ context.Context, to sangkien.Address, m bot.Message) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.errs) > 0 {
		err := c.errs[0]
		c.errs = c.errs[1:]
		if err != nil {
			return "", err
		}
	}
	c.sent = append(c.sent, to.Chat+":"+m.Text.String())
	c.arrive <- to.Chat + ":" + m.Text.String()
	return "1", nil
}

// talk runs an outbox over a real database and returns how to say something to a chat.
func talk(t *testing.T, c *fakeChannel, rate bot.Rate) (store *storage.Store, say func(chat, text string)) {
	t.Helper()
	store, err := storage.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	o := bot.NewOutbox("me", store, []bot.Channel{c}, map[string]bot.Pace{"fake": bot.NewPace(rate)}, nil, locale.NewSpeaker(time.UTC), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { o.Run(ctx) })
	t.Cleanup(func() { cancel(); run.Wait(); _ = store.Close() })
	n := 0
	return store, func(chat, text string) {
		n++
		a := sangkien.Address{Channel: "fake", Chat: chat}
		line := sangkien.Line{Args: []sangkien.Arg{sangkien.With("text", text)}}
		if _, err := store.Commit(t.Context(), sangkien.Commit{Key: fmt.Sprint(n), At: time.Now(),
			Chat: sangkien.Chat{Address: a, Revision: int64(n - 1)}, Replies: []sangkien.Reply{{To: a, Lines: []sangkien.Line{line}}}}); err != nil {
			t.Fatal(err)
		}
		o.Wake()
	}
}

func expect(t *testing.T, c *fakeChannel, want ...string) {
	t.Helper()
	for _, w := range want {
		select {
		case got := <-c.arrive:
			if got != w {
				t.Errorf("said %q, want %q", got, w)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%q was not said", w)
		}
	}
}

// settled waits until nothing waits to be sent.
func settled(t *testing.T, store *storage.Store) storage.Counts {
	t.Helper()
	var counts storage.Counts
	testkit.WaitFor(t, func() (err error) {
		if counts, err = store.Counts(t.Context()); err == nil && counts.Waiting != 0 {
			err = fmt.Errorf("still waiting: %+v", counts)
		}
		return err
	})
	return counts
}

func TestALongMessageGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	c := &fakeChannel{arrive: make(chan string, 9), errs: []error{nil, &bot.SendError{Kind: bot.SendRetry, Err: errors.New("gone")}}}
	_, say := talk(t, c, bot.Rate{})
	say("1", "phần một của lời dài và phần hai của nó")
	expect(t, c, "1:(1/2)\nphần một của lời dài", "1:(2/2)\nvà phần hai của nó")
}

func TestFasterThanThePlatformLikes(t *testing.T) {
	t.Parallel()
	c := &fakeChannel{arrive: make(chan string, 9), errs: []error{&bot.SendError{Kind: bot.SendLimited, After: 300 * time.Millisecond, Err: errors.New("429")}}}
	_, say := talk(t, c, bot.Rate{})
	begun := time.Now()
	say("1", "chậm")
	expect(t, c, "1:chậm")
	if waited := time.Since(begun); waited < 300*time.Millisecond {
		t.Errorf("sent again after %v", waited)
	}
}

func TestABlockedChatIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	c := &fakeChannel{arrive: make(chan string, 9), errs: []error{&bot.SendError{Kind: bot.SendUnreachable, Err: errors.New("403 blocked")}}}
	store, say := talk(t, c, bot.Rate{})
	say("1", "không tới")
	if counts := settled(t, store); counts.Failed != 1 {
		t.Errorf("%+v", counts)
	}
	if len(c.sent) != 0 {
		t.Errorf("sent %v", c.sent)
	}
}

func TestPaceOfOneChat(t *testing.T) {
	t.Parallel()
	c := &fakeChannel{arrive: make(chan string, 9)}
	_, say := talk(t, c, bot.Rate{Chat: 5, Burst: 1})
	begun := time.Now()
	say("1", "a")
	say("1", "b")
	say("1", "c")
	expect(t, c, "1:a", "1:b", "1:c")
	if took := time.Since(begun); took < 380*time.Millisecond {
		t.Errorf("three messages in %v at five a second", took)
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	say := locale.NewSpeaker(time.UTC)
	r := sangkien.Reply{Language: sangkien.Vietnamese, Lines: []sangkien.Line{sangkien.Say("text.bold", sangkien.With("text", strings.Repeat("chữ ", 20)))},
		Buttons: [][]sangkien.Button{{{Label: "một", Data: "1"}, {Label: "hai", Data: "2"}, {Label: "ba", Data: "3"}, {Label: "chép", Copy: "x"}}}}
	got := bot.Render(r, say, bot.Limits{Text: 30, Buttons: 9, Row: 2})
	if len(got) != 4 || len(got[0].Buttons) != 0 || len(got[3].Buttons) != 2 || got[3].Text[0].Text != "(4/4)\n" || !got[3].Text[1].Bold {
		t.Errorf("%+v", got)
	}
	for _, m := range got {
		if n := len([]rune(m.Text.String())); n > 30 {
			t.Errorf("%d characters in %q", n, m.Text)
		}
	}
	numbered := bot.Render(r, say, bot.Limits{})
	if len(numbered) != 1 || !strings.HasSuffix(numbered[0].Text.String(), "\n1. một\n2. hai\n3. ba") || numbered[0].Buttons != nil {
		t.Errorf("%+v", numbered)
	}
}
