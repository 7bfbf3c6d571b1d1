package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOneServesAFile: while one process serves a SQLite file another ends at once and says why, having touched nothing;
// when the first was killed the next one serves. Only the program's account can read the file.
func TestOneServesAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := newProcess(t, "SANGKIEN_DATA_DIR="+dir), newProcess(t, "SANGKIEN_DATA_DIR="+dir)
	first.start()
	first.ready(t)
	second.start()
	if err := second.await(); err == nil || !strings.Contains(second.log.String(), "Sangkien serve đang chạy rồi") {
		t.Errorf("the second ends with %v and says %s", err, second.log)
	}
	if out, err := command(t, dir, "invite", "--role", "admin"); err != nil {
		t.Errorf("commands beside it: %s, %v", out, err)
	}
	if out, err := command(t, dir, "demo"); err == nil || !strings.Contains(err.Error(), "đang chạy rồi") {
		t.Errorf("what is invented goes in beside it: %s, %v", out, err)
	}
	first.ready(t)
	first.kill()
	second.start()
	second.ready(t)
	files, err := filepath.Glob(filepath.Join(dir, "sangkien.db*"))
	if err != nil || len(files) < 3 {
		t.Errorf("%v, %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the rights %v, %v", f, info.Mode(), err)
		}
	}
}

// TestRolesAreForUnits: an invitation and a feed are for a unit that people name by its official code, of today.
func TestRolesAreForUnits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := command(t, dir, "demo"); err != nil {
		t.Fatal(out, err)
	}
	for _, as := range [][]string{{"invite", "--role", "organiser"}, {"feed", "add", "https://example.vn/rss", "--name", "Mặt trận tỉnh"}} {
		for unit, words := range map[string]string{"777777": "there is no unit", "06": "took its place"} {
			if out, err := command(t, dir, append(as, "--unit", unit)...); err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%v for %s: %s, %v", as, unit, out, err)
			}
		}
	}
	if out, err := command(t, dir, "invite", "--role", "organiser", "--unit", "01906"); err != nil || !strings.Contains(out, "For Xã Ba Bể and all below it") {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := command(t, dir, "feed", "add", "https://example.vn/rss", "--name", "Mặt trận tỉnh", "--unit", "19"); err != nil || !strings.Contains(out, "is read every quarter") {
		t.Errorf("%s, %v", out, err)
	}
}

// TestNoDataNoAnswer: a command that asks does not make an empty database and say that all is well; nor does an old program
// touch what a newer one has changed.
func TestNoDataNoAnswer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, args := range [][]string{{"audit", "verify"}, {"invite", "--role", "admin"}, {"export", "ideas"}, {"broadcast", "list"}, {"reminders", "list"}, {"feed", "list"}, {"import", "undo", "x"}} {
		if out, err := command(t, dir, args...); err == nil || !strings.Contains(err.Error(), "sangkien-admin") {
			t.Errorf("%v: %s, %v", args, out, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("made %v, %v", left, err)
	}
	if out, err := command(t, dir, "migrate"); err != nil {
		t.Fatal(out, err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sangkien.db"))
	if err == nil {
		_, err = db.ExecContext(t.Context(), `insert into goose_db_version(version_id, is_applied, tstamp) values (999, 1, '2026-01-01')`)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"migrate"}, {"serve"}, {"invite", "--role", "admin"}} {
		if out, err := command(t, dir, args...); err == nil || !strings.Contains(err.Error(), "newer version") || !strings.Contains(err.Error(), "before-migration-") {
			t.Errorf("%v: %s, %v", args, out, err)
		}
	}
}
