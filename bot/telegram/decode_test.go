package telegram

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	sangkien "github.com/sangkien/sangkien"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	address := sangkien.Address{Channel: Name, Bot: "42", Chat: "7"}
	on := sangkien.Sender{ID: "7", Name: "Hà Ôn", Language: "vi"}
	const head = `{"update_id":5,"message":{"message_id":9,"date":1,"from":{"id":7,"first_name":"Hà","last_name":"Ôn","language_code":"vi"},"chat":{"id":7,"type":"private"}`
	cases := map[string]struct {
		raw  string
		want sangkien.Update
	}{
		"text":          {head + `,"text":"ngô"}}`, sangkien.Update{Kind: sangkien.UpdateText, Text: "ngô"}},
		"forged entity": {head + `,"text":"/x","entities":[{"type":"bot_command","offset":0,"length":99999}]}}`, sangkien.Update{Kind: sangkien.UpdateText, Text: "/x"}},
		"photo": {head + `,"caption":"c","media_group_id":"g","photo":[{"file_id":"s","width":9,"height":9},{"file_id":"l","width":99,"height":99,"file_size":3}]}}`,
			sangkien.Update{Kind: sangkien.UpdateFile, Text: "c", Album: "g", Files: []sangkien.File{{Ref: "l", Kind: sangkien.Photo, Size: 3}}}},
		"document": {head + `,"document":{"file_id":"d","file_name":"a.pdf","mime_type":"application/pdf","file_size":4}}}`,
			sangkien.Update{Kind: sangkien.UpdateFile, Files: []sangkien.File{{Ref: "d", Kind: sangkien.Document, Name: "a.pdf", MIME: "application/pdf", Size: 4}}}},
		"voice":          {head + `,"voice":{"file_id":"v","mime_type":"audio/ogg"}}}`, sangkien.Update{Kind: sangkien.UpdateFile, Files: []sangkien.File{{Ref: "v", Kind: sangkien.Voice, MIME: "audio/ogg"}}}},
		"sticker":        {head + `,"sticker":{"file_id":"x","width":1,"height":1}}}`, sangkien.Update{Kind: sangkien.UpdateUnknown}},
		"unknown fields": {head + `,"text":"a","message_thread_id":3,"quote":{"text":"b"},"gift":{"x":[1]}}}`, sangkien.Update{Kind: sangkien.UpdateText, Text: "a"}},
	}
	for name, c := range cases {
		c.want.Key, c.want.Address, c.want.From, c.want.MessageID = "telegram:42:5", address, on, "9"
		got := decode("42", json.RawMessage(c.raw), time.Time{})
		if diff := cmp.Diff(c.want, got.update, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDecodeWhatIsNoMessage(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		raw   string
		kind  sangkien.UpdateKind
		chat  string
		query string
	}{
		"press":               {`{"update_id":5,"callback_query":{"id":"q","from":{"id":7},"data":"d","message":{"message_id":3,"date":1,"chat":{"id":7,"type":"private"}}}}`, sangkien.UpdatePress, "7", "q"},
		"press, message gone": {`{"update_id":5,"callback_query":{"id":"q","from":{"id":7},"data":"d"}}`, sangkien.UpdatePress, "7", "q"},
		"inaccessible":        {`{"update_id":5,"callback_query":{"id":"q","from":{"id":7},"data":"d","message":{"message_id":3,"date":0,"chat":{"id":7,"type":"private"}}}}`, sangkien.UpdatePress, "7", "q"},
		"edited":              {`{"update_id":5,"edited_message":{"message_id":9,"date":1,"edit_date":2,"from":{"id":7},"chat":{"id":7,"type":"private"},"text":"x"}}`, sangkien.UpdateEdited, "7", ""},
		"blocked":             {`{"update_id":5,"my_chat_member":{"chat":{"id":7,"type":"private"},"from":{"id":7},"date":1,"old_chat_member":{"user":{"id":42},"status":"member"},"new_chat_member":{"user":{"id":42},"status":"kicked","until_date":0}}}`, sangkien.UpdateBlocked, "7", ""},
		"new kind":            {`{"update_id":5,"managed_bot":{"x":1}}`, sangkien.UpdateUnknown, "", ""},
		"poison":              {`{"update_id":5,"message":{"message_id":"nine","chat":{"id":7,"type":"private"}}}`, sangkien.UpdatePoisoned, "7", ""},
		"no object":           {`[1,2]`, sangkien.UpdatePoisoned, "", ""},
	}
	for name, c := range cases {
		got := decode("42", json.RawMessage(c.raw), time.Time{})
		if got.update.Kind != c.kind || got.update.Address.Chat != c.chat || got.query != c.query || got.update.Key == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	group := decode("42", json.RawMessage(`{"update_id":5,"message":{"message_id":9,"date":1,"from":{"id":7},"chat":{"id":-3,"type":"supergroup"},"text":"x"}}`), time.Time{})
	if !group.update.Group || group.update.Address.Chat != "-3" {
		t.Errorf("group: %+v", group)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"update_id":5,"message":{"message_id":9,"from":{"id":7},"chat":{"id":7,"type":"private"},"text":"x"}}`))
	f.Add([]byte(`{"update_id":5,"callback_query":{"id":"q","from":{"id":7},"data":"d","message":{"chat":null}}}`))
	f.Add([]byte(`{"update_id":1e99}`))
	f.Add([]byte(`{"my_chat_member":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if d := decode("42", raw, time.Time{}); d.update.Key == "" || d.update.Kind == "" || d.update.Address.Channel != Name {
			t.Errorf("%q became %+v", raw, d)
		}
	})
}
