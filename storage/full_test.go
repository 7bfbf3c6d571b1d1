package storage_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
)

// TestFullDisk: where a database has no room left, that is what the error says; what is kept can be read, and with room
// again writing goes on, with nothing by half.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for name, on := range map[string]func(*testing.T, string) string{
		"sqlite":   func(_ *testing.T, disk string) string { return "sqlite:" + filepath.Join(disk, "sangkien.db") },
		"postgres": testkit.PostgresOn,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := testkit.SmallDisk(t, "tmpfs", 48)
			s, err := storage.Open(t.Context(), on(t, disk))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			line := func(i int) error {
				_, err := s.AppendWeb(t.Context(), "chat", sangkien.WebEntry{Key: "key" + strconv.Itoa(i), Data: `"` + strings.Repeat("x", 4000) + `"`, At: time.Now()})
				return err
			}
			if err := line(0); err != nil {
				t.Fatal(err)
			}
			free := testkit.Fill(t, disk)
			kept := 1
			for err = nil; err == nil && kept < 5000; kept++ { // what was grown before takes some still
				err = line(kept)
			}
			kept--
			if sangkien.CodeOf(err) != sangkien.ENOSPACE {
				t.Fatalf("after %d lines: %v", kept, err)
			}
			if entries, err := s.WebEntries(t.Context(), "chat", 0, 10_000); err != nil || len(entries) != kept {
				t.Errorf("read %d of %d, %v", len(entries), kept, err)
			}
			free()
			for i := range 2 * kept { // what was kept is known by its key
				if err := line(i); err != nil {
					t.Fatal(err)
				}
			}
			if entries, err := s.WebEntries(t.Context(), "chat", 0, 10_000); err != nil || len(entries) != 2*kept {
				t.Errorf("in the end %d of %d, %v", len(entries), 2*kept, err)
			}
		})
	}
}
