package telegram

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
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
	query  string                // id of the callback query, to be answered
	inline *sangkien.InlineQuery // instead of the update: nothing follows from it
}

// decode turns one raw update into ours. It never fails: what cannot be read becomes UpdatePoisoned with the
// raw text, and one bad update never holds up its neighbours. What has no date happened now.
func decode(botID string, raw json.RawMessage, now time.Time) decoded {
	var head struct {
		ID int64 `json:"update_id"`
	}
	_ = json.Unmarshal(raw, &head) // 0 when it has none
	d := decoded{id: head.ID, update: sangkien.Update{Key: key(botID, head.ID, raw), At: now,
		Kind: sangkien.UpdateUnknown, Address: sangkien.Address{Channel: Name, Bot: botID}}}
	var u wireUpdate
	known := json.Unmarshal(raw, &u) == nil && d.read(u, now)
	if d.update.Address.Chat == "" {
		d.place(raw)
	}
	if !known {
		d.update.Kind, d.update.Text = sangkien.UpdatePoisoned, legible(raw)
	}
	return d
}

// key is the update's id, which is Telegram's for one bot. What has none is known by its bytes.
func key(botID string, id int64, raw []byte) string {
	if id != 0 {
		return Name + ":" + botID + ":" + strconv.FormatInt(id, 10)
	}
	sum := sha256.Sum256(raw)
	return Name + ":" + botID + ":x" + hex.EncodeToString(sum[:16])
}

// legible is what any database takes as text.
func legible(raw []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(raw), "\uFFFD"), "\x00", "\uFFFD")
}

// read reads what happened. It returns false when that lacks what it cannot be without.
func (d *decoded) read(u wireUpdate, now time.Time) bool {
	switch {
	case u.Message != nil:
		d.message(u.Message, at(u.Message.Date, now))
		return u.Message.Chat.ID != 0
	case u.EditedMessage != nil:
		d.message(u.EditedMessage, at(u.EditedMessage.EditDate, now))
		d.update.Kind = sangkien.UpdateEdited
		return u.EditedMessage.Chat.ID != 0
	case u.CallbackQuery != nil:
		d.press(u.CallbackQuery)
		return d.update.Address.Chat != ""
	case u.InlineQuery != nil && u.InlineQuery.ID != "":
		d.share(u.InlineQuery)
		return true
	case u.MyChatMember != nil:
		d.member(u.MyChatMember, at(u.MyChatMember.Date, now))
		return u.MyChatMember.Chat.ID != 0
	}
	return d.id != 0 // a kind that we did not ask for
}

func (d *decoded) from(u *tgbotapi.User) {
	if u == nil || u.ID == 0 {
		return
	}
	d.update.From = sangkien.Sender{ID: strconv.FormatInt(u.ID, 10), Language: u.LanguageCode,
		Name: strings.TrimSpace(u.FirstName + " " + u.LastName)}
}

func (d *decoded) chat(c wireChat) {
	if c.ID != 0 {
		d.update.Address.Chat, d.update.Group = strconv.FormatInt(c.ID, 10), c.group()
	}
}

func (d *decoded) message(m *wireMessage, at time.Time) {
	d.from(m.From)
	d.chat(m.Chat)
	u := &d.update
	u.At, u.MessageID, u.Album = at, strconv.FormatInt(m.ID, 10), m.Album
	if f, ok := m.file(); ok {
		u.Kind, u.Text, u.Files = sangkien.UpdateFile, m.Caption, []sangkien.File{f}
	} else if m.Text != "" {
		u.Kind, u.Text = sangkien.UpdateText, m.Text
	}
}

// press reads a press of a button. Its message may be absent, or inaccessible with nothing but its chat and id.
// Without it the press is taken for one in the private chat, which has its person's id.
func (d *decoded) press(q *wireQuery) {
	d.query = q.ID
	d.from(q.From)
	d.update.Kind, d.update.Press = sangkien.UpdatePress, q.Data
	d.update.Address.Chat = d.update.From.ID
	if q.Message != nil {
		d.chat(q.Message.Chat)
		d.update.MessageID = strconv.FormatInt(q.Message.ID, 10)
	}
}

// share reads an inline query. It has no chat: what is chosen is posted by the person, not by us.
func (d *decoded) share(q *wireInline) {
	d.inline = &sangkien.InlineQuery{ID: q.ID, Text: q.Query, Offset: q.Offset}
	if q.From != nil {
		d.inline.Language = sangkien.LanguageOf(q.From.LanguageCode)
	}
}

// member reads a change of our own membership: in a private chat, being blocked or let in again.
func (d *decoded) member(m *wireMember, at time.Time) {
	d.from(m.From)
	d.chat(m.Chat)
	d.update.At, d.update.Kind = at, sangkien.UpdateUnblocked
	if m.New.Status == "kicked" || m.New.Status == "left" {
		d.update.Kind = sangkien.UpdateBlocked
	}
}

// place finds the chat of an update that could not be read as a whole, or is of a kind that we do not know,
// wherever kinds usually have it.
func (d *decoded) place(raw []byte) {
	var kinds map[string]json.RawMessage
	_ = json.Unmarshal(raw, &kinds) // none when it is no object
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		var c struct {
			Chat    wireChat `json:"chat"`
			Message struct {
				Chat wireChat `json:"chat"`
			} `json:"message"`
			From wireChat `json:"from"` // a person's id is that of their private chat
		}
		_ = json.Unmarshal(kinds[kind], &c) // fills what it can
		for _, found := range []wireChat{c.Chat, c.Message.Chat, c.From} {
			if found.ID != 0 {
				d.chat(found)
				return
			}
		}
	}
}
