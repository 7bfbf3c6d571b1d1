package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Kind is why a backup was made; it begins the file's name.
type Kind string

// Kinds of backups. Each kind is kept and removed by itself: many migrations do not push the daily ones out.
const (
	Daily           Kind = "sangkien"
	BeforeMigration Kind = "before-migration"
	BeforeRestore   Kind = "before-restore"
)

const stamp = "20060102-150405.000"

// Shelf is a folder with backups.
type Shelf string

// Name is the path of a new backup of a kind at now.
func (s Shelf) Name(k Kind, now time.Time) string {
	return filepath.Join(string(s), string(k)+"-"+now.UTC().Format(stamp)+".tar")
}

// Newest is when the newest backup of a kind was made; zero: there is none.
func (s Shelf) Newest(k Kind) (time.Time, error) {
	files, err := s.list(k)
	if err != nil || len(files) == 0 {
		return time.Time{}, err
	}
	return s.made(k, files[len(files)-1]), nil
}

// Prune removes all backups of a kind but the newest keep.
func (s Shelf) Prune(k Kind, keep int) error {
	files, err := s.list(k)
	if err != nil {
		return err
	}
	for _, name := range files[:max(0, len(files)-keep)] {
		err = errors.Join(err, os.Remove(filepath.Join(string(s), name)))
	}
	if err != nil {
		return fmt.Errorf("remove old backups: %w", err)
	}
	return nil
}

// abandoned is how old what was left unfinished is at least: no backup, and no trial of one, takes longer.
const abandoned = 6 * time.Hour

// Sweep removes from a folder what processes that were killed left half written or half restored: on a disk that is short
// of room it would keep the next backup from being made.
func Sweep(dir string, now time.Time) error {
	var err error
	for _, half := range []string{unfinished, Trial, Restoring} {
		left, globErr := filepath.Glob(filepath.Join(dir, half))
		err = errors.Join(err, globErr)
		for _, name := range left {
			if info, statErr := os.Stat(name); statErr == nil && now.Sub(info.ModTime()) > abandoned {
				err = errors.Join(err, os.RemoveAll(name))
			}
		}
	}
	if err != nil {
		return fmt.Errorf("remove what was left unfinished: %w", err)
	}
	return nil
}

// list has the names of a kind, oldest first.
func (s Shelf) list(k Kind) ([]string, error) {
	entries, err := os.ReadDir(string(s))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the backups: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !s.made(k, e.Name()).IsZero() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// made is when a backup of a kind was made, by its name; zero: it is none.
func (s Shelf) made(k Kind, name string) time.Time {
	rest, ok := strings.CutPrefix(name, string(k)+"-")
	at, err := time.Parse(stamp, strings.TrimSuffix(rest, ".tar"))
	if !ok || err != nil || !strings.HasSuffix(rest, ".tar") {
		return time.Time{}
	}
	return at
}
