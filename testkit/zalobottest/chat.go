package zalobottest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// update is what happened, until the bot has it.
type update struct {
	id      string
	chat    *Chat
	text    string
	content map[string]any
}

// webhook is where updates are pushed to.
type webhook struct{ url, secret string }

// Message is a message that the bot sent, as the member sees it.
type Message struct {
	ID       string
	Text     string // or the caption
	Photo    []byte
	PhotoURL string
	Sent     time.Time
}

// Chat is a member in front of a chat with the bot.
type Chat struct {
	s        *Server
	id, name string
	messages []Message
	read     int // by Next
}

// Chat returns the chat of a member, the same for every call. Before the first call the bot cannot write to it.
func (s *Server) Chat(id string) *Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	if c == nil {
		c = &Chat{s: s, id: id, name: "Member " + id}
		s.chats[id] = c
	}
	return c
}

// Send writes a text and returns the id of the message.
func (c *Chat) Send(text string) string {
	return c.post("message.text.received", text, map[string]any{"text": text})
}

// SendAt writes a text that bears another time than now.
func (c *Chat) SendAt(text string, at time.Time) string {
	return c.post("message.text.received", text, map[string]any{"text": text, "date": at.UnixMilli()})
}

// Photo sends a photo; its link can be fetched from the server.
func (c *Chat) Photo(data []byte, caption string) string {
	c.s.mu.Lock()
	c.s.next++
	name := fmt.Sprintf("p%d.jpg", c.s.next)
	c.s.photos[name] = data
	c.s.mu.Unlock()
	with := map[string]any{"photo_url": c.s.URL + "/photos/" + name}
	if caption != "" {
		with["caption"] = caption
	}
	return c.post("message.image.received", caption, with)
}

// Sticker sends a sticker, and Unsupported what reaches a bot without its content: voice, files, places.
func (c *Chat) Sticker() string {
	return c.post("message.sticker.received", "", map[string]any{"sticker": "9a3bf7d"})
}

// Unsupported sends what reaches a bot without its content.
func (c *Chat) Unsupported() string { return c.post("message.unsupported.received", "", nil) }

// InGroup writes in a group that the bot cannot be in, but for a mistake.
func (c *Chat) InGroup(text string) string {
	return c.post("message.text.received", text, map[string]any{"text": text, "chat": map[string]any{"id": c.id, "chat_type": "GROUP"}})
}

// ExpirePhotos lets all links to members' photos expire.
func (s *Server) ExpirePhotos() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.photos)
}

func (s *Server) servePhoto(w http.ResponseWriter, name string) {
	s.mu.Lock()
	data, ok := s.photos[name]
	s.mu.Unlock()
	if !ok {
		w.WriteHeader(http.StatusForbidden) // expired
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(data)
}

func (c *Chat) post(event, text string, with map[string]any) string {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	id := fmt.Sprintf("m%d", s.next)
	message := map[string]any{"message_id": id, "date": time.Now().UnixMilli(), "chat": map[string]any{"id": c.id, "chat_type": "PRIVATE"},
		"from": map[string]any{"id": c.id, "display_name": c.name, "is_bot": false}}
	for k, v := range with {
		message[k] = v
	}
	u := &update{id: id, chat: c, text: text, content: map[string]any{"message": message}}
	if s.next%2 == 0 || s.hook != nil { // a poll brings the event's name or does not
		u.content["event_name"] = event
	}
	s.add(u)
	return id
}

// Again lets a member say once more what was lost, before all that waits: as a new message with the old words.
func (s *Server) Again(lost []Handed) {
	for i := len(lost) - 1; i >= 0; i-- {
		lost[i].Chat.Send(lost[i].Text)
		s.mu.Lock()
		if last := len(s.queue) - 1; last > 0 {
			u := s.queue[last]
			s.queue = append([]*update{u}, s.queue[:last]...)
		}
		s.mu.Unlock()
	}
}

// add queues an update, or pushes it to the webhook. Callers hold the lock.
func (s *Server) add(u *update) {
	if s.hook != nil {
		s.push(s.hook, u)
	} else {
		s.queue = append(s.queue, u)
	}
	s.announce()
}

// DeliverEach says how often each update is delivered to the webhook from now on.
func (s *Server) DeliverEach(times func() int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = times
}

// push delivers an update to the webhook, as often as it needs, each after its own delay, and never again: that the
// bot did not take it is nobody's business. The body is bare or in an envelope. Callers hold the lock.
func (s *Server) push(h *webhook, u *update) {
	for i := range max(1, s.times()) {
		var body any = u.content
		if (s.next+int64(i))%2 == 0 {
			body = map[string]any{"ok": true, "result": u.content}
		}
		raw, err := json.Marshal(body)
		if err != nil {
			panic(err) // maps of ours always marshal
		}
		delay := time.Duration(0)
		if s.opts.Delay != nil {
			delay = s.opts.Delay()
		}
		s.pushing++
		s.work.Go(func() { s.post(h, raw, delay) })
	}
}

func (s *Server) post(h *webhook, raw []byte, delay time.Duration) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.pushing--
		s.announce()
	}()
	select {
	case <-time.After(delay):
	case <-s.ctx.Done():
		return
	}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, h.url, bytes.NewReader(raw))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Bot-Api-Secret-Token", h.secret)
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}

// Messages are what the bot sent to this chat, oldest first.
func (c *Chat) Messages() []Message {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return append([]Message(nil), c.messages...)
}

// Next waits for the oldest message that Next has not returned yet.
func (c *Chat) Next(ctx context.Context) (Message, error) {
	var m Message
	err := c.s.waitUntil(ctx, func() bool {
		if c.read < len(c.messages) {
			m = c.messages[c.read]
			c.read++
			return true
		}
		return false
	}, "the next message in chat %s", c.id)
	return m, err
}

// Text waits for a message that holds these words.
func (c *Chat) Text(ctx context.Context, words string) (Message, error) {
	var found Message
	err := c.s.waitUntil(ctx, func() bool {
		for _, m := range c.messages {
			if strings.Contains(m.Text, words) {
				found = m
				return true
			}
		}
		return false
	}, "%q in chat %s", words, c.id)
	return found, err
}
