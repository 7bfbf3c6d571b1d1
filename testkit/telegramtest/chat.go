package telegramtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Message is a message that the bot sent, as the user sees it.
type Message struct {
	ID      int64
	Chat    int64
	Text    string   // after the markup was read
	HTML    string   // as it was sent
	Bold    []string // the parts that are bold
	Buttons [][]Button
	File    *Upload // what was sent with it; Text is its caption then
	Sent    time.Time
	Edits   int
	Deleted bool
}

// Labels are the buttons in the order in which they are read.
func (m Message) Labels() []string {
	var out []string
	for _, b := range slices.Concat(m.Buttons...) {
		out = append(out, b.Text)
	}
	return out
}

// Button finds a button by its label or its data.
func (m Message) Button(labelOrData string) (Button, bool) {
	for _, b := range slices.Concat(m.Buttons...) {
		if b.Text == labelOrData || b.Data == labelOrData {
			return b, true
		}
	}
	return Button{}, false
}

// Chat is a user in front of a chat with the bot: their own, or a group.
type Chat struct {
	s        *Server
	id, user int64
	blocked  bool
	movedTo  int64
	messages []*Message
	read     int // by Next
	dropped  int // of the messages, because of Options.Keep
	changed  chan struct{}
}

// Chat returns the private chat of a user, the same for every call. Before the first call the bot cannot write to it.
func (s *Server) Chat(userID int64) *Chat { return s.chat(userID, userID) }

// Group returns a group in which a user writes; groupID is negative.
func (s *Server) Group(groupID, userID int64) *Chat { return s.chat(groupID, userID) }

func (s *Server) chat(id, user int64) *Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	if c == nil {
		c = &Chat{s: s, id: id, user: user}
		s.chats[id] = c
	}
	return c
}

// Move turns a group into a supergroup with another id: the bot learns it when it writes to the old one.
func (s *Server) Move(from, to int64) {
	old := s.chat(from, 0)
	s.chat(to, old.user)
	s.mu.Lock()
	defer s.mu.Unlock()
	old.movedTo = to
}

func (c *Chat) wire() map[string]any {
	if c.id < 0 {
		return map[string]any{"id": c.id, "type": "supergroup", "title": "Group " + strconv.FormatInt(-c.id, 10)}
	}
	return map[string]any{"id": c.id, "type": "private", "first_name": "Member", "last_name": strconv.FormatInt(c.id, 10)}
}

func (c *Chat) from() map[string]any {
	return map[string]any{"id": c.user, "is_bot": false, "first_name": "Member", "last_name": strconv.FormatInt(c.user, 10), "language_code": "vi"}
}

// message is what all messages of a user have. Callers hold the server's lock.
func (c *Chat) message(with map[string]any) (body map[string]any, id int64) {
	c.s.nextID++
	body = map[string]any{"message_id": c.s.nextID, "from": c.from(), "chat": c.wire(), "date": time.Now().Unix()}
	for k, v := range with {
		body[k] = v
	}
	return body, c.s.nextID
}

// post sends a message of the user and returns its id.
func (c *Chat) post(with map[string]any) (messageID int64) {
	body, id := c.message(with)
	c.s.enqueue("message", c.lane(), wrap("message", body))
	return id
}

func (c *Chat) lane() string { return "chat" + strconv.FormatInt(c.id, 10) }

// Send writes a text and returns the id of the message. A text that begins with a slash is a command.
func (c *Chat) Send(text string) (messageID int64) {
	with := map[string]any{"text": text}
	if strings.HasPrefix(text, "/") {
		command, _, _ := strings.Cut(text, " ")
		with["entities"] = []any{map[string]any{"type": "bot_command", "offset": 0, "length": len(command)}}
	}
	return c.SendWith(with)
}

// SendWith sends a message with these fields beside the usual ones: whatever a user can send that has no helper.
func (c *Chat) SendWith(fields map[string]any) (messageID int64) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.post(fields)
}

// Edit changes an earlier text of the user.
func (c *Chat) Edit(messageID int64, text string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	body, _ := c.message(map[string]any{"message_id": messageID, "text": text, "edit_date": time.Now().Unix()})
	c.s.enqueue("edited_message", c.lane(), wrap("edited_message", body))
}

