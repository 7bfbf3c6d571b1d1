package storage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	sangkien "github.com/sangkien/sangkien"
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
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = storage.OpenSpool(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TakeOver(); err != nil {
		t.Fatal(err)
	}
	fourth, err := s.Put([]byte("bốn"))
	if left, _ := filepath.Glob(filepath.Join(dir, "*.update")); err != nil || fourth <= ids[2] || len(left) != 3 {
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

// TestSpoolOfMany: processes that share a folder lose nothing of each other's, whatever they do at once, take up what a dead
// one left, once, and leave what the living have alone.
func TestSpoolOfMany(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() *storage.Spool {
		s, err := storage.OpenSpool(dir)
		if err != nil {
			t.Error(err)
		}
		return s
	}
	put := func(s *storage.Spool, text string) string {
		id, err := s.Put([]byte(text))
		if err != nil {
			t.Error(err)
		}
		return id
	}
	if err := os.WriteFile(filepath.Join(dir, "00000000000000000007.update"), []byte("cũ\x0f\xd7\x1f\x15"), 0o600); err != nil { // of an earlier version, torn
		t.Fatal(err)
	}
	var all sync.WaitGroup
	const many = 6
	spools := make([]*storage.Spool, many)
	for i := range spools {
		all.Go(func() {
			spools[i] = open()
			for k := range 10 {
				put(spools[i], fmt.Sprint(i, " ", k))
				if _, err := spools[i].TakeOver(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	texts := func(waiting []sangkien.Spooled, err error) (texts []string) {
		if err != nil {
			t.Error(err)
		}
		for _, w := range waiting {
			texts = append(texts, string(w.Data))
		}
		return texts
	}
	for i, s := range spools {
		want := []string{}
		for k := range 10 {
			want = append(want, fmt.Sprint(i, " ", k))
		}
		if got := texts(s.Waiting()); !slices.Equal(got, want) {
			t.Errorf("process %d has %q", i, got)
		}
	}
	if err := spools[0].Close(); err != nil { // as when it dies: what it left waits
		t.Fatal(err)
	}
	var took int
	for _, s := range spools[1:] {
		got := texts(s.TakeOver())
		if took += len(got); len(got) > 0 && (len(got) != 10 || got[0] != "0 0" || got[9] != "0 9") {
			t.Errorf("took over %q", got)
		}
	}
	if took != 10 {
		t.Errorf("%d were taken over", took)
	}
	for _, s := range spools[1:] {
		waiting, err := s.Waiting()
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range waiting {
			if err := s.Done(w.ID); err != nil {
				t.Error(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
