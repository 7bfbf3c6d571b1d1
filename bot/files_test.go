package bot_test

import (
	"context"
	"fmt"
	"io"
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
)

// filing is a channel that takes files too.
type filing struct{ *fakeChannel }

func (filing) Limits() bot.Limits { return bot.Limits{Text: 40, Caption: 12, Buttons: 3, Row: 2} }

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
	words := fmt.Sprintf("[%s %s] %s %d", f.Name, content, m.Text, len(m.Buttons))
	return c.Send(ctx, to, bot.Message{Text: locale.Text{{Text: words}}})
}

// TestFilesGoWithWords: a short text is the caption; a long one comes before; without the file the words arrive
// and say so; and a file that fails is tried again without the words that arrived.
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
	gone := chart
	gone.Hash = strings.Repeat("0", 64)
	long := strings.Repeat("dài ", 8)
	fail := &bot.SendError{Kind: bot.SendRetry, Err: io.ErrUnexpectedEOF}
	for _, c := range []struct {
		name    string
		channel func(*fakeChannel) bot.Channel
		file    sangkien.File
		text    string
		errs    []error
		want    []string
	}{
		{"caption", func(c *fakeChannel) bot.Channel { return filing{c} }, chart, "ngắn", nil, []string{"1:[c.png PNG] ngắn 1"}},
		{"long", func(c *fakeChannel) bot.Channel { return filing{c} }, chart, long, nil, []string{"1:" + long, "1:[c.png PNG]  1"}},
		{"fails once", func(c *fakeChannel) bot.Channel { return filing{c} }, chart, long, []error{nil, fail}, []string{"1:" + long, "1:[c.png PNG]  1"}},
		{"gone", func(c *fakeChannel) bot.Channel { return filing{c} }, gone, "ngắn", nil, []string{"1:ngắn\n(Tệp c.png chưa gửi kèm được ở", "1:đây.)"}},
		{"no files", func(c *fakeChannel) bot.Channel { return c }, chart, "ngắn", nil, []string{"1:ngắn\n(Tệp c.png chưa", "1:gửi kèm được ở đây.)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fake := &fakeChannel{arrive: make(chan string, 10), errs: c.errs}
			store, err := storage.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "s.db"))
			if err != nil {
				t.Fatal(err)
			}
			o := bot.NewOutbox("me", store, []bot.Channel{c.channel(fake)}, nil, files, locale.NewSpeaker(time.UTC), slog.New(slog.DiscardHandler))
			ctx, cancel := context.WithCancel(t.Context())
			var run sync.WaitGroup
			run.Go(func() { o.Run(ctx) })
			t.Cleanup(func() { cancel(); run.Wait(); _ = store.Close() })
			reply := sangkien.Reply{To: sangkien.Address{Channel: "fake", Chat: "1"}, File: &c.file, Language: sangkien.Vietnamese,
				Lines:   []sangkien.Line{{Args: []sangkien.Arg{sangkien.With("text", c.text)}}},
				Buttons: [][]sangkien.Button{{{Label: "Xem", Data: "v"}}}}
			if _, err := store.Commit(t.Context(), sangkien.Commit{Key: "k", At: time.Now(), Replies: []sangkien.Reply{reply}}); err != nil {
				t.Fatal(err)
			}
			expect(t, fake, c.want...)
		})
	}
}
