package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Write writes a backup to a file that must not be there yet: rows of one moment, then the attachments in the
// folder. The snapshot is closed when the rows are written: while it is open the database cannot tidy up. The file appears
// under its name only when it is whole, on the disk, and verify, which is given where it is until then, returns nil.
func Write(ctx context.Context, path string, snap Snapshot, attachments string, now time.Time, verify func(path string) error) (m Manifest, err error) {
	if _, err := os.Lstat(path); err == nil {
		return m, fmt.Errorf("%s is there already: %w", path, fs.ErrExist)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return m, fmt.Errorf("make the folder for backups: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), unfinished) // 0600: it names people
	if err != nil {
		return m, fmt.Errorf("begin a backup: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	w := writer{tar: tar.NewWriter(f), dir: filepath.Dir(path), now: now, manifest: Manifest{Format: format, Made: now.UTC(), Database: snap.Database(), Level: snap.Level()}}
	err = errors.Join(w.all(ctx, snap, attachments), f.Sync(), f.Close())
	if err != nil {
		return m, fmt.Errorf("write a backup: %w", err)
	}
	if err := verify(f.Name()); err != nil {
		return m, fmt.Errorf("verify the backup that was just written: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return m, fmt.Errorf("name the backup: %w", err)
	}
	return w.manifest, SyncDir(filepath.Dir(path))
}

// Patterns of what is not whole yet: files that are being written, folders in which a backup is tried, and restored.
const (
	unfinished = ".writing-*"
	Trial      = ".verifying-*"
	Restoring  = ".restoring-*"
)

type writer struct {
	tar      *tar.Writer
	dir      string // where there is room
	now      time.Time
	manifest Manifest
}

func (w *writer) all(ctx context.Context, snap Snapshot, attachments string) (err error) {
	if err := w.small(readmeName, []byte(readme)); err != nil {
		return err
	}
	about := sha256.Sum256([]byte(readme))
	w.manifest.Parts = append(w.manifest.Parts, Part{Name: readmeName, Size: int64(len(readme)), SHA256: hex.EncodeToString(about[:])})
	if w.manifest.Sequences, err = snap.Sequences(ctx); err != nil {
		return err
	}
	for _, table := range snap.Tables() {
		if err := w.table(ctx, snap, table); err != nil {
			return err
		}
	}
	if err := snap.Close(); err != nil {
		return err
	}
	if err := w.attachments(ctx, attachments); err != nil {
		return err
	}
	w.manifest.Content = contentOf(w.manifest.Parts)
	data, err := json.MarshalIndent(w.manifest, "", " ")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	return errors.Join(w.small(manifestName, data), w.small(sealName, []byte(hex.EncodeToString(sum[:]))), w.tar.Close())
}

// contentOf is one hash over the content of all parts, however they are packed.
func contentOf(parts []Part) string {
	lines := make([]string, 0, len(parts))
	for _, p := range parts {
		if partName.MatchString(p.Name) {
			lines = append(lines, p.Name+" "+p.Content)
		}
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

func (w *writer) header(name string, size int64) error {
	return w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.now})
}

func (w *writer) small(name string, data []byte) error {
	if err := w.header(name, int64(len(data))); err != nil {
		return err
	}
	_, err := w.tar.Write(data)
	return err
}

// table packs a table beside, for a tar wants the size first.
func (w *writer) table(ctx context.Context, snap Snapshot, table string) error {
	temp, err := os.CreateTemp(w.dir, unfinished)
	if err != nil {
		return err
	}
	defer func() { _, _ = temp.Close(), os.Remove(temp.Name()) }() // only a copy
	content := sha256.New()
	pack := gzip.NewWriter(temp)
	rows, err := snap.WriteTable(ctx, table, io.MultiWriter(pack, content))
	if err = errors.Join(err, pack.Close()); err != nil {
		return err
	}
	return w.file(Part{Name: tablePart(table), Rows: rows, Content: sum(content)}, temp)
}

// file adds what an open file holds.
func (w *writer) file(p Part, f *os.File) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := w.header(p.Name, size); err != nil {
		return err
	}
	stored := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w.tar, stored), io.LimitReader(f, size)); err != nil {
		return err
	}
	p.Size, p.SHA256 = size, sum(stored)
	if p.Content == "" {
		p.Content = p.SHA256
	}
	w.manifest.Parts = append(w.manifest.Parts, p)
	return nil
}

// attachments adds the files in the folder. They came before the rows that name them; one that is removed meanwhile
// was not to be kept any more.
func (w *writer) attachments(ctx context.Context, dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := "attachments/" + filepath.ToSlash(rel)
		if !partName.MatchString(name) {
			return nil // on its way in
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return errors.Join(w.file(Part{Name: name}, f), f.Close())
	})
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// SyncDir brings the names in a folder to the disk: until then a power cut may take what was renamed or made in it.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
