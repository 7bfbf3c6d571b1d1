package main

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
)

// TestMachinesShareAFolder: processes with one data folder agree, however many begin at once; one with a folder of its own is told.
func TestMachinesShareAFolder(t *testing.T) {
	t.Parallel()
	store, err := storage.Open(t.Context(), testkit.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	shared, own := t.TempDir(), t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := shares(t.Context(), store, shared); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := shares(t.Context(), store, own); !errors.Is(err, errOtherFolder) {
		t.Errorf("a folder of its own: %v", err)
	}
	for _, dir := range []string{shared, own} {
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 || files[0].Name() != "folder-name" {
			t.Errorf("%s holds %v, %v", filepath.Base(dir), files, err)
		}
	}
}
