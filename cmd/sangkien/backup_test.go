package main

import (
	"archive/tar"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/backup"
	"github.com/sangkien/sangkien/storage"
	"github.com/sangkien/sangkien/testkit"
)

// binaryRun runs the built program, as an operator does beside a server that is running.
func binaryRun(t *testing.T, env []string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), buildBinary(t), args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir()}, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// writers submit ideas through the store until stop is called, which returns how many there are then.
func writers(t *testing.T, s *storage.Store) (written *atomic.Int64, stop func()) {
	t.Helper()
	campaigns, err := s.Campaigns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	written = &atomic.Int64{}
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if _, err := s.Commit(ctx, submission(campaigns[0], fmt.Sprint("load", w, "-", i))); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
				written.Add(1)
			}
		})
	}
	return written, func() { cancel(); all.Wait() }
}

// submission is someone who comes, submits an idea and is told its code.
func submission(c sangkien.Campaign, key string) sangkien.Commit {
	at, member, idea := time.Now(), newID(), newID()
	to := sangkien.Address{Channel: "web", Bot: "0", Chat: key}
	return sangkien.Commit{Key: key, At: at, Chat: sangkien.Chat{Address: to, Member: sangkien.Member{ID: member}},
		Effects: []sangkien.Effect{sangkien.MemberJoined{Member: member, Channel: "web", External: key, Language: "vi", At: at},
			sangkien.IdeaBegun{Idea: idea, Campaign: c.ID, FormVersion: c.Form.Version, Author: member, At: at},
			sangkien.AnswerGiven{Idea: idea, Question: "title", Answer: sangkien.Answer{Value: "Máy tách hạt ngô <" + key + "> “Ẩ”\n"}, At: at},
			sangkien.IdeaMoved{Idea: idea, From: sangkien.Draft, To: sangkien.Submitted, Actor: member, At: at}},
		Replies: []sangkien.Reply{{To: to, Idea: idea, Lines: []sangkien.Line{sangkien.Say("submitted")}}}}
}

// TestBackupUnderLoad: while a server takes ideas in, another process backs it up; on an empty machine the backup gives
// the same content, an unbroken record of changes, and a server that goes on. From each database to each.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	databases := map[string]func(t *testing.T, dir string) string{
		"sqlite":   func(_ *testing.T, dir string) string { return "sqlite:" + filepath.Join(dir, "sangkien.db") },
		"postgres": func(t *testing.T, _ string) string { return testkit.Postgres(t) },
	}
	for from, source := range databases {
		for to, target := range databases {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				address := source(t, dir)
				r := start(t, func(c *Config) { c.DataDir, c.DatabaseURL = dir, address })
				photo, err := os.Open(photo(t, "a.jpg"))
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = photo.Close() }()
				file, err := r.files.Put(t.Context(), "a.jpg", photo)
				if err != nil {
					t.Fatal(err)
				}
				written, stop := writers(t, r.store)
				testkit.WaitFor(t, func() error {
					if written.Load() < 40 {
						return fmt.Errorf("%d written", written.Load())
					}
					return nil
				})
				path := filepath.Join(t.TempDir(), "all.tar")
				before := written.Load()
				out, err := binaryRun(t, []string{"SANGKIEN_DATA_DIR=" + dir, "SANGKIEN_DATABASE_URL=" + address}, "backup", path)
				after := written.Load()
				stop()
				if err != nil || after == before {
					t.Fatalf("%s, %v; %d written meanwhile", out, err, after-before)
				}
				empty := t.TempDir()
				there := []string{"SANGKIEN_DATA_DIR=" + empty, "SANGKIEN_DATABASE_URL=" + target(t, empty)}
				if out, err := binaryRun(t, there, "restore", path); err != nil {
					t.Fatalf("%s, %v", out, err)
				}
				m := sameContent(t, path, there)
				if out, err := binaryRun(t, there, "audit", "verify"); err != nil {
					t.Errorf("%s, %v", out, err)
				}
				goesOn(t, there, before, file.Hash)
				t.Logf("%d rows, %d commits went on during the backup", m.Rows(), after-before)
			})
		}
	}
}

// sameContent compares what is at a place with the manifest's content, by a snapshot of its own.
func sameContent(t *testing.T, path string, env []string) backup.Manifest {
	t.Helper()
	m, err := backup.Check(path)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := storage.OpenSnapshot(t.Context(), strings.TrimPrefix(env[1], "SANGKIEN_DATABASE_URL="))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = snap.Close() }()
	content, err := backup.ContentOf(t.Context(), snap, m, filepath.Join(strings.TrimPrefix(env[0], "SANGKIEN_DATA_DIR="), "attachments"))
	if err != nil || content != m.Content {
		t.Fatalf("content %s, in the backup %s, %v", content, m.Content, err)
	}
	return m
}

