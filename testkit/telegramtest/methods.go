package telegramtest

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// call does what a method does. Methods that are in the spec but not here answer 501: a test that needs one adds it.
func (s *Server) call(ctx context.Context, method string, p map[string]string) (any, error) {
	switch method {
	case "getMe":
		return s.me(), nil
	case "getUpdates":
		return s.getUpdates(ctx, p)
	case "setWebhook":
		return s.setWebhook(p)
	case "deleteWebhook":
		return s.deleteWebhook(p)
	case "getWebhookInfo":
		return s.getWebhookInfo()
	case "sendMessage":
		return s.sendMessage(p)
	case "sendPhoto", "sendDocument", "sendVoice", "sendVideo":
		return s.sendFile(strings.ToLower(strings.TrimPrefix(method, "send")), p)
	case "editMessageText":
		return s.editMessage(p, true)
	case "editMessageReplyMarkup":
		return s.editMessage(p, false)
	case "deleteMessage":
		return s.deleteMessage(p)
	case "answerCallbackQuery":
		return s.answerCallbackQuery(p)
	case "answerInlineQuery":
		return s.answerInlineQuery(p)
	case "sendChatAction":
		_, err := s.chatFor(p)
		return true, err
	case "setMyCommands":
		return true, checkCommands(p)
	case "deleteMyCommands":
		return true, nil
	case "getFile":
		return s.getFile(p)
	}
	return nil, apiFailure{code: http.StatusNotImplemented, description: "Not Implemented: the test server does not do " + method}
}

// Username is the bot's, without the @.
const Username = "sangkien_test_bot"

func (s *Server) me() map[string]any {
	id, _ := strconv.ParseInt(s.BotID, 10, 64)
	return map[string]any{"id": id, "is_bot": true, "first_name": "Test bot", "username": Username,
		"can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": !s.opts.NoInline}
}

// chatFor finds the chat that a call is for. A chat exists once a test has made it; see Server.Chat.
func (s *Server) chatFor(p map[string]string) (*Chat, error) {
	id, _ := strconv.ParseInt(p["chat_id"], 10, 64)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	switch {
	case c == nil:
		return nil, apiFailure{code: http.StatusBadRequest, description: "Bad Request: chat not found"}
	case c.blocked:
		return nil, apiFailure{code: http.StatusForbidden, description: "Forbidden: bot was blocked by the user"}
	case c.movedTo != 0:
		return nil, apiFailure{code: http.StatusBadRequest, migrateTo: c.movedTo,
			description: "Bad Request: group chat was upgraded to a supergroup chat"}
	}
	return c, nil
}

func (s *Server) sendMessage(p map[string]string) (any, error) {
	text, err := readText(p)
	if err != nil {
		return nil, err
	}
	rows, _, err := readKeyboard(p["reply_markup"])
	if err != nil {
		return nil, err
	}
	return s.show(p, Message{Text: text.text, HTML: text.html, Bold: text.bold, Buttons: rows})
}

// show puts a message of the bot into the chat that a call is for.
func (s *Server) show(p map[string]string, m Message) (any, error) {
	c, err := s.chatFor(p)
	if err != nil {
		return nil, err
	}
	m.Chat, m.Sent = c.id, time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	m.ID = s.nextID
	c.record(m, s.opts.Keep)
	announce(&s.changed)
	if s.opts.OnSend != nil {
		s.opts.OnSend(m)
	}
	return s.sent(c, m), nil
}

// sent is a message of the bot as the API tells it.
func (s *Server) sent(c *Chat, m Message) map[string]any {
	out := map[string]any{"message_id": m.ID, "from": s.me(), "chat": c.wire(), "date": m.Sent.Unix(), "text": m.Text}
	if len(m.Buttons) > 0 {
		out["reply_markup"] = map[string]any{"inline_keyboard": m.Buttons}
	}
	return out
}

// editMessage edits text and keyboard, or the keyboard alone. A text that is edited without a keyboard loses
// the one that it had. Nothing to change is an error, and the keyboard of an edited message counts too.
func (s *Server) editMessage(p map[string]string, withText bool) (any, error) {
	var text formatted
	if withText {
		var err error
		if text, err = readText(p); err != nil {
			return nil, err
		}
	}
	rows, _, err := readKeyboard(p["reply_markup"])
	if err != nil {
		return nil, err
	}
	c, err := s.chatFor(p)
	if err != nil {
		return nil, err
	}
	id, _ := strconv.ParseInt(p["message_id"], 10, 64)
	s.mu.Lock()
	defer s.mu.Unlock()
	m := c.find(id)
	if m == nil || m.Deleted {
		return nil, apiFailure{code: http.StatusBadRequest, description: "Bad Request: message to edit not found"}
	}
	if (!withText || m.HTML == text.html) && slices.EqualFunc(m.Buttons, rows, sameRow) {
		return nil, apiFailure{code: http.StatusBadRequest, description: "Bad Request: message is not modified: specified new " +
			"message content and reply markup are exactly the same as a current content and reply markup of the message"}
	}
	if m.Buttons = rows; withText {
		m.Text, m.HTML, m.Bold = text.text, text.html, text.bold
	}
	m.Edits++
	announce(&c.changed)
	announce(&s.changed)
	return s.sent(c, *m), nil
}

func sameRow(a, b []Button) bool {
	return slices.EqualFunc(a, b, func(x, y Button) bool {
		sameCopy := x.Copy == y.Copy || x.Copy != nil && y.Copy != nil && *x.Copy == *y.Copy
		return x.Text == y.Text && x.Data == y.Data && x.URL == y.URL && sameCopy
	})
}

func (s *Server) deleteMessage(p map[string]string) (any, error) {
	c, err := s.chatFor(p)
	if err != nil {
		return nil, err
	}
	id, _ := strconv.ParseInt(p["message_id"], 10, 64)
	s.mu.Lock()
	defer s.mu.Unlock()
	m := c.find(id)
	if m == nil || m.Deleted {
		return nil, apiFailure{code: http.StatusBadRequest, description: "Bad Request: message to delete not found"}
	}
	m.Deleted = true
	announce(&c.changed)
	return true, nil
}

// answerCallbackQuery takes the answer to a query that waits for one. Telegram gives a bot little time for it.
func (s *Server) answerCallbackQuery(p map[string]string) (any, error) {
	if utf8.RuneCountInString(p["text"]) > 200 {
		return nil, refusal("MESSAGE_TOO_LONG")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := p["callback_query_id"]
	if _, ok := s.queries[id]; !ok {
		return nil, apiFailure{code: http.StatusBadRequest,
			description: "Bad Request: query is too old and response timeout expired or query ID is invalid"}
	}
	delete(s.queries, id)
	announce(&s.changed)
	return true, nil
}
