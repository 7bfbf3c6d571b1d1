package zalooatest

import (
	"encoding/json"
	"strconv"
	"time"
)

// User is a person.
type User struct {
	ID      string
	s       *Server
	follows bool
	heard   time.Time
	replies int
	news    []time.Time
}

// User returns a person who follows the OA and has not written.
func (s *Server) User(n int) *User {
	id := strconv.FormatInt(7_000_000_000_000_000_000+int64(n), 10)
	s.mu.Lock()
	defer s.mu.Unlock()
	if u, ok := s.users[id]; ok {
		return u
	}
	u := &User{ID: id, s: s, follows: true}
	s.users[id] = u
	return u
}

// Heard sets when the person wrote last.
func (u *User) Heard(at time.Time) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.heard, u.replies = at, 0
}

// Leaves makes a person who does not follow, without an event.
func (u *User) Leaves() {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.follows = false
}

// Message is an event of a person who wrote: its name and what is in its message. It returns the id of the message.
func (u *User) Message(name string, message map[string]any) string {
	s := u.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	id := "msg" + strconv.FormatInt(s.next, 10)
	if message == nil {
		message = map[string]any{}
	}
	message["msg_id"] = id
	u.heard, u.replies = s.opts.Now(), 0
	s.push(map[string]any{"app_id": AppID, "event_name": name, "timestamp": s.stamp(), "user_id_by_app": "app" + u.ID,
		"sender": map[string]any{"id": u.ID}, "recipient": map[string]any{"id": OAID}, "message": message}, u.ID)
	return id
}

// Write sends a text.
func (u *User) Write(text string) string {
	return u.Message("user_send_text", map[string]any{"text": text})
}

// Send sends files of one kind: "image", "file", "audio", "video", "gif". They lie on the server.
func (u *User) Send(kind, caption string, files map[string][]byte) string {
	var list []any
	for name, data := range files {
		u.s.mu.Lock()
		u.s.uploads[name] = Upload{Kind: kind, Name: name, Data: data}
		u.s.mu.Unlock()
		payload := map[string]any{"url": u.s.URL + "/files/" + name}
		if kind == "file" {
			payload["name"], payload["size"], payload["type"] = name, strconv.Itoa(len(data)), "pdf"
		}
		list = append(list, map[string]any{"type": kind, "payload": payload})
	}
	return u.Message("user_send_"+kind, map[string]any{"text": caption, "attachments": list})
}

// Press presses the button with the title on the last message that the person was sent and that has one.
func (u *User) Press(title string) bool {
	u.s.mu.Lock()
	var payload string
	for _, m := range u.s.sent {
		for _, b := range m.Buttons {
			if m.To == u.ID && b.Title == title && (b.Type == "oa.query.show" || b.Type == "oa.query.hide") {
				_ = json.Unmarshal(b.Payload, &payload)
			}
		}
	}
	u.s.mu.Unlock()
	if payload == "" {
		return false
	}
	u.Write(payload)
	return true
}

// Follow and Unfollow are what they say, with their events.
func (u *User) Follow()   { u.follow("follow", true) }
func (u *User) Unfollow() { u.follow("unfollow", false) }

func (u *User) follow(name string, follows bool) {
	s := u.s
	s.mu.Lock()
	defer s.mu.Unlock()
	u.follows = follows
	if follows {
		u.heard, u.replies = s.opts.Now(), 0
	}
	s.push(map[string]any{"app_id": AppID, "event_name": name, "timestamp": s.stamp(), "oa_id": OAID, "source": "oa_profile",
		"follower": map[string]any{"id": u.ID}, "user_id_by_app": "app" + u.ID}, u.ID)
}

func (s *Server) stamp() string { return strconv.FormatInt(s.opts.Now().UnixMilli(), 10) }
