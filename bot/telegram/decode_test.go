package telegram

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	sangkien "github.com/sangkien/sangkien"
)

var update = flag.Bool("update", false, "write what decode makes of testdata/updates.json into it")

// recorded is an update as Telegram sends it (Bot API 10.1) and what it shall become. An update that names no
// date happens at noon.
type recorded struct {
	Name  string          `json:"name"`
	Raw   json.RawMessage `json:"raw"`
	Query string          `json:"query,omitempty"`
	Want  sangkien.Update `json:"want"`
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

var recordings = filepath.Join("testdata", "updates.json")

func readRecordings(t testing.TB) []recorded {
	t.Helper()
	data, err := os.ReadFile(recordings)
	if err != nil {
		t.Fatal(err)
	}
	var all []recorded
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDecode replays recorded updates: messages, files, presses, blocks, and what we cannot know.
func TestDecode(t *testing.T) {
	t.Parallel()
	all := readRecordings(t)
	for i, r := range all {
		got := decode("42", r.Raw, noon)
		got.update.At = got.update.At.UTC()
		if *update {
			all[i].Want, all[i].Query = got.update, got.query
			continue
		}
		if diff := cmp.Diff(r.Want, got.update, cmpopts.EquateEmpty()); diff != "" || got.query != r.Query {
			t.Errorf("%s: query %q, %s", r.Name, got.query, diff)
		}
	}
	if *update {
		writeRecordings(t, all)
	}
}

// writeRecordings keeps each update on one line, as it came.
func writeRecordings(t *testing.T, all []recorded) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("[\n")
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i, r := range all {
		if err := enc.Encode(r); err != nil {
			t.Fatal(err)
		}
		if i < len(all)-1 {
			b.WriteString(",\n")
		}
	}
	b.WriteString("]\n")
	if err := os.WriteFile(recordings, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDecodeWhatIsNoUpdate: bytes that are not even an object are kept, as text that any database takes.
func TestDecodeWhatIsNoUpdate(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"", "[1,2]", "null", "{", "\x00\xff", `{"update_id":"5"}`, strings.Repeat("[", 20_000)} {
		d := decode("42", json.RawMessage(raw), noon)
		if d.update.Kind != sangkien.UpdatePoisoned || d.id != 0 || !strings.HasPrefix(d.update.Key, "telegram:42:x") ||
			!utf8.ValidString(d.update.Text) || strings.Contains(d.update.Text, "\x00") {
			t.Errorf("%.20q became %+v", raw, d)
		}
	}
	if key("42", 0, []byte("a")) == key("42", 0, []byte("b")) {
		t.Error("two updates without an id have one key")
	}
}

func FuzzDecode(f *testing.F) {
	for _, r := range readRecordings(f) {
		f.Add([]byte(r.Raw))
	}
	f.Add([]byte(`{"update_id":1e99}`))
	f.Add([]byte(`{"update_id":5,"callback_query":{"id":"q","from":{"id":7},"data":"d","message":{"chat":null}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := decode("42", raw, noon)
		if d.update.Key == "" || d.update.Kind == "" || d.update.Address.Channel != Name || d.update.At.IsZero() {
			t.Errorf("%q became %+v", raw, d)
		}
		if d.update.Kind == sangkien.UpdateText && d.update.Address.Chat == "" {
			t.Errorf("%q is a text of no chat", raw)
		}
	})
}
