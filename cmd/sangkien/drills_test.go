package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBackupDrills backs up a program that is taking ideas in, restores that to an empty folder and compares the content,
// again and again; each restored database is sound, and its record of changes holds.
//
// SANGKIEN_DRILLS says how often.
func TestBackupDrills(t *testing.T) {
	t.Parallel()
	drills := fromEnv(t, "SANGKIEN_DRILLS", 2)
	dir := t.TempDir()
	r := start(t, func(c *Config) { c.DataDir = dir })
	f, err := os.Open(photo(t, "a.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := r.files.Put(t.Context(), "a.jpg", f); err != nil {
		t.Fatal(err)
	}
	campaigns, err := r.store.Campaigns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := int64(0)
	for n := range drills {
		stop := make(chan struct{})
		begun, ended := make(chan struct{}), make(chan int)
		go func() { // ideas come in from before the backup begins until it has ended
			i := 0
			for ; ; i++ {
				if _, err := r.store.Commit(t.Context(), submission(campaigns[0], fmt.Sprint("drill-", n, "-", i))); err != nil {
					t.Error(err)
				}
				if i == 0 {
					close(begun)
				}
				select {
				case <-stop:
					ended <- i
					return
				default:
				}
				if i >= 3 { // the database shall not grow without end over many drills
					<-stop
					ended <- i
					return
				}
			}
		}()
		<-begun
		path, empty := filepath.Join(t.TempDir(), "all.tar"), t.TempDir()
		out, err := command(t, dir, "backup", path)
		close(stop)
		if taken := <-ended; err != nil || taken == 0 {
			t.Fatalf("drill %d: %s, %v, %d ideas meanwhile", n, out, err, taken)
		}
		if out, err := command(t, empty, "restore", path); err != nil {
			t.Fatalf("drill %d: %s, %v", n, out, err)
		}
		rows = sameContent(t, path, []string{"SANGKIEN_DATA_DIR=" + empty, "SANGKIEN_DATABASE_URL=sqlite:" + filepath.Join(empty, "sangkien.db")}).Rows()
		checkSQLite(t, filepath.Join(empty, "sangkien.db"))
		if out, err := command(t, empty, "audit", "verify"); err != nil {
			t.Errorf("drill %d: %s, %v", n, out, err)
		}
		for _, done := range []string{path, empty} {
			if err := os.RemoveAll(done); err != nil {
				t.Error(err)
			}
		}
	}
	t.Logf("%d drills, the last with %d rows: the content was the same each time", drills, rows)
}

// TestCheckTellsWhatIsInIt: whoever has a file in his hand sees what it holds, and what is half done is swept away.
func TestCheckTellsWhatIsInIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := command(t, dir, "demo"); err != nil {
		t.Fatal(out, err)
	}
	path := filepath.Join(t.TempDir(), "all.tar")
	if out, err := command(t, dir, "backup", path); err != nil {
		t.Fatal(out, err)
	}
	out, err := command(t, t.TempDir(), "restore", "--check", path)
	if err != nil || !strings.Contains(out, ", ideas ") || !strings.Contains(out, "attachments ") || !strings.Contains(out, "of sqlite") {
		t.Errorf("%s, %v", out, err)
	}
	noLeftovers(t, filepath.Dir(path))
}
