package bot_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/storage"
)

// filing is a channel that takes files too, and tells how many buttons come with a message.
type filing struct{ *fakeChannel }

func (filing) Limits() bot.Limits { return bot.Limits{Text: 100, Caption: 12, Buttons: 3, Row: 2} }

func (c filing) Send(ctx context.Context, to sangkien.Address, m bot.Message) (string, error) {
	if n := len(m.Buttons); n > 0 {
		m = bot.Message{Text: append(m.Text, locale.Span{Text: fmt.Sprintf(" +%d", n)})}
	}
	return c.fakeChannel.Send(ctx, to, m)
}

func (c filing) SendFile(ctx context.Context, to sangkien.Address, f sangkien.File, open func() (io.ReadCloser, error), m bot.Message) (string, error) {
	r, err := open()
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Close() }()
	content, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	words := fmt.Sprintf("[%s %s] %s", f.Name, content, m.Text)
	return c.Send(ctx, to, bot.Message{Text: locale.Text{{Text: words}}, Buttons: m.Buttons})
}

// losing opens files so many times; then they are gone.
type losing struct {
	bot.Opener
	left *atomic.Int64
}

func (l losing) Open(hash string) (io.ReadCloser, error) {
	if l.left.Add(-1) < 0 {
		return nil, sangkien.Errorf(sangkien.ENOTFOUND, "gone")
	}
	return l.Opener.Open(hash)
}

// TestFilesGoWithWords: a short text is the caption; a long one comes before; and a file that fails is tried again
// without the words that arrived. Words and buttons arrive once also where the file does not, and say so.
func TestFilesGoWithWords(t *testing.T) {
	t.Parallel()
	files, err := storage.OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	chart, err := files.PutOurs(t.Context(), "c.png", "image/png", sangkien.Photo, []byte("PNG"))
	if err != nil {
		t.Fatal(err)
	}
	const note, often = "(Tệp c.png chưa gửi kèm được ở đây.)", 100
	long := strings.Repeat("dài ", 8)
	with := func(c *fakeChannel) bot.Channel { return filing{c} }
	without := func(c *fakeChannel) bot.Channel { return c }
	fail := &bot.SendError{Kind: bot.SendRetry, Err: io.ErrUnexpectedEOF}
	refuse := &bot.SendError{Kind: bot.SendRefused, Err: io.ErrUnexpectedEOF}
	for _, c := range []struct {
		name    string
		channel func(*fakeChannel) bot.Channel
		opens   int64 // how often the file can be opened: once to look, once to send
		text    string
		errs    []error
		want    []string
	}{
		{"caption", with, often, "ngắn", nil, []string{"1:[c.png PNG] ngắn +1"}},
		{"long", with, often, long, nil, []string{"1:" + long, "1:[c.png PNG]  +1"}},
		{"fails once", with, often, long, []error{nil, fail}, []string{"1:" + long, "1:[c.png PNG]  +1"}},
		{"gone", with, 0, "ngắn", nil, []string{"1:ngắn\n" + note + " +1"}},
		{"gone, long", with, 0, long, nil, []string{"1:" + long, "1:" + note + " +1"}},
		{"gone in between", with, 2, long, []error{nil, fail}, []string{"1:" + long, "1:" + note + " +1"}},
		{"refused", with, often, "ngắn", []error{refuse}, []string{"1:ngắn\n" + note + " +1"}},
		{"refused, long", with, often, long, []error{nil, refuse}, []string{"1:" + long, "1:" + note + " +1"}},
		{"no files", without, often, "ngắn", nil, []string{"1:(1/2)\nngắn\n(Tệp c.png chưa", "1:(2/2)\ngửi kèm được ở đây.)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fake := &fakeChannel{arrive: make(chan string, 10), errs: c.errs}
			var left atomic.Int64
			left.Store(c.opens)
			store, err := storage.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "s.db"))
			if err != nil {
				t.Fatal(err)
			}
			o := bot.NewOutbox("me", store, []bot.Channel{c.channel(fake)}, nil, losing{files, &left}, locale.NewSpeaker(time.UTC), slog.New(slog.DiscardHandler))
			ctx, cancel := context.WithCancel(t.Context())
			var run sync.WaitGroup
			run.Go(func() { o.Run(ctx) })
			t.Cleanup(func() { cancel(); run.Wait(); _ = store.Close() })
			reply := sangkien.Reply{To: sangkien.Address{Channel: "fake", Chat: "1"}, File: &chart, Language: sangkien.Vietnamese,
				Lines:   []sangkien.Line{{Args: []sangkien.Arg{sangkien.With("text", c.text)}}},
				Buttons: [][]sangkien.Button{{{Label: "Xem", Data: "v"}}}}
			if _, err := store.Commit(t.Context(), sangkien.Commit{Key: "k", At: time.Now(), Replies: []sangkien.Reply{reply}}); err != nil {
				t.Fatal(err)
			}
			expect(t, fake, c.want...)
			settled(t, store)
			if len(fake.arrive) > 0 {
				t.Errorf("said too: %q", <-fake.arrive)
			}
		})
	}
}
