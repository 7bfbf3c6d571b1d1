package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
)

// packed makes an archive of entries of so many zero bytes each.
func packed(t testing.TB, entries map[string]int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, size := range entries {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(w, zeros{}, int64(size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// patched changes bytes behind the last place of a mark.
func patched(data []byte, mark string, at int, to ...byte) []byte {
	out := bytes.Clone(data)
	copy(out[bytes.LastIndex(out, []byte(mark))+at:], to)
	return out
}

func TestOpen(t *testing.T) {
	t.Parallel()
	good := packed(t, map[string]int{"word/document.xml": 1000, "a.txt": 0})
	many := map[string]int{}
	for i := range 60 {
		many[strings.Repeat("x", i+1)] = 1
	}
	const central, end = "PK\x01\x02", "PK\x05\x06"
	big := make([]byte, 4)
	binary.LittleEndian.PutUint32(big, 500<<20)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"good":        {good, ""},
		"bomb":        {packed(t, map[string]int{"b": 30 << 20}), "bomb"},
		"lies":        {patched(good, central, 24, big...), "bomb"},
		"many":        {packed(t, many), "bomb"},
		"encrypted":   {patched(good, central, 8, 1), "locked"},
		"method":      {patched(good, central, 10, 99), "broken"},
		"outside":     {packed(t, map[string]int{"../../etc/passwd": 1}), "broken"},
		"windows":     {packed(t, map[string]int{`..\..\x`: 1}), "broken"},
		"twice":       {packed(t, map[string]int{"a.txt": 1, "A.TXT": 1}), "broken"},
		"tail":        {append(bytes.Clone(good), "behind"...), "broken"},
		"cut":         {good[:len(good)-30], "broken"},
		"nothing":     {nil, "broken"},
		"zip64":       {bytes.Replace(good, []byte(end), append([]byte("PK\x06\x07"+strings.Repeat("\x00", 16)), end...), 1), "bomb"},
		"overlapping": {patched(good, central, 42, 0, 0, 0, 0), "bomb"},
	} {
		z, err := Open(bytes.NewReader(c.data), int64(len(c.data)), Limits{Entries: 50, Unpacked: 100 << 20, Ratio: 250})
		switch {
		case c.want == "" && (err != nil || len(z.File) != 2):
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (sangkien.CodeOf(err) != sangkien.EINVALID || !strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// TestReadStopsWhereTheDirectorySaid: what unpacks to more than it says ends with an error, not in memory.
func TestReadStopsWhereTheDirectorySaid(t *testing.T) {
	t.Parallel()
	data := patched(packed(t, map[string]int{"b": 1000}), "PK\x01\x02", 24, 10, 0, 0, 0)
	z, err := Open(bytes.NewReader(data), int64(len(data)), Office)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Read(z.File[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if n, err := io.Copy(io.Discard, r); err == nil || n > 1000 {
		t.Errorf("read %d bytes, %v", n, err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(packed(f, map[string]int{"a": 10}))
	f.Fuzz(func(t *testing.T, data []byte) {
		z, err := Open(bytes.NewReader(data), int64(len(data)), Office)
		if err != nil && sangkien.CodeOf(err) != sangkien.EINVALID || err == nil && z == nil {
			t.Error(err)
		}
	})
}
