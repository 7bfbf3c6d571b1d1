package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sangkien/sangkien/backup"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
)

// older makes a database of an earlier version, with a member in it.
func older(t *testing.T, address string, level int64) {
	t.Helper()
	l, err := storage.OpenLoader(t.Context(), address, level)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Commit(t.Context()), l.Close()); err != nil {
		t.Fatal(err)
	}
	driver, dsn := "pgx", address
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, dsn = "sqlite", path
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "insert into members(id, name, created_at) values (7, 'Nông Thị Hằng', 1)"); err != nil {
		t.Fatal(err)
	}
	if level > 1 { // it was emptied with all the others
		if _, err := db.ExecContext(t.Context(), "insert into audit_head(id, seq, hash) values (1, 0, '')"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUpgradeAndBack: every earlier level is upgraded with a backup made before, and that backup brings the earlier
// level back with the same content, ready to be upgraded again.
func TestUpgradeAndBack(t *testing.T) {
	t.Parallel()
	newest, err := storage.NewestLevel()
	if err != nil {
		t.Fatal(err)
	}
	for _, database := range []string{"sqlite", "postgres"} {
		first := int64(1)
		if database == "postgres" {
			first = newest - 2 // the same files are walked; these take the time
		}
		for level := first; level < newest; level++ {
			t.Run(database+" from "+strconv.FormatInt(level, 10), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				address := "sqlite:" + filepath.Join(dir, "sangkien.db")
				if database == "postgres" {
					address = testkit.Postgres(t)
				}
				older(t, address, level)
				upgrade := func() {
					t.Helper()
					if out, err := command(t, dir, "migrate", "--database-url", address); err != nil {
						t.Fatal(out, err)
					}
				}
				upgrade()
				made, err := filepath.Glob(filepath.Join(dir, "backups", "before-migration-*.tar"))
				if err != nil || len(made) != 1 {
					t.Fatalf("backups made before: %v, %v", made, err)
				}
				upgrade() // nothing to do, no backup
				silence(t, address)
				if out, err := command(t, dir, "restore", "--force", made[0], "--database-url", address); err != nil {
					t.Fatal(out, err)
				}
				m := sameContent(t, made[0], []string{"SANGKIEN_DATA_DIR=" + dir, "SANGKIEN_DATABASE_URL=" + address})
				snap, err := storage.OpenSnapshot(t.Context(), address)
				if err != nil {
					t.Fatal(err)
				}
				if snap.Level() > level || m.Level != snap.Level() || m.Rows() < 1 {
					t.Errorf("level %d, want %d; %d rows", snap.Level(), level, m.Rows())
				}
				if err := snap.Close(); err != nil {
					t.Fatal(err)
				}
				upgrade()
			})
		}
	}
}

// TestFailedBackupStopsTheMigration: where what is there cannot be kept, it is not changed.
func TestFailedBackupStopsTheMigration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	address := "sqlite:" + filepath.Join(dir, "sangkien.db")
	older(t, address, 1)
	if err := os.WriteFile(filepath.Join(dir, "backups"), nil, 0o600); err != nil { // no folder can be made there
		t.Fatal(err)
	}
	if out, err := command(t, dir, "migrate"); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Fatal(out, err)
	}
	snap, err := storage.OpenSnapshot(t.Context(), address)
	if err != nil || snap.Level() != 1 {
		t.Fatalf("level %d, %v", snap.Level(), err)
	}
	if err := snap.Close(); err != nil {
		t.Error(err)
	}
}

// TestDailyBackup: one when the newest is a day old, by one of several replicas, verified; the oldest go.
func TestDailyBackup(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *Config) { c.BackupKeep = 2 })
	made := func() []string {
		files, err := filepath.Glob(filepath.Join(r.config.DataDir, "backups", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	begun := time.Now()
	for hour := range 24 * 5 {
		for range 2 {
			if err := r.dailyBackup().Do(t.Context(), begun.Add(time.Duration(hour)*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if want := min(hour/23+1, 2); len(made()) != want {
			t.Errorf("hour %d: %v, want %d", hour, made(), want)
		}
	}
	newest, err := r.config.shelf().Newest(backup.Daily)
	if err != nil || newest.Before(begun.Add(24*4*time.Hour)) {
		t.Errorf("newest %s, %v", newest, err)
	}
	for _, path := range made() {
		if out, err := command(t, t.TempDir(), "restore", "--check", path); err != nil || !strings.Contains(out, "is good") {
			t.Errorf("%s: %s, %v", path, out, err)
		}
	}
	r.config.BackupKeep = 0
	before := len(made())
	if err := r.dailyBackup().Do(t.Context(), begun.AddDate(0, 1, 0)); err != nil || len(made()) != before {
		t.Errorf("switched off: %v, %v", made(), err)
	}
}
