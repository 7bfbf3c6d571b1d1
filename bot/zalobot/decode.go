package zalobot

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// What we read of an update. Ids are strings by the documentation; numbers are taken too, as they stand.
type (
	wireUpdate struct {
		Event   string       `json:"event_name"`
		Message *wireMessage `json:"message"`
	}

	wireMessage struct {
		ID       text     `json:"message_id"`
		Date     int64    `json:"date"` // unix milliseconds
		Chat     wireChat `json:"chat"`
		From     wireUser `json:"from"`
		Text     string   `json:"text"`
		Photo    text     `json:"photo"`
		PhotoURL text     `json:"photo_url"`
		Caption  string   `json:"caption"`
	}

	wireChat struct {
		ID   text   `json:"id"`
		Type string `json:"chat_type"`
	}

	wireUser struct {
		ID          text   `json:"id"`
		DisplayName string `json:"display_name"`
		Name        string `json:"name"`
		FirstName   string `json:"first_name"`
		Bot         bool   `json:"is_bot"`
	}
)

// text is a string, or a number as it is written: an id of 19 digits would lose some as a float. Anything else is "".
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = text(s)
		return nil
	}
	var n json.Number
	if json.Unmarshal(data, &n) == nil {
		*t = text(n.String())
	}
	return nil
}

// unwrap returns the update itself: webhooks bring it bare, or inside of the envelope of answers.
func unwrap(raw []byte) []byte {
	var a struct {
		Result json.RawMessage `json:"result"`
	}
	if json.Unmarshal(raw, &a) == nil && len(a.Result) > 0 && string(a.Result) != "null" {
		return a.Result
	}
	return raw
}

// decode turns one raw update into ours. It never fails: what cannot be read becomes UpdatePoisoned with the raw
// text. The kind follows from what a message has, for getUpdates does not name the event.
func decode(botID string, raw []byte, now time.Time) sangkien.Update {
	raw = unwrap(raw)
	u := sangkien.Update{Key: keyOf(botID, "", raw), At: now, Kind: sangkien.UpdateUnknown, Address: sangkien.Address{Channel: Name, Bot: botID}}
	var w wireUpdate
	err := json.Unmarshal(raw, &w) // fills what it can
	if w.Message != nil {
		read(&u, w.Message)
	}
	if err != nil || u.Address.Chat == "" && (w.Message != nil || w.Event == "") {
		u.Kind, u.Text, u.Files = sangkien.UpdatePoisoned, legible(raw), nil
	}
	return u // an event without a message is nothing that we know
}

func read(u *sangkien.Update, m *wireMessage) {
	if m.ID != "" {
		u.Key = keyOf(u.Address.Bot, string(m.ID), nil)
	}
	u.MessageID, u.Address.Chat = string(m.ID), string(m.Chat.ID)
	u.Group = m.Chat.Type != "" && !strings.EqualFold(m.Chat.Type, "PRIVATE")
	if m.Date > 0 {
		u.At = time.UnixMilli(m.Date)
	}
	if m.From.ID != "" {
		u.From = sangkien.Sender{ID: string(m.From.ID),
			Name: strings.TrimSpace(cmp.Or(m.From.DisplayName, m.From.Name, m.From.FirstName))}
	}
	switch photo := cmp.Or(string(m.PhotoURL), string(m.Photo)); {
	case m.From.Bot: // another bot, or ourselves: nothing is told there, for an answer could begin a loop
		u.Group = true
	case photo != "":
		u.Kind, u.Text = sangkien.UpdateFile, m.Caption
		u.Files = []sangkien.File{{Ref: photo, Kind: sangkien.Photo}}
	case m.Text != "":
		u.Kind, u.Text = sangkien.UpdateText, m.Text
	}
}

// keyOf is the message's id, which is Zalo's within one bot: updates have no id of their own. What has none is known
// by its bytes.
func keyOf(botID, message string, raw []byte) string {
	if message != "" {
		return Name + ":" + botID + ":" + message
	}
	sum := sha256.Sum256(raw)
	return Name + ":" + botID + ":x" + hex.EncodeToString(sum[:16])
}

// legible is what any database takes as text.
func legible(raw []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(raw), "\uFFFD"), "\x00", "\uFFFD")
}
