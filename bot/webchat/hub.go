package webchat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/bot"
)

// hub tells open pages that their chat has a new line. It carries no content: who is told reads the log, so a
// page that is slow or was away misses nothing. Only what cannot be kept is carried itself.
type hub struct {
	mu      sync.Mutex
	waiting map[string]map[*listener]bool
}

// listener is an open page.
type listener struct {
	news  chan struct{}
	aloud chan string // lines that are not in the log
}

// mostAloud is how many lines that are not in the log wait for a page that reads slowly.
const mostAloud = 8

func (h *hub) join(chat string) (l *listener, leave func()) {
	l = &listener{news: make(chan struct{}, 1), aloud: make(chan string, mostAloud)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting[chat] == nil {
		h.waiting[chat] = map[*listener]bool{}
	}
	h.waiting[chat][l] = true
	return l, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waiting[chat], l)
		if len(h.waiting[chat]) == 0 {
			delete(h.waiting, chat)
		}
	}
}

func (h *hub) tell(chat string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.waiting[chat] {
		select {
		case l.news <- struct{}{}:
		default: // told already and not read yet
		}
	}
}

// shout shows a line to the pages that are open now. It returns how many.
func (h *hub) shout(chat, line string) (heard int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.waiting[chat] {
		select {
		case l.aloud <- line:
			heard++
		default: // it does not read
		}
	}
	return heard
}

// Show implements bot.Ephemeral: open pages show the line, and it is gone when they are loaded again. Its number is
// below zero, for no line of the log has such a one.
func (c *Channel) Show(_ context.Context, to sangkien.Address, m bot.Message) error {
	now := time.Now()
	data, err := json.Marshal(entry{Text: m.Text, Buttons: m.Buttons})
	if err != nil {
		return &bot.SendError{Kind: bot.SendRefused, Err: fmt.Errorf("write a line: %w", err)}
	}
	line := fmt.Sprintf("data: {\"seq\":%d,\"mine\":false,\"key\":\"\",\"at\":%d,\"entry\":%s}\n\n", -now.UnixMicro(), now.UnixMilli(), data)
	if c.hub.shout(to.Chat, line) == 0 {
		return &bot.SendError{Kind: bot.SendRetry, Err: errors.New("no page is open")}
	}
	return nil
}
