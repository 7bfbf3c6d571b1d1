package zalooa

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// decode turns the body of an event, whose signature was checked, into an update. ok is false for what nothing
// follows from: what the account itself sent, that a message was seen, what concerns other apps. It never fails:
// what should have been a message and cannot be read becomes UpdatePoisoned.
func decode(app string, raw []byte, now time.Time) (u sangkien.Update, ok bool) {
	u = sangkien.Update{At: now, Kind: sangkien.UpdateUnknown, Address: sangkien.Address{Channel: Name, Bot: app}}
	var e wireEvent
	err := json.Unmarshal(raw, &e)
	if err == nil && !concerns(e.Name) {
		return u, false
	}
	u.Key, u.At = key(app, e, raw), at(e.Timestamp, now)
	switch {
	case err != nil:
	case e.Name == "follow" || e.Name == "unfollow":
		u.Kind = map[bool]sangkien.UpdateKind{true: sangkien.UpdateUnblocked, false: sangkien.UpdateBlocked}[e.Name == "follow"]
		person(&u, e.Follower.ID)
	case strings.HasPrefix(e.Name, "anonymous_"):
		stranger(&u, e)
	case e.Name == "user_submit_info":
		// The phone number and the address in it are not asked for, so they are not kept.
		u.From.Name = e.Info.Name
		person(&u, e.Sender.ID)
	default:
		person(&u, e.Sender.ID)
		message(&u, e)
	}
	if err != nil || u.Address.Chat == "" {
		u.Kind, u.Text = sangkien.UpdatePoisoned, strings.ReplaceAll(strings.ToValidUTF8(string(raw), "\uFFFD"), "\x00", "\uFFFD")
	}
	return u, true
}

// concerns tells whether an event is about something that a person did to us. Above all the echoes of what the
// account sent are not: answered, they would be a talk with oneself.
func concerns(name string) bool {
	return name == "follow" || name == "unfollow" || name == "user_submit_info" ||
		strings.HasPrefix(name, "user_send_") || strings.HasPrefix(name, "anonymous_send_")
}

// key is what an event is known by when it comes again.
func key(app string, e wireEvent, raw []byte) string {
	switch {
	case e.Message.ID != "":
		return Name + ":" + app + ":" + string(e.Message.ID)
	case e.Follower.ID != "" && e.Timestamp != "":
		who := sha256.Sum256([]byte(string(e.Follower.ID) + ":" + string(e.Timestamp))) // keys are logged, people are not
		return Name + ":" + app + ":" + e.Name + ":" + hex.EncodeToString(who[:16])
	}
	sum := sha256.Sum256(raw)
	return Name + ":" + app + ":x" + hex.EncodeToString(sum[:16])
}

func person(u *sangkien.Update, id loose) {
	u.Address.Chat, u.From.ID = string(id), string(id)
}

// anonymous is how the chat of someone begins whom Zalo does not let us know.
const anonymous = "anonymous/"

func stranger(u *sangkien.Update, e wireEvent) {
	u.Stranger = true
	id, talk := e.Anonymous, e.Talk
	if id == "" {
		id = e.Sender.ID
	}
	if talk == "" {
		talk = e.Message.Talk
	}
	if id != "" {
		u.Address.Chat = anonymous + string(id) + "/" + string(talk)
	}
}

// message reads what a person sent. A button of ours comes back as a text that anyone can type as well: it is a press
// if it reads like one, and whoever acts on a press checks all of it.
func message(u *sangkien.Update, e wireEvent) {
	u.MessageID = string(e.Message.ID)
	if data, ok := strings.CutPrefix(strings.TrimSpace(e.Message.Text), pressMark); ok && e.Name == "user_send_text" {
		if _, ok := sangkien.ParsePress(data); ok {
			u.Kind, u.Press, u.MessageID = sangkien.UpdatePress, data, "" // the message that had the button is not told
			return
		}
	}
	for _, a := range e.Message.Attachments {
		if f, ok := a.fileOf(); ok {
			u.Files = append(u.Files, f)
		}
	}
	switch {
	case len(u.Files) > 0:
		u.Kind, u.Text = sangkien.UpdateFile, e.Message.Text
	case e.Name == "user_send_text" || e.Name == "user_send_link":
		u.Kind, u.Text = sangkien.UpdateText, e.Message.Text
		if e.Message.Text == "" && len(e.Message.Attachments) > 0 {
			u.Text = e.Message.Attachments[0].Payload.URL
		}
	}
}
