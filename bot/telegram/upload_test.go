package telegram

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
	"github.com/sangkien/sangkien/testkit/telegramtest"
)

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func from(content []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
}

// TestSendFile: each kind arrives whole with its caption and buttons, and what is no photo for Telegram as a document.
func TestSendFile(t *testing.T) {
	t.Parallel()
	wide, small := picture(t, 3000, 20), picture(t, 300, 200)
	for _, c := range []struct {
		name    string
		file    sangkien.File
		content []byte
		want    telegramtest.Upload
	}{
		{"photo", sangkien.File{Kind: sangkien.Photo, Name: "biểu đồ.png", MIME: "image/png"}, small, telegramtest.Upload{Kind: "photo", Name: "biểu đồ.png"}},
		{"refused photo", sangkien.File{Kind: sangkien.Photo, Name: "dài.png", MIME: "image/png"}, wide, telegramtest.Upload{Kind: "document", Name: "dài.png"}},
		{"large photo", sangkien.File{Kind: sangkien.Photo, Name: "a.png", Size: 11 << 20}, small, telegramtest.Upload{Kind: "document", Name: "a.png"}},
		{"document", sangkien.File{Kind: sangkien.Document, Name: "q\"uyết\r\nđịnh.pdf"}, []byte("%PDF"), telegramtest.Upload{Kind: "document", Name: "q_uyết__định.pdf"}},
		{"voice", sangkien.File{Kind: sangkien.Voice, MIME: "audio/ogg", Name: "v.ogg"}, []byte("OggS"), telegramtest.Upload{Kind: "voice", Name: "v.ogg"}},
		{"other sound", sangkien.File{Kind: sangkien.Voice, MIME: "audio/mpeg", Name: "v.mp3"}, []byte("ID3"), telegramtest.Upload{Kind: "document", Name: "v.mp3"}},
		{"video", sangkien.File{Kind: sangkien.Video, Name: "v.mp4"}, []byte("ftyp"), telegramtest.Upload{Kind: "video", Name: "v.mp4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			chat := r.server.Chat(7)
			caption := bot.Message{Text: locale.Text{{Text: "a < b"}}, Buttons: [][]bot.Button{{{Label: "Xem", Data: "v"}}}}
			id, err := r.SendFile(t.Context(), r.address(), c.file, from(c.content), caption)
			if err != nil || id == "" {
				t.Fatalf("%q, %v", id, err)
			}
			if said := r.server.TakeViolations(); (len(said) > 0) != (c.name == "refused photo") {
				t.Error(said)
			}
			got := chat.Messages()[0]
			if got.File == nil || got.File.Kind != c.want.Kind || got.File.Name != c.want.Name || !bytes.Equal(got.File.Content, c.content) ||
				got.Text != "a < b" || len(got.Buttons) != 1 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestSendFileFails: a failure says what it means, and never the token.
func TestSendFileFails(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	chat := r.server.Chat(7)
	send := func(open func() (io.ReadCloser, error)) error {
		_, err := r.SendFile(t.Context(), r.address(), sangkien.File{Kind: sangkien.Document, Name: "x.pdf"}, open, bot.Message{})
		return err
	}
	check := func(what string, err error, want bot.SendKind) {
		t.Helper()
		var se *bot.SendError
		if !errors.As(err, &se) || se.Kind != want || strings.Contains(err.Error(), r.server.Token) {
			t.Errorf("%s: %v", what, err)
		}
	}
	check("empty file", send(from(nil)), bot.SendRefused)
	r.server.TakeViolations()
	check("file that does not open", send(func() (io.ReadCloser, error) { return nil, errors.New("disk") }), bot.SendRetry)
	check("file that breaks off", send(func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(make([]byte, 1<<20)), failing{})), nil
	}), bot.SendRetry)
	r.server.Inject(telegramtest.Fault{Method: "sendDocument", Status: 429, RetryAfter: 3})
	err := send(from([]byte("%PDF")))
	check("too fast", err, bot.SendLimited)
	if se := (*bot.SendError)(nil); errors.As(err, &se) && se.After != 3*time.Second {
		t.Errorf("after %v", se.After)
	}
	r.server.Inject(telegramtest.Fault{Method: "sendDocument", Status: 413, Body: "<html>413 Request Entity Too Large</html>"})
	check("too large for a proxy", send(from([]byte("%PDF"))), bot.SendRefused)
	chat.Block()
	check("blocked", send(from([]byte("%PDF"))), bot.SendUnreachable)
	r.server.Close()
	check("no server", send(from([]byte("%PDF"))), bot.SendRetry)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("read error") }
