package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	sangkien "github.com/sangkien/sangkien"
	"github.com/sangkien/sangkien/media"
)

// Files keeps attachments in a folder, each under the SHA-256 of its bytes: the same photo is kept once.
type Files struct {
	dir   string
	hands chan struct{} // one for each file that is in memory
}

// inMemory is how many files are in memory at once, each twice at most: as it came and as it is kept. However
// many people upload, and however slowly, the others wait on the disk.
const inMemory = 2

// OpenFiles makes the folder if it is not there.
func OpenFiles(dir string) (*Files, error) {
	if err := makeFolder(dir); err != nil {
		return nil, fmt.Errorf("make the folder for attachments: %w", err)
	}
	return &Files{dir: dir, hands: make(chan struct{}, inMemory)}, nil
}

// Put cleans a file, types it by its content and keeps it; when it returns, the bytes are on the disk. What
// is not taken is EINVALID: media.ReasonOf says why. The name is kept for people only, with an end that fits.
func (f *Files) Put(ctx context.Context, name string, r io.Reader) (sangkien.File, error) {
	temp, err := os.CreateTemp(f.dir, "came-*")
	if err != nil {
		return sangkien.File{}, roomless(fmt.Errorf("make room for a file: %w", err))
	}
	defer func() { _, _ = temp.Close(), os.Remove(temp.Name()) }() // what is kept has another name
	n, err := io.Copy(temp, io.LimitReader(r, sangkien.MaxAttachment+1))
	if err != nil {
		return sangkien.File{}, roomless(fmt.Errorf("read %d bytes of a file: %w", n, err))
	}
	select {
	case f.hands <- struct{}{}:
		defer func() { <-f.hands }()
	case <-ctx.Done():
		return sangkien.File{}, ctx.Err()
	}
	data := make([]byte, n)
	if _, err := temp.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return sangkien.File{}, fmt.Errorf("read a file again: %w", err)
	}
	clean, err := media.Clean(data)
	if err != nil {
		return sangkien.File{}, err
	}
	sum := sha256.Sum256(clean.Data)
	hash := hex.EncodeToString(sum[:])
	if err := f.write(f.path(hash), clean.Data); err != nil {
		return sangkien.File{}, roomless(fmt.Errorf("keep file %s: %w", hash, err))
	}
	return sangkien.File{Hash: hash, Kind: clean.Kind, Name: media.Name(name, clean.MIME), MIME: clean.MIME, Size: int64(len(clean.Data))}, nil
}

// OursFor is how long a file that the program made can be fetched: charts are drawn anew, and an export of
// someone's data should not lie about.
const OursFor = 7 * 24 * time.Hour

// PutOurs keeps a file that the program made itself, such as a chart or an export, for OursFor. It is given out as it is.
func (f *Files) PutOurs(_ context.Context, name, mime string, kind sangkien.AttachmentKind, data []byte) (sangkien.File, error) {
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	if err := f.write(f.oursPath(hash), data); err != nil {
		return sangkien.File{}, roomless(fmt.Errorf("keep file %s: %w", hash, err))
	}
	return sangkien.File{Hash: hash, Kind: kind, Name: name, MIME: mime, Size: int64(len(data))}, nil
}

var hashShape = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Open opens a file by its hash. It returns ENOTFOUND for one that is not kept.
func (f *Files) Open(hash string) (io.ReadCloser, error) {
	if !hashShape.MatchString(hash) {
		return nil, sangkien.Errorf(sangkien.ENOTFOUND, "%q is no hash", hash)
	}
	file, err := os.Open(f.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		file, err = os.Open(f.oursPath(hash))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, sangkien.Errorf(sangkien.ENOTFOUND, "there is no file %s", hash)
	}
	if err != nil {
		return nil, fmt.Errorf("open file %s: %w", hash, err)
	}
	return file, nil
}

func (f *Files) path(hash string) string { return filepath.Join(f.dir, hash[:2], hash) }

func (f *Files) oursPath(hash string) string { return filepath.Join(f.dir, "made", hash) }

// spared is how old a file is at least before Sweep takes it: its row may be on its way.
const spared = 24 * time.Hour

// Sweep removes members' files that no row names any more: of drafts that were deleted, of people who were erased.
func (f *Files) Sweep(ctx context.Context, s *Store, now time.Time) error {
	named, err := s.fileHashes(ctx)
	if err != nil {
		return err
	}
	err = filepath.WalkDir(f.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if e != nil && e.Name() == "made" {
				return fs.SkipDir
			}
			return err
		}
		info, err := e.Info()
		if err != nil || named[e.Name()] || now.Sub(info.ModTime()) < spared {
			return nil //nolint:nilerr // gone meanwhile
		}
		return os.Remove(path)
	})
	if err != nil {
		return fmt.Errorf("sweep files: %w", err)
	}
	return nil
}

// Tidy removes what the program made and nobody fetches any more at now.
func (f *Files) Tidy(now time.Time) error {
	made, err := os.ReadDir(filepath.Join(f.dir, "made"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range made {
		info, statErr := e.Info()
		if statErr != nil || now.Sub(info.ModTime()) <= OursFor {
			continue // taken away meanwhile, or still good
		}
		err = errors.Join(err, os.Remove(filepath.Join(f.dir, "made", e.Name())))
	}
	if err != nil {
		return fmt.Errorf("tidy files: %w", err)
	}
	return nil
}

// write brings the bytes to the disk before the name is there: after a power cut a file is whole or absent. What is there
// already has its bytes on the disk, but who put it there may not have its name there yet.
func (f *Files) write(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := makeFolder(dir); err != nil {
		return err
	}
	if there(path) {
		now := time.Now()
		return errors.Join(os.Chtimes(path, now, now), syncDir(dir)) // it is wanted again
	}
	temp, err := os.CreateTemp(dir, "new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // gone already when all went well
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}
