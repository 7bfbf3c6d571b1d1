package telegram

import (
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	sangkien "github.com/sangkien/sangkien"
)

// What we read of an update: less than the library's Update, so that a field which we do not need cannot spoil
// the rest by changing its type. https://core.telegram.org/bots/api#update
type (
	wireUpdate struct {
		Message       *wireMessage `json:"message"`
		EditedMessage *wireMessage `json:"edited_message"`
		CallbackQuery *wireQuery   `json:"callback_query"`
		InlineQuery   *wireInline  `json:"inline_query"`
		MyChatMember  *wireMember  `json:"my_chat_member"`
	}

	wireMessage struct {
		ID       int64          `json:"message_id"`
		Date     int64          `json:"date"` // unix seconds; 0 for a message that is not accessible any more
		EditDate int64          `json:"edit_date"`
		From     *tgbotapi.User `json:"from"`
		Chat     wireChat       `json:"chat"`
		Text     string         `json:"text"`
		Caption  string         `json:"caption"`
		Album    string         `json:"media_group_id"`
		wireMedia
	}

	wireMedia struct {
		Photo     []tgbotapi.PhotoSize `json:"photo"`
		Animation *tgbotapi.Animation  `json:"animation"`
		Document  *tgbotapi.Document   `json:"document"`
		Voice     *tgbotapi.Voice      `json:"voice"`
		Audio     *tgbotapi.Audio      `json:"audio"`
		Video     *tgbotapi.Video      `json:"video"`
		VideoNote *tgbotapi.VideoNote  `json:"video_note"`
	}

	wireChat struct {
		ID   int64  `json:"id"` // up to 52 bits
		Type string `json:"type"`
	}

	wireQuery struct {
		ID      string         `json:"id"`
		From    *tgbotapi.User `json:"from"`
		Data    string         `json:"data"`
		Message *wireMessage   `json:"message"` // absent when it is too old
	}

	wireInline struct {
		ID     string         `json:"id"`
		From   *tgbotapi.User `json:"from"`
		Query  string         `json:"query"`
		Offset string         `json:"offset"`
	}

	wireMember struct {
		Date int64          `json:"date"`
		From *tgbotapi.User `json:"from"`
		Chat wireChat       `json:"chat"`
		New  struct {
			Status string `json:"status"`
		} `json:"new_chat_member"`
	}
)

// group tells whether others read along. The ids of groups and channels are negative.
func (c wireChat) group() bool { return c.ID < 0 || c.Type != "" && c.Type != "private" }

// at is when it happened, or now when Telegram does not tell.
func at(unix int64, now time.Time) time.Time {
	if unix <= 0 {
		return now
	}
	return time.Unix(unix, 0)
}

// file returns the file of a message. An animation is sent as a document too, for older bots.
func (m wireMedia) file() (sangkien.File, bool) {
	switch {
	case len(m.Photo) > 0:
		p := largest(m.Photo)
		return file(p.FileID, sangkien.Photo, "", "image/jpeg", p.FileSize)
	case m.Animation != nil:
		return file(m.Animation.FileID, sangkien.Video, m.Animation.FileName, m.Animation.MimeType, m.Animation.FileSize)
	case m.Document != nil:
		return file(m.Document.FileID, sangkien.Document, m.Document.FileName, m.Document.MimeType, m.Document.FileSize)
	case m.Voice != nil:
		return file(m.Voice.FileID, sangkien.Voice, "", m.Voice.MimeType, m.Voice.FileSize)
	case m.Audio != nil: // a recorder's file is a voice message, too
		return file(m.Audio.FileID, sangkien.Voice, m.Audio.FileName, m.Audio.MimeType, m.Audio.FileSize)
	case m.Video != nil:
		return file(m.Video.FileID, sangkien.Video, m.Video.FileName, m.Video.MimeType, m.Video.FileSize)
	case m.VideoNote != nil:
		return file(m.VideoNote.FileID, sangkien.Video, "", "video/mp4", m.VideoNote.FileSize)
	}
	return sangkien.File{}, false
}

// largest is the photo itself among its previews, which come in no order.
func largest(sizes []tgbotapi.PhotoSize) tgbotapi.PhotoSize {
	best := sizes[0]
	for _, p := range sizes[1:] {
		if int64(p.Width)*int64(p.Height) > int64(best.Width)*int64(best.Height) {
			best = p
		}
	}
	return best
}

func file(ref string, kind sangkien.AttachmentKind, name, mime string, size int) (sangkien.File, bool) {
	return sangkien.File{Ref: ref, Kind: kind, Name: name, MIME: mime, Size: int64(size)}, ref != ""
}
