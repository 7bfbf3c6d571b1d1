// Package webchat is the chat on our own page: a channel like the others whose platform is a log of lines and
// a stream of events. It knows no SQL and no handler: the log, the store for files and the way in are handed
// to it. The page itself is in package web.
package webchat

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/locale"
)

// Name is the Channel of the addresses of web chats.
const Name = "web"

// Log keeps what was said; storage is one.
type Log interface {
	AppendWeb(ctx context.Context, chat string, e sangkien.WebEntry) (seq int64, err error)
	WebEntries(ctx context.Context, chat string, after int64, limit int) ([]sangkien.WebEntry, error)
	WebEntry(ctx context.Context, chat string, seq int64) (e sangkien.WebEntry, ok bool, err error)
}

// Files keeps uploads, cleaned and typed by their content. A file that is not taken is EINVALID, one that is not
// kept ENOTFOUND.
type Files interface {
	Put(ctx context.Context, name string, r io.Reader) (sangkien.File, error)
	Open(hash string) (io.ReadCloser, error)
}

// Channel is the web chat.
type Channel struct {
	log    Log
	files  Files
	logger *slog.Logger
	secure bool // cookies only over https
	hub    hub
	pace   *pace

	// Reason tells why a file is not taken, as locale's "file.refused.<reason>"; nil: one sentence for all.
	Reason func(error) string
}

// New returns the web chat. secure marks the cookie for https only.
func New(log Log, files Files, secure bool, logger *slog.Logger) *Channel {
	return &Channel{log: log, files: files, logger: logger, secure: secure, pace: newPace(),
		hub: hub{waiting: map[string]map[chan struct{}]bool{}}}
}

// entry is the JSON of a line.
type entry struct {
	Text    locale.Text    `json:"text,omitempty"`
	Buttons [][]bot.Button `json:"buttons,omitempty"`
	Files   []string       `json:"files,omitempty"`  // names of what the visitor uploaded
	Retire  int64          `json:"retire,omitempty"` // the buttons of that line are used up
	Edit    int64          `json:"edit,omitempty"`   // this stands in the place of that line
	File    *sangkien.File `json:"file,omitempty"`   // of ours: the page fetches it by the number of the line
}

// Name implements bot.Channel.
func (c *Channel) Name() string { return Name }

// Limits implements bot.Channel.
func (c *Channel) Limits() bot.Limits {
	return bot.Limits{Caption: 100_000, Buttons: 80, Row: 3, Copy: true, URL: true}
}

// Send implements bot.Channel: the line is stored, once, and pages that are open show it at once.
func (c *Channel) Send(ctx context.Context, to sangkien.Address, m bot.Message) (string, error) {
	seq, err := c.append(ctx, to.Chat, sangkien.WebEntry{Key: m.Key}, entry{Text: m.Text, Buttons: m.Buttons})
	if err != nil {
		return "", &bot.SendError{Kind: bot.SendRetry, Err: err}
	}
	return strconv.FormatInt(seq, 10), nil
}

// SendFile implements bot.FileSender: the line names the file, and the page fetches it.
func (c *Channel) SendFile(ctx context.Context, to sangkien.Address, f sangkien.File, _ func() (io.ReadCloser, error), caption bot.Message) (string, error) {
	seq, err := c.append(ctx, to.Chat, sangkien.WebEntry{Key: caption.Key}, entry{Text: caption.Text, Buttons: caption.Buttons, File: &f})
	if err != nil {
		return "", &bot.SendError{Kind: bot.SendRetry, Err: err}
	}
	return strconv.FormatInt(seq, 10), nil
}

// Edit implements bot.Editor: a line that the page shows in the place of the earlier one.
func (c *Channel) Edit(ctx context.Context, to sangkien.Address, messageID string, m bot.Message) (string, error) {
	earlier, err := strconv.ParseInt(messageID, 10, 64)
	if err != nil {
		return "", &bot.SendError{Kind: bot.SendRefused, Err: fmt.Errorf("edit a line: %w", err)}
	}
	seq, err := c.append(ctx, to.Chat, sangkien.WebEntry{Key: m.Key}, entry{Text: m.Text, Buttons: m.Buttons, Edit: earlier})
	if err != nil {
		return "", &bot.SendError{Kind: bot.SendRetry, Err: err}
	}
	return strconv.FormatInt(seq, 10), nil
}

// Retire implements bot.Retirer.
func (c *Channel) Retire(ctx context.Context, to sangkien.Address, messageID string) {
	seq, err := strconv.ParseInt(messageID, 10, 64)
	if err != nil {
		return
	}
	if _, err := c.append(ctx, to.Chat, sangkien.WebEntry{Key: "retire:" + messageID}, entry{Retire: seq}); err != nil {
		c.logger.Debug("retire buttons", "error", err)
	}
}

func (c *Channel) append(ctx context.Context, chat string, e sangkien.WebEntry, content entry) (int64, error) {
	data, err := json.Marshal(content)
	if err != nil {
		return 0, fmt.Errorf("write a line: %w", err)
	}
	e.Data, e.At = string(data), time.Now()
	seq, err := c.log.AppendWeb(ctx, chat, e)
	if err == nil {
		c.hub.tell(chat)
	}
	return seq, err
}

// hub tells open pages that their chat has a new line. It carries no content: who is told reads the log, so a
// page that is slow or was away misses nothing.
type hub struct {
	mu      sync.Mutex
	waiting map[string]map[chan struct{}]bool
}

func (h *hub) join(chat string) (news chan struct{}, leave func()) {
	news = make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting[chat] == nil {
		h.waiting[chat] = map[chan struct{}]bool{}
	}
	h.waiting[chat][news] = true
	return news, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waiting[chat], news)
		if len(h.waiting[chat]) == 0 {
			delete(h.waiting, chat)
		}
	}
}

func (h *hub) tell(chat string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for news := range h.waiting[chat] {
		select {
		case news <- struct{}{}:
		default: // told already and not read yet
		}
	}
}
