package zalobot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"net/netip"
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
	"github.com/sangkien/sangkien/testkit/zalobottest"
)

// rig is a channel at a strict server, with what it received.
type rig struct {
	*Channel
	t      *testing.T
	server *zalobottest.Server
	spool  *storage.Spool
	files  *storage.Files
	log    *bytes.Buffer
	came   chan sangkien.Update

	mu   sync.Mutex
	down bool           // the stores
	fail map[string]int // how often the update with the text fails before it is taken
	stop func()
}

func newRig(t *testing.T, options zalobottest.Options, change func(*Config)) *rig {
	t.Helper()
	options.Idle = 50 * time.Millisecond
	dir := t.TempDir()
	spool, err := storage.OpenSpool(filepath.Join(dir, "spool"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := storage.OpenFiles(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, server: zalobottest.New(t, options), spool: spool, files: files, log: &bytes.Buffer{}, fail: map[string]int{}, came: make(chan sangkien.Update, 1000)}
	r.open(change)
	t.Cleanup(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if strings.Contains(r.log.String(), "zaFakeToken") {
			t.Errorf("the token is in the log: %s", r.log)
		}
	})
	return r
}

// open makes the channel, as a new process does.
func (r *rig) open(change func(*Config)) {
	r.t.Helper()
	c := Config{Token: r.server.Token, APIURL: r.server.URL, PollEvery: time.Millisecond, PollFor: time.Second, Spool: r.spool, Files: r.files,
		PhotoKey: []byte("0123456789abcdef"), Local: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Logger: slog.New(slog.NewTextHandler(lockedWriter{&r.mu, r.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&c)
	}
	var err error
	if r.Channel, err = New(c); err != nil {
		r.t.Fatal(err)
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// receive notes updates, unless the stores are down.
func (r *rig) receive(_ context.Context, u sangkien.Update) func() error {
	return func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.down || r.fail[u.Text] > 0 {
			r.fail[u.Text]--
			return errors.New("the stores are down")
		}
		r.came <- u
		return nil
	}
}

func (r *rig) setDown(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
}

// start runs the channel until stop is called or the test ends.
func (r *rig) start() {
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	channel := r.Channel
	go func() { done <- channel.Run(ctx, r.receive) }()
	var once sync.Once
	r.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				r.t.Error(err)
			}
		})
	}
	r.t.Cleanup(r.stop)
}

func (r *rig) next() sangkien.Update {
	r.t.Helper()
	select {
	case u := <-r.came:
		return u
	case <-time.After(10 * time.Second):
		r.t.Fatal("no update came")
		return sangkien.Update{}
	}
}

func (r *rig) wantLog(words string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !strings.Contains(r.log.String(), words) {
		r.t.Errorf("the log does not say %q: %s", words, r.log)
	}
}

// waiting waits until so many updates are in the spool.
func (r *rig) waiting(n int) {
	r.t.Helper()
	testkit.WaitFor(r.t, func() error {
		got, err := r.spool.Waiting()
		if err == nil && len(got) != n {
			err = fmt.Errorf("%d updates in the spool, want %d", len(got), n)
		}
		return err
	})
}

func (r *rig) address(chat string) sangkien.Address {
	return sangkien.Address{Channel: Name, Bot: r.botID, Chat: chat}
}

func message(text string) bot.Message { return bot.Message{Text: locale.Text{{Text: text}}} }

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
