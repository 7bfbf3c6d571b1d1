package zalooa

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// loose is a text or number of which Zalo writes now one and now the other. A number is kept digit by digit: ids
// have 19, more than a float holds.
type loose string

// UnmarshalJSON implements json.Unmarshaler.
func (l *loose) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '"' {
		var s string
		err := json.Unmarshal(data, &s)
		*l = loose(strings.TrimSpace(s))
		return err
	}
	if len(data) > 0 && (data[0] == '-' || data[0] >= '0' && data[0] <= '9') {
		*l = loose(data)
	}
	return nil // null, or something whose absence shows
}

// What we read of an event: less than there is, so that a field which we do not need cannot spoil the rest.
type (
	wireEvent struct {
		Name      string    `json:"event_name"`
		Timestamp loose     `json:"timestamp"` // unix milliseconds
		OA        loose     `json:"oa_id"`
		Sender    wireID    `json:"sender"`
		Recipient wireID    `json:"recipient"`
		Follower  wireID    `json:"follower"`
		Message   wireEntry `json:"message"`
		Info      struct {
			Name string `json:"name"`
		} `json:"info"`
		Anonymous loose `json:"anonymous_id"`
		Talk      loose `json:"conversation_id"`
	}

	wireID struct {
		ID loose `json:"id"`
	}

	wireEntry struct {
		ID          loose            `json:"msg_id"`
		Text        string           `json:"text"`
		Attachments []wireAttachment `json:"attachments"`
		Talk        loose            `json:"conversation_id"`
	}

	wireAttachment struct {
		Type    string `json:"type"`
		Payload struct {
			URL  string `json:"url"`
			Name string `json:"name"`
			Size loose  `json:"size"`
		} `json:"payload"`
	}
)

// at is when it happened, or now when Zalo does not tell.
func at(stamp loose, now time.Time) time.Time {
	ms, err := strconv.ParseInt(string(stamp), 10, 64)
	if err != nil || ms <= 0 {
		return now
	}
	return time.UnixMilli(ms)
}

// fileOf reads an attachment. ok is false for what is no file.
func (a wireAttachment) fileOf() (f sangkien.File, ok bool) {
	f = sangkien.File{Ref: a.Payload.URL, Name: a.Payload.Name}
	f.Size, _ = strconv.ParseInt(string(a.Payload.Size), 10, 64) // 0 when it is not told
	switch a.Type {
	case "image", "photo":
		f.Kind = sangkien.Photo
	case "gif":
		f.Kind, f.MIME = sangkien.Photo, "image/gif"
	case "file":
		f.Kind = sangkien.Document
	case "audio", "voice":
		f.Kind = sangkien.Voice
	case "video":
		f.Kind = sangkien.Video
	default:
		return f, false
	}
	return f, f.Ref != ""
}
