package telegram

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	sangkien "github.com/sangkien/sangkien"
)

// decoded is an update with what only this package needs.
type decoded struct {
	id     int64 // update_id; 0 when it could not even be read
	update sangkien.Update
	query  string // id of the callback query, to be answered
}

// decode turns one raw update into ours. It never fails: what cannot be read becomes UpdatePoisoned with the
// raw text, and one bad update never holds up its neighbours.
func decode(botID string, raw json.RawMessage, now time.Time) (d decoded) {
	var head struct {
		ID int64 `json:"update_id"`
	}
	_ = json.Unmarshal(raw, &head) // 0 when it has none
	d.id = head.ID
	d.update = sangkien.Update{Key: key(botID, head.ID, raw), At: now, Kind: sangkien.UpdateUnknown, Address: sangkien.Address{Channel: Name, Bot: botID}}
	defer func() {
		if r := recover(); r != nil { // forged entities make the library's helpers panic; we use none, yet
			d.update.Kind, d.update.Text = sangkien.UpdatePoisoned, string(raw)
		}
	}()
	var u tgbotapi.Update
	if err := json.Unmarshal(raw, &u); err != nil {
		d.update.Kind, d.update.Text = sangkien.UpdatePoisoned, string(raw)
		d.update.Address.Chat = salvageChat(raw)
		return d
	}
	switch {
	case u.Message != nil:
		d.message(u.Message)
	case u.EditedMessage != nil:
		d.message(u.EditedMessage)
		d.update.Kind = sangkien.UpdateEdited
	case u.CallbackQuery != nil:
		d.pressed(u.CallbackQuery)
	case u.MyChatMember != nil:
		d.member(u.MyChatMember)
	}
	return d
}

func key(botID string, id int64, raw []byte) string {
	if id != 0 {
		return Name + ":" + botID + ":" + strconv.FormatInt(id, 10)
	}
	h := fnv.New64a()
	_, _ = h.Write(raw) // a hash's Write never fails
	return fmt.Sprintf("%s:%s:x%x", Name, botID, h.Sum64())
}

// salvageChat finds the chat of a message that could not be decoded as a whole, to say sorry there.
func salvageChat(raw []byte) string {
	var u struct {
		Message struct {
			Chat struct {
				ID   int64  `json:"id"`
				Type string `json:"type"`
			} `json:"chat"`
		} `json:"message"`
	}
	_ = json.Unmarshal(raw, &u) // fills what it can
	if u.Message.Chat.Type == "private" && u.Message.Chat.ID != 0 {
		return strconv.FormatInt(u.Message.Chat.ID, 10)
	}
	return ""
}

func (d *decoded) from(u *tgbotapi.User) {
	if u == nil {
		return
	}
	d.update.From = sangkien.Sender{ID: strconv.FormatInt(u.ID, 10), Language: u.LanguageCode,
		Name: strings.TrimSpace(u.FirstName + " " + u.LastName)}
}

func (d *decoded) chat(c *tgbotapi.Chat) {
	if c == nil {
		return
	}
	d.update.Address.Chat = strconv.FormatInt(c.ID, 10)
	d.update.Group = c.Type != "private"
}

func (d *decoded) message(m *tgbotapi.Message) {
	d.from(m.From)
	d.chat(m.Chat)
	u := &d.update
	u.MessageID = strconv.Itoa(m.MessageID)
	u.Album = m.MediaGroupID
	if m.Text != "" {
		u.Kind, u.Text = sangkien.UpdateText, m.Text
		return
	}
	if f, ok := fileOf(m); ok {
		u.Kind, u.Text, u.Files = sangkien.UpdateFile, m.Caption, []sangkien.File{f}
	}
}

// fileOf returns the file of a message. A photo comes in several sizes: the largest is the last that fits.
func fileOf(m *tgbotapi.Message) (sangkien.File, bool) {
	switch {
	case len(m.Photo) > 0:
		best := m.Photo[0]
		for _, p := range m.Photo {
			if p.Width*p.Height > best.Width*best.Height {
				best = p
			}
		}
		return sangkien.File{Ref: best.FileID, Kind: sangkien.Photo, Size: int64(best.FileSize)}, true
	case m.Animation != nil:
		return file(m.Animation.FileID, sangkien.Video, m.Animation.FileName, m.Animation.MimeType, m.Animation.FileSize), true
	case m.Document != nil:
		return file(m.Document.FileID, sangkien.Document, m.Document.FileName, m.Document.MimeType, m.Document.FileSize), true
	case m.Voice != nil:
		return file(m.Voice.FileID, sangkien.Voice, "", m.Voice.MimeType, m.Voice.FileSize), true
	case m.Audio != nil:
		return file(m.Audio.FileID, sangkien.Voice, m.Audio.FileName, m.Audio.MimeType, m.Audio.FileSize), true
	case m.Video != nil:
		return file(m.Video.FileID, sangkien.Video, m.Video.FileName, m.Video.MimeType, m.Video.FileSize), true
	case m.VideoNote != nil:
		return file(m.VideoNote.FileID, sangkien.Video, "", "", m.VideoNote.FileSize), true
	}
	return sangkien.File{}, false
}

func file(ref string, kind sangkien.AttachmentKind, name, mime string, size int) sangkien.File {
	return sangkien.File{Ref: ref, Kind: kind, Name: name, MIME: mime, Size: int64(size)}
}

// pressed reads a button press. Its message may be absent, or inaccessible with nothing but an id.
func (d *decoded) pressed(q *tgbotapi.CallbackQuery) {
	d.query = q.ID
	d.from(q.From)
	d.update.Kind, d.update.Press = sangkien.UpdatePress, q.Data
	d.update.Address.Chat = d.update.From.ID // a private chat has its person's id
	if q.Message != nil {
		d.chat(q.Message.Chat)
		d.update.MessageID = strconv.Itoa(q.Message.MessageID)
	}
}

// member reads a change of our own membership: in a private chat, being blocked or let in again.
func (d *decoded) member(m *tgbotapi.ChatMemberUpdated) {
	d.from(&m.From)
	d.chat(&m.Chat)
	switch m.NewChatMember.Status {
	case "kicked", "left":
		d.update.Kind = sangkien.UpdateBlocked
	case "member", "administrator":
		d.update.Kind = sangkien.UpdateUnblocked
	}
}
