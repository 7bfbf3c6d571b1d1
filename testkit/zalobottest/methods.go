package zalobottest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func (s *Server) call(r *http.Request, method string, p map[string]string) (any, error) {
	switch method {
	case "getMe":
		return map[string]any{"id": s.BotID, "account_name": "bot.test", "account_type": "BASIC", "can_join_groups": false}, nil
	case "getUpdates":
		return s.getUpdates(r, p["timeout"])
	case "setWebhook":
		return s.setWebhook(p)
	case "deleteWebhook":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hook = nil
		return map[string]any{"url": "", "updated_at": time.Now().UnixMilli()}, nil
	case "getWebhookInfo":
		s.mu.Lock()
		defer s.mu.Unlock()
		info := map[string]any{"url": "", "updated_at": time.Now().UnixMilli()}
		if s.hook != nil {
			info["url"] = s.hook.url
		}
		return info, nil
	case "sendMessage":
		return s.sendMessage(p)
	case "sendPhoto":
		return s.sendPhoto(r, p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chats[p["chat_id"]] == nil {
		return nil, refuse("chat not found")
	}
	if method == "sendChatAction" && p["action"] != "typing" {
		s.violate("sendChatAction: action %q", p["action"])
		return nil, refuse("action %q", p["action"])
	}
	return map[string]any{}, nil
}

// getUpdates hands over one update, or says 408 after a while. Only one poll may wait.
func (s *Server) getUpdates(r *http.Request, timeout string) (any, error) {
	seconds, err := strconv.Atoi(timeout)
	if timeout == "" {
		seconds, err = 30, nil
	}
	if err != nil || seconds < 0 {
		return nil, refuse("timeout %q", timeout)
	}
	idle := time.Duration(min(seconds, 60)) * time.Second
	if s.opts.Idle > 0 {
		idle = min(idle, s.opts.Idle)
	}
	s.mu.Lock()
	switch {
	case s.hook != nil:
		s.mu.Unlock()
		return nil, failure{code: http.StatusConflict, description: "Conflict: getUpdates does not work while a webhook is set"}
	case s.polls > 0:
		s.mu.Unlock()
		return nil, failure{code: http.StatusConflict, description: "Conflict: another getUpdates is running"}
	}
	s.polls++
	s.announce()
	s.mu.Unlock()
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		s.mu.Lock()
		u, changed := s.head(r), s.subscribe()
		s.mu.Unlock()
		if u != nil {
			return u.content, nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return nil, errIdle
		case <-r.Context().Done():
			return nil, errGone
		}
	}
}

var (
	errIdle = failure{code: http.StatusRequestTimeout, description: "Request Timeout"}
	errGone = errors.New("the bot hung up")
)

// endPoll lets the next poll in, once the answer is written.
func (s *Server) endPoll(err error) {
	var f failure
	if errors.As(err, &f) && f.code == http.StatusConflict {
		return // it was not let in
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polls = max(0, s.polls-1)
	s.announce()
}

// head takes the oldest update off the queue: whatever happens to the answer, it is gone. Callers hold the lock.
func (s *Server) head(r *http.Request) *update {
	if len(s.queue) == 0 || r.Context().Err() != nil {
		return nil
	}
	u := s.queue[0]
	s.queue = s.queue[1:]
	s.handed = append(s.handed, Handed{MessageID: u.id, Chat: u.chat, Text: u.text, At: time.Now()})
	s.announce()
	return u
}

func (s *Server) setWebhook(p map[string]string) (any, error) {
	u, err := url.Parse(p["url"])
	local := err == nil && u.Scheme == "http" && u.Hostname() == "127.0.0.1"
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || u.Scheme != "https" && !local {
		s.violate("setWebhook: url %q", p["url"])
		return nil, refuse("an https url is needed")
	}
	if n := len(p["secret_token"]); n < 8 || n > 256 {
		s.violate("setWebhook: a secret of %d characters", n)
		return nil, refuse("secret_token has 8 to 256 characters")
	}
	s.hook = &webhook{url: p["url"], secret: p["secret_token"]}
	if s.opts.Hook != nil {
		s.hook.url = s.opts.Hook(p["url"])
	}
	for _, waiting := range s.queue {
		s.push(s.hook, waiting)
	}
	s.queue = nil
	s.announce()
	return map[string]any{"url": p["url"], "updated_at": time.Now().UnixMilli()}, nil
}

func (s *Server) sendMessage(p map[string]string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := utf8.RuneCountInString(p["text"]); n < 1 || n > 2000 || strings.TrimSpace(p["text"]) == "" {
		s.violate("sendMessage: a text of %d characters", n)
		return nil, refuse("text has 1 to 2000 characters")
	}
	return s.record(p["chat_id"], Message{Text: p["text"]})
}

// sendPhoto fetches the photo as the platform does, before it answers.
func (s *Server) sendPhoto(r *http.Request, p map[string]string) (any, error) {
	s.mu.Lock()
	known := s.chats[p["chat_id"]] != nil
	if !strings.HasPrefix(p["photo"], "https://") || utf8.RuneCountInString(p["caption"]) > 2000 {
		s.violate("sendPhoto: photo %q with a caption of %d characters", p["photo"], utf8.RuneCountInString(p["caption"]))
		s.mu.Unlock()
		return nil, refuse("photo must be an https url")
	}
	s.mu.Unlock()
	if !known {
		return nil, refuse("chat not found")
	}
	from := p["photo"]
	if s.opts.Rewrite != nil {
		from = s.opts.Rewrite(from)
	}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, from, http.NoBody)
	if err != nil {
		return nil, refuse("photo: %v", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, refuse("photo cannot be fetched")
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "image/") {
		return nil, refuse("photo cannot be fetched: %s", resp.Status)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record(p["chat_id"], Message{Text: p["caption"], Photo: data, PhotoURL: p["photo"]})
}

// record shows a message to its chat. Callers hold the lock.
func (s *Server) record(chat string, m Message) (any, error) {
	c := s.chats[chat]
	if c == nil {
		return nil, refuse("chat not found")
	}
	s.next++
	m.ID, m.Sent = fmt.Sprintf("b%d", s.next), time.Now()
	c.messages = append(c.messages, m)
	s.announce()
	return map[string]any{"message_id": m.ID, "date": m.Sent.UnixMilli()}, nil
}