// goesOn opens a restored place: what was there before the backup is there, can be searched, and numbers go on.
func goesOn(t *testing.T, env []string, atLeast int64, file string) {
	t.Helper()
	dir, address := strings.TrimPrefix(env[0], "SANGKIEN_DATA_DIR="), strings.TrimPrefix(env[1], "SANGKIEN_DATABASE_URL=")
	r := start(t, func(c *Config) { c.DataDir, c.DatabaseURL = dir, address })
	counts, err := r.store.Counts(t.Context())
	if err != nil || int64(counts.Submitted) < atLeast {
		t.Errorf("%+v, %v; want at least %d ideas", counts, err, atLeast)
	}
	campaigns, err := r.store.Campaigns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	facts, err := r.store.Commit(t.Context(), submission(campaigns[0], "after"))
	if err != nil || len(facts.Codes) != 1 {
		t.Errorf("taken in afterwards: %+v, %v", facts, err)
	}
	found, _, err := r.store.Search(t.Context(), sangkien.Query{Words: "may tach hat ngo", Scope: sangkien.Scope{All: true}, Limit: 5})
	if err != nil || len(found) == 0 {
		t.Errorf("found %d, %v", len(found), err)
	}
	if content, err := r.files.Open(file); err != nil {
		t.Error(err)
	} else if err := content.Close(); err != nil {
		t.Error(err)
	}
}

// TestDamagedBackupIsRefusedByName: one byte wrong anywhere in a part, a part cut off, left out or put in, and the
// part is named and nothing is restored.
func TestDamagedBackupIsRefusedByName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := command(t, dir, "demo"); err != nil {
		t.Fatal(out, err)
	}
	path := filepath.Join(t.TempDir(), "all.tar")
	if out, err := command(t, dir, "backup", path); err != nil || !strings.Contains(out, "everything was there") {
		t.Fatal(out, err)
	}
	if _, err := command(t, dir, "backup", path); err == nil {
		t.Error("a backup was written over another")
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what, name string, data []byte) {
		t.Helper()
		bad, empty := filepath.Join(t.TempDir(), "bad.tar"), t.TempDir()
		if err := os.WriteFile(bad, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"restore", bad}, {"restore", bad, "--check"}} {
			if out, err := command(t, empty, args...); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v: %s, %v; want %q named", what, args, out, err, name)
			}
		}
		if left, err := os.ReadDir(empty); err != nil || len(left) != 0 {
			t.Errorf("%s: %v was left, %v", what, left, err)
		}
	}
	n := 0
	for r := tar.NewReader(bytes.NewReader(whole)); ; n++ {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil || len(body) == 0 {
			t.Fatalf("%s: %d bytes, %v", h.Name, len(body), err)
		}
		at := bytes.Index(whole, body)
		data := bytes.Clone(whole)
		data[at+len(body)/2] ^= 1
		name := h.Name
		if name == "manifest.sha256" {
			name = "manifest.json"
		}
		refused("a byte of "+h.Name, name, data)
		refused(h.Name+" cut", "", whole[:at+len(body)/2])
	}
	if n < 20 {
		t.Errorf("only %d parts", n)
	}
	if out, err := command(t, t.TempDir(), "restore", path); err != nil || !strings.Contains(out, "Restored: ") {
		t.Errorf("the whole one: %s, %v", out, err)
	}
	for _, name := range []string{"../evil", "attachments/../../evil", "/etc/evil", "attachments/ab/x", "tables/x.jsonl.gz"} {
		refused("with "+name, "does not belong", withPart(t, whole, name))
	}
}

// silence waits no ten seconds: it takes the signs of life of senders that have stopped.
func silence(t *testing.T, address string) {
	t.Helper()
	if !strings.HasPrefix(address, "postgres") {
		return
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "delete from senders"); err != nil {
		t.Fatal(err)
	}
}

// withPart puts a part at the beginning of a backup.
func withPart(t *testing.T, whole []byte, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: 1, Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), whole...)
}