// Press presses a button of a message, by its label or its data.
func (c *Chat) Press(messageID int64, labelOrData string) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	m := c.find(messageID)
	if m == nil {
		return fmt.Errorf("press %q: no message %d", labelOrData, messageID)
	}
	b, ok := m.Button(labelOrData)
	if !ok || b.Data == "" {
		return fmt.Errorf("press %q: message %d has the buttons %q", labelOrData, messageID, m.Labels())
	}
	c.press(messageID, b.Data)
	return nil
}

// PressData presses a button that may never have been there.
func (c *Chat) PressData(messageID int64, data string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.press(messageID, data)
}

// press sends a callback query. Telegram keeps it in the lane of the user, not in that of the chat.
func (c *Chat) press(messageID int64, data string) {
	c.s.nextID++
	id := strconv.FormatInt(c.s.nextID, 10)
	// A message that is gone is "inaccessible": its date is 0.
	message := map[string]any{"message_id": messageID, "chat": c.wire(), "date": 0}
	if m := c.find(messageID); m != nil && !m.Deleted {
		message = c.s.sent(c, *m)
	}
	query := map[string]any{"id": id, "from": c.from(), "chat_instance": "1", "data": data, "message": message}
	if c.s.enqueue("callback_query", "user"+strconv.FormatInt(c.user, 10), wrap("callback_query", query)) != 0 {
		c.s.queries[id] = struct{}{}
	}
}

// Block stops the bot: it is told so, and may not write any more. Unblock lets it in again.
func (c *Chat) Block() { c.setBlocked(true, "member", "kicked") }

// Unblock lets the bot write again.
func (c *Chat) Unblock() { c.setBlocked(false, "kicked", "member") }

func (c *Chat) setBlocked(blocked bool, before, after string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.blocked = blocked
	status := func(status string) map[string]any {
		return map[string]any{"user": c.s.me(), "status": status, "until_date": 0}
	}
	c.s.enqueue("my_chat_member", "member"+strconv.FormatInt(c.id, 10), wrap("my_chat_member", map[string]any{
		"chat": c.wire(), "from": c.from(), "date": time.Now().Unix(),
		"old_chat_member": status(before), "new_chat_member": status(after),
	}))
}

// record keeps a message of the bot: all of them, or the last keep. Callers hold the server's lock.
func (c *Chat) record(m Message, keep int) {
	if keep > 0 && len(c.messages) >= keep {
		c.messages = append(c.messages[:0:0], c.messages[1:]...)
		c.dropped++
	}
	c.messages = append(c.messages, &m)
	announce(&c.changed)
}

func (c *Chat) find(id int64) *Message {
	i := slices.IndexFunc(c.messages, func(m *Message) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return c.messages[i]
}

// Messages are what the bot sent to this chat, oldest first.
func (c *Chat) Messages() []Message {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	out := make([]Message, 0, len(c.messages))
	for _, m := range c.messages {
		out = append(out, *m)
	}
	return out
}

// Next waits for the oldest message that Next has not returned yet.
func (c *Chat) Next(ctx context.Context) (Message, error) {
	return c.wait(ctx, "the next message", func() (Message, bool) {
		i := max(c.read-c.dropped, 0)
		if i >= len(c.messages) {
			return Message{}, false
		}
		c.read = c.dropped + i + 1
		return *c.messages[i], true
	})
}

// Wait waits for a message that fits, among those that came and those to come.
func (c *Chat) Wait(ctx context.Context, fits func(Message) bool) (Message, error) {
	return c.wait(ctx, "a message that fits", func() (Message, bool) {
		for _, m := range c.messages {
			if fits(*m) {
				return *m, true
			}
		}
		return Message{}, false
	})
}

// Text waits for a message that holds these words.
func (c *Chat) Text(ctx context.Context, words string) (Message, error) {
	return c.Wait(ctx, func(m Message) bool { return strings.Contains(m.Text, words) })
}

func (c *Chat) wait(ctx context.Context, what string, take func() (Message, bool)) (Message, error) {
	for {
		c.s.mu.Lock()
		m, ok := take()
		changed, count := subscribe(&c.changed), len(c.messages)
		c.s.mu.Unlock()
		if ok {
			return m, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("chat %d: wait for %s (it has %d): %w", c.id, what, count, ctx.Err())
		}
	}
}

// fillID puts the id into a raw update.
func fillID(raw string, id int64) []byte {
	filled := []byte(strings.ReplaceAll(raw, "UPDATE_ID", strconv.FormatInt(id, 10)))
	if !json.Valid(filled) {
		panic("telegramtest: Raw takes valid JSON only: anything else would break the answer of getUpdates")
	}
	return filled
}
