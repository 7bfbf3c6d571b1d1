package zalooatest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Sent is a message that was taken.
type Sent struct {
	ID, To     string
	Kind       string // "cs", "transaction", "promotion", "template"
	Text       string
	Buttons    []Button
	Attachment Upload // of the file or picture
	Raw        json.RawMessage
}

// Button is a button as it was sent.
type Button struct {
	Title   string          `json:"title"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

type request struct {
	Recipient struct {
		User      string `json:"user_id"`
		Anonymous string `json:"anonymous_id"`
		Talk      string `json:"conversation_id"`
	} `json:"recipient"`
	Message struct {
		Text       *string `json:"text"`
		Attachment *struct {
			Type    string `json:"type"`
			Payload struct {
				TemplateType string   `json:"template_type"`
				Language     string   `json:"language"`
				Buttons      []Button `json:"buttons"`
				Token        string   `json:"token"`
				Elements     []struct {
					Type       string          `json:"type"`
					MediaType  string          `json:"media_type"`
					URL        string          `json:"url"`
					Attachment string          `json:"attachment_id"`
					Content    json.RawMessage `json:"content"`
				} `json:"elements"`
			} `json:"payload"`
		} `json:"attachment"`
	} `json:"message"`
}

func (s *Server) message(kind string, r *http.Request) (any, *failure) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return nil, &failure{-201, "Content type is invalid"}
	}
	var q request
	if err := json.Unmarshal(raw, &q); err != nil {
		return nil, &failure{-201, "Params is invalid"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sendFault) > 0 {
		code := s.sendFault[0]
		s.sendFault = s.sendFault[1:]
		if code != 0 {
			return nil, &failure{code, "as the test wants"}
		}
	}
	m := Sent{ID: "sent" + strconv.Itoa(len(s.sent)+1), To: q.Recipient.User, Kind: kind, Raw: raw}
	if f := s.read(kind, q, &m); f != nil {
		return nil, f
	}
	quota, f := s.allow(kind, q)
	if f != nil {
		return nil, f
	}
	s.sent = append(s.sent, m)
	s.announce()
	if s.opts.OnSend != nil {
		s.opts.OnSend(m)
	}
	return map[string]any{"message_id": m.ID, "user_id": m.To, "quota": quota}, nil
}

// read refuses a message that Zalo would.
func (s *Server) read(kind string, q request, m *Sent) *failure {
	a := q.Message.Attachment
	if q.Message.Text != nil {
		m.Text = *q.Message.Text
		if n := utf8.RuneCountInString(m.Text); n == 0 || n > 2000 {
			return &failure{-210, "text has " + strconv.Itoa(n) + " characters, at most 2000"}
		}
	}
	if a == nil {
		if q.Message.Text == nil || kind != "cs" {
			return &failure{-204, "message has no content"}
		}
		return nil
	}
	m.Buttons = a.Payload.Buttons
	if f := checkButtons(m.Buttons); f != nil {
		return f
	}
	switch {
	case a.Type == "file" && kind == "cs":
		return s.attach(m, a.Payload.Token, "file")
	case a.Type != "template":
		return &failure{-201, "attachment type is invalid"}
	case kind != "cs":
		return readTemplate(kind, q, m)
	case a.Payload.TemplateType == "media":
		if len(a.Payload.Elements) != 1 || len(m.Buttons) > 0 {
			return &failure{-201, "media needs one element and no buttons"}
		}
		return s.attach(m, a.Payload.Elements[0].Attachment, a.Payload.Elements[0].MediaType)
	case a.Payload.TemplateType != "" || len(m.Buttons) == 0 || m.Text == "":
		return &failure{-201, "template is invalid"}
	}
	return nil
}

func (s *Server) attach(m *Sent, id, kind string) *failure {
	u, ok := s.uploads[id]
	if !ok || u.Kind != kind {
		return &failure{-201, "there is no such upload"}
	}
	m.Attachment = u
	return nil
}

func readTemplate(kind string, q request, m *Sent) *failure {
	p := q.Message.Attachment.Payload
	if q.Message.Text != nil || kind == "promotion" && p.TemplateType != "promotion" || kind == "transaction" && !strings.HasPrefix(p.TemplateType, "transaction_") {
		return &failure{-233, "template type is invalid"}
	}
	headers := 0
	for _, e := range p.Elements {
		var text string
		switch e.Type {
		case "header", "text":
			if json.Unmarshal(e.Content, &text) != nil || strings.TrimSpace(text) == "" {
				return &failure{-201, "element has no content"}
			}
			if e.Type == "header" {
				headers++
				if utf8.RuneCountInString(text) > 100 {
					return &failure{-210, "header is too long"}
				}
			} else if utf8.RuneCountInString(text) > 1000 {
				return &failure{-210, "text is too long"}
			}
		case "banner", "table":
		default:
			return &failure{-201, "element type is invalid"}
		}
		m.Text = strings.TrimSpace(m.Text + "\n" + text)
	}
	if headers != 1 || len(m.Buttons) > 4 {
		return &failure{-201, "template needs one header and at most 4 buttons"}
	}
	return nil
}

func checkButtons(buttons []Button) *failure {
	if len(buttons) > 5 {
		return &failure{-210, "too many buttons"}
	}
	for _, b := range buttons {
		if n := utf8.RuneCountInString(b.Title); n == 0 || n > 100 {
			return &failure{-210, "title of a button is empty or too long"}
		}
		var text string
		var open struct {
			URL string `json:"url"`
		}
		switch b.Type {
		case "oa.query.show", "oa.query.hide":
			if json.Unmarshal(b.Payload, &text) != nil || text == "" || utf8.RuneCountInString(text) > 1000 {
				return &failure{-201, "payload of a button is invalid"}
			}
		case "oa.open.url":
			u, err := url.Parse("")
			if json.Unmarshal(b.Payload, &open) == nil {
				u, err = url.Parse(open.URL)
			}
			if err != nil || u.Host == "" {
				return &failure{-201, "url of a button is invalid"}
			}
		case "oa.open.phone", "oa.open.sms":
		default:
			return &failure{-201, "type of a button is invalid: " + b.Type}
		}
	}
	return nil
}

// allow refuses what may not be sent to the person now. Callers hold the lock.
func (s *Server) allow(kind string, q request) (quota any, f *failure) {
	now := s.opts.Now()
	if s.opts.PerMinute > 0 {
		for len(s.minute) > 0 && now.Sub(s.minute[0]) >= time.Minute {
			s.minute = s.minute[1:]
		}
		if len(s.minute) >= s.opts.PerMinute {
			return nil, &failure{-32, "Rate limit exceeded"}
		}
		s.minute = append(s.minute, now)
	}
	if q.Recipient.Anonymous != "" && q.Recipient.Talk != "" && kind == "cs" {
		return nil, nil
	}
	u, ok := s.users[q.Recipient.User]
	if !ok {
		return nil, &failure{-207, "user_id is invalid"}
	}
	switch kind {
	case "cs":
		return s.allowReply(u, now)
	case "promotion":
		return s.allowNews(u, now)
	}
	if !u.follows {
		return nil, &failure{-213, "User has not followed OA"}
	}
	return nil, nil
}

func (s *Server) allowReply(u *User, now time.Time) (any, *failure) {
	age := now.Sub(u.heard)
	switch {
	case !u.follows && u.heard.IsZero():
		return nil, &failure{-213, "User has not followed OA or interacted with it"}
	case u.heard.IsZero(), age >= s.opts.Interaction:
		return nil, &failure{-230, "User has not interacted with the OA in the past 7 days"}
	case (age >= s.opts.FreeFor || u.replies >= s.opts.FreeReplies) && !s.opts.Paid:
		return nil, &failure{-211, "Out of quota"}
	}
	u.replies++
	kind := "reply"
	if age >= s.opts.FreeFor || u.replies > s.opts.FreeReplies {
		kind = "purchase_quota"
	}
	return map[string]any{"quota_type": kind, "remain": strconv.Itoa(max(0, s.opts.FreeReplies-u.replies)), "total": strconv.Itoa(s.opts.FreeReplies), "owner_type": "OA"}, nil
}

func (s *Server) allowNews(u *User, now time.Time) (any, *failure) {
	now = now.In(s.opts.Zone)
	today, month := 0, 0
	for _, at := range u.news {
		if at.Year() == now.Year() && at.Month() == now.Month() {
			month++
			if at.Day() == now.Day() {
				today++
			}
		}
	}
	switch {
	case !u.follows:
		return nil, &failure{-213, "User has not followed OA"}
	case now.Hour() >= 22 || now.Hour() < 6:
		return nil, &failure{-234, "Messages are not sent from 22:00 to 06:00"}
	case today >= s.opts.PerDay, month >= s.opts.PerMonth:
		return nil, &failure{-218, "Out of quota of received messages"}
	}
	u.news = append(u.news, now)
	return map[string]any{"quota_type": "sub_quota", "remain": 100, "total": 500}, nil
}

// Sent returns the messages to a person that were taken; "" for everyone.
func (s *Server) Sent(to string) []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Sent
	for _, m := range s.sent {
		if to == "" || m.To == to {
			all = append(all, m)
		}
	}
	return all
}

// AwaitText waits for a message to the person that has the words, and returns it.
func (u *User) AwaitText(t testing.TB, words string) Sent {
	t.Helper()
	var found Sent
	u.s.await(t, "the words "+words, func() bool {
		for _, m := range u.s.sent {
			if m.To == u.ID && strings.Contains(m.Text, words) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}