// TestRestoreSparesWhatIsThere: neither data nor a running program is written over; forced, the old data is kept.
func TestRestoreSparesWhatIsThere(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(t *testing.T, dir string) string{
		"sqlite":   func(_ *testing.T, dir string) string { return "sqlite:" + filepath.Join(dir, "sangkien.db") },
		"postgres": func(t *testing.T, _ string) string { return testkit.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, path := t.TempDir(), filepath.Join(t.TempDir(), "b.tar")
			db := address(t, dir)
			r := start(t, func(c *Config) { c.DataDir, c.DatabaseURL = dir, db })
			if err := r.store.Beat(t.Context(), "me", time.Now(), time.Hour); err != nil {
				t.Fatal(err)
			}
			if out, err := command(t, dir, "backup", path, "--database-url", db); err != nil {
				t.Fatal(out, err)
			}
			if _, err := command(t, dir, "restore", path, "--database-url", db); err == nil || !strings.Contains(err.Error(), map[string]string{"sqlite": "is running", "postgres": "--force"}[name]) {
				t.Errorf("data was there: %v", err)
			}
			if _, err := command(t, dir, "restore", path, "--force", "--database-url", db); err == nil || !strings.Contains(err.Error(), "is running") {
				t.Errorf("the program was running: %v", err)
			}
			campaigns, err := r.store.Campaigns(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.store.Commit(t.Context(), submission(campaigns[0], "later")); err != nil {
				t.Fatal(err)
			}
			r.stop()
			silence(t, db)
			out, err := command(t, dir, "restore", path, "--force", "--database-url", db)
			if err != nil || !strings.Contains(out, "What was there before is in ") {
				t.Fatal(out, err)
			}
			r = start(t, func(c *Config) { c.DataDir, c.DatabaseURL = dir, db })
			if counts, err := r.store.Counts(t.Context()); err != nil || counts.Submitted != 0 {
				t.Errorf("%+v, %v", counts, err)
			}
			r.stop()
			_, rest, _ := strings.Cut(out, "What was there before is in ")
			old := strings.TrimSpace(strings.Split(rest, "\n")[0])
			if strings.HasSuffix(old, ".tar") {
				silence(t, db)
				if out, err := command(t, dir, "restore", old, "--force", "--database-url", db); err != nil {
					t.Fatal(out, err)
				}
			} else {
				db = "sqlite:" + old
			}
			s, err := storage.Open(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			if counts, err := s.Counts(t.Context()); err != nil || counts.Submitted != 1 {
				t.Errorf("what was put aside: %+v, %v", counts, err)
			}
		})
	}
}

// TestRestoreOverDamage: a database that a disk or a hand has damaged, and the log that a killed program or someone who moved
// the database away left, are put aside; what is restored is whole.
func TestRestoreOverDamage(t *testing.T) {
	t.Parallel()
	source, path := t.TempDir(), filepath.Join(t.TempDir(), "b.tar")
	for _, args := range [][]string{{"demo"}, {"backup", path}} {
		if out, err := command(t, source, args...); err != nil {
			t.Fatal(out, err)
		}
	}
	whole, err := os.ReadFile(filepath.Join(source, "sangkien.db"))
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(t *testing.T, db string) error{
		"first page": func(_ *testing.T, db string) error {
			return os.WriteFile(db, append(make([]byte, 4096), whole[4096:]...), 0o600)
		},
		"another file": func(_ *testing.T, db string) error { return os.WriteFile(db, []byte("Kính gửi …"), 0o600) },
		"half":         func(_ *testing.T, db string) error { return os.WriteFile(db, whole[:len(whole)/2], 0o600) },
		"its middle": func(_ *testing.T, db string) error {
			bad := bytes.Clone(whole)
			for i := 8192; i < len(bad); i += 97 {
				bad[i] ^= 0xff
			}
			return os.WriteFile(db, bad, 0o600)
		},
		"gone, its log left": func(t *testing.T, db string) error {
			p := newProcess(t, "SANGKIEN_DATA_DIR="+filepath.Dir(db))
			p.start()
			p.ready(t)
			p.kill()
			return os.Rename(db, db+".moved")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			db := filepath.Join(dir, "sangkien.db")
			if err := spoil(t, db); err != nil {
				t.Fatal(err)
			}
			before, err := filepath.Glob(db + "*")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := command(t, dir, "restore", path); err == nil || !strings.Contains(err.Error(), "nothing was changed. To put the backup in its place add --force") {
				t.Errorf("without being forced: %v", err)
			}
			if out, err := command(t, dir, "restore", path, "--force"); err != nil || !strings.Contains(out, "What was there before is in ") {
				t.Fatal(out, err)
			}
			after, err := filepath.Glob(db + "*")
			if err != nil || len(after) < len(before)+1 {
				t.Errorf("%v, then %v, %v", before, after, err)
			}
			store, err := storage.Open(t.Context(), "sqlite:"+db)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = store.Close() }()
			h, err := store.Health(t.Context(), time.Now())
			if err != nil || h.Integrity != "ok" {
				t.Errorf("%+v, %v", h, err)
			}
			if out, err := command(t, dir, "audit", "verify"); err != nil {
				t.Error(out, err)
			}
		})
	}
}
