package zalobot

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	sangkien "github.com/sangkien/sangkien"
)

var update = flag.Bool("update", false, "write what decode makes of testdata/updates.json into it")

// recorded is an update as Zalo sends it and what it shall become. One without a date happens at noon.
type recorded struct {
	Name string          `json:"name"`
	Raw  json.RawMessage `json:"raw"`
	Want sangkien.Update `json:"want"`
}

var (
	noon       = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	recordings = filepath.Join("testdata", "updates.json")
)

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

// TestDecode replays recorded updates: by webhook and by poll, bare and wrapped, and what we cannot know.
func TestDecode(t *testing.T) {
	t.Parallel()
	all := readRecordings(t)
	for i, r := range all {
		var raw bytes.Buffer
		if err := json.Compact(&raw, r.Raw); err != nil {
			t.Fatal(err)
		}
		got := decode("4711", raw.Bytes(), noon)
		got.At = got.At.UTC()
		if *update {
			all[i].Want = got
			continue
		}
		if diff := cmp.Diff(r.Want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", r.Name, diff)
		}
	}
	if *update {
		var out bytes.Buffer
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(all); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(recordings, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzDecode: whatever comes, an update of ours follows, with a key, and in words that a database takes.
func FuzzDecode(f *testing.F) {
	for _, r := range readRecordings(f) {
		f.Add([]byte(r.Raw))
	}
	f.Add([]byte(`{"ok":true,"result":{"result":{}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		u := decode("4711", raw, noon)
		if u.Key == "" || u.Address.Channel != Name || u.Kind == "" {
			t.Errorf("%+v", u)
		}
		if u.Kind == sangkien.UpdatePoisoned && (!utf8.ValidString(u.Text) || bytes.ContainsRune([]byte(u.Text), 0)) {
			t.Errorf("%q", u.Text)
		}
		if u.Kind == sangkien.UpdateText && u.Address.Chat == "" {
			t.Errorf("a text of nobody: %+v", u)
		}
	})
}
