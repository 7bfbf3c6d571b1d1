package storage_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sangkien/sangkien/storage"
)

// TestSpool: what was put comes back in order after a restart until it is done, what was cut off never does, and no
// number is given twice while its entry waits.
func TestSpool(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spool")
	s, err := storage.OpenSpool(dir)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, data := range []string{"một", "hai", "ba"} {
		id, err := s.Put([]byte(data))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := s.Done(ids[1]); err != nil {
		t.Fatal(err)
	}
	if err := s.Done(ids[1]); err != nil {
		t.Error("done twice:", err)
	}
	for id, torn := range map[string]string{"00000000000000000000": "", "00000000000000000001x": "mộ", "00000000000000000009": "một\x00\x00\x00\x00"} {
		if err := os.WriteFile(filepath.Join(dir, id+".update"), []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = storage.OpenSpool(dir); err != nil {
		t.Fatal(err)
	}
	fourth, err := s.Put([]byte("bốn"))
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); err != nil || fourth <= "00000000000000000009" || len(left) != 3 {
		t.Fatalf("%s after %s, %v", fourth, ids[2], err)
	}
	waiting, err := s.Waiting()
	if err != nil || len(waiting) != 3 || string(waiting[0].Data) != "một" || string(waiting[1].Data) != "ba" || string(waiting[2].Data) != "bốn" {
		t.Errorf("%q, %v", waiting, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put([]byte("năm")); err == nil {
		t.Error("kept nowhere")
	}
}
