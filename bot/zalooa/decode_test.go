package zalooa

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	const user = "2468458835296117922"
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	type want struct {
		ignored bool
		kind    sangkien.UpdateKind
		text    string
		press   string
		files   string // kind:name:size
		chat    string
		key     string
	}
	wants := map[string]want{
		"text":          {kind: "text", text: "Máy tách hạt ngô", key: "96d3cdf3af150460909"},
		"press":         {kind: "press", press: "a.1x.stage.5.idea"},
		"press_forged":  {kind: "text", text: "#duyet_123"},
		"image":         {kind: "file", text: "Máy của tôi", files: "photo photo"},
		"file":          {kind: "file", files: "document"},
		"audio":         {kind: "file", files: "voice"},
		"video":         {kind: "file", files: "video"},
		"gif":           {kind: "file", files: "photo"},
		"sticker":       {kind: "unknown"},
		"link":          {kind: "text", text: "https://example.vn/bai"},
		"location":      {kind: "unknown"},
		"business_card": {kind: "unknown"},
		"unheard_of":    {kind: "unknown"},
		"numbers":       {kind: "text", text: "số", key: "96460922"},
		"submit_info":   {kind: "unknown"},
		"follow":        {kind: "unblocked", key: "follow:a8e926b4f7031d9f551bd5cb6712d423"},
		"unfollow":      {kind: "blocked", key: "unfollow:a8e926b4f7031d9f551bd5cb6712d423"},
		"anonymous":     {kind: "unknown", chat: "anonymous/anon77/talk9"},
		"echo":          {ignored: true},
		"seen":          {ignored: true},
		"received":      {ignored: true},
		"no_sender":     {kind: "poisoned", chat: "-"},
		"broken":        {kind: "poisoned", chat: "-"},
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != len(wants) {
		t.Fatalf("%d recorded events for %d expectations, %v", len(files), len(wants), err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		w := wants[name]
		u, ok := decode("app", raw, now)
		if ok == w.ignored {
			t.Errorf("%s: taken: %v", name, ok)
		}
		if w.ignored {
			continue
		}
		var kinds []string
		for _, f := range u.Files {
			kinds = append(kinds, string(f.Kind))
		}
		if u.Kind != w.kind || u.Press != w.press || strings.Join(kinds, " ") != w.files || w.kind != "poisoned" && u.Text != w.text {
			t.Errorf("%s: %+v", name, u)
		}
		chat := w.chat
		switch chat {
		case "":
			chat = user
		case "-":
			chat = ""
		}
		if u.Address != (sangkien.Address{Channel: Name, Bot: "app", Chat: chat}) || chat == user && u.From.ID != user {
			t.Errorf("%s: from %+v in %s", name, u.From, u.Address)
		}
		if u.Stranger != (name == "anonymous") || w.kind != "poisoned" && u.At.UnixMilli() != 1766619597466 {
			t.Errorf("%s: stranger %v, at %v", name, u.Stranger, u.At)
		}
		if w.key != "" && u.Key != "zalooa:app:"+w.key {
			t.Errorf("%s: key %s", name, u.Key)
		}
		if strings.Contains(u.From.Name+u.Text, "84912345678") {
			t.Errorf("%s keeps a phone number that nobody asked for", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.json")
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		u, ok := decode("app", raw, time.Unix(1, 0))
		if !ok {
			return
		}
		if u.Key == "" || u.Kind == "" || u.Kind != sangkien.UpdatePoisoned && u.Address.Chat == "" {
			t.Errorf("%q: %+v", raw, u)
		}
		if again, _ := decode("app", raw, time.Unix(1, 0)); again.Key != u.Key {
			t.Errorf("%q: keys %s and %s", raw, u.Key, again.Key)
		}
	})
}
