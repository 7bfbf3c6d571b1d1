package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	sangkien "github.com/sangkien/sangkien"
)

// Spool keeps what a platform hands over only once until it is finished, in a folder of the machine: it works while
// the database does not (docs/decisions/0020-spool.md). Each entry is a file, named by a number that grows.
type Spool struct {
	dir string

	mu   sync.Mutex
	last uint64
}

const spooled = ".update"

// OpenSpool makes the folder if it is not there, and takes away what was not written whole.
func OpenSpool(dir string) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the spool: %w", err)
	}
	s := &Spool{dir: dir}
	halves, err := filepath.Glob(filepath.Join(dir, "new-*"))
	for _, half := range halves {
		err = errors.Join(err, os.Remove(half))
	}
	if err != nil {
		return nil, fmt.Errorf("tidy the spool: %w", err)
	}
	waiting, err := s.Waiting()
	if n := len(waiting); n > 0 {
		s.last = numberOf(waiting[n-1].ID)
	}
	return s, err
}

// Put keeps an entry and returns its id; when it returns, the bytes are on the disk.
func (s *Spool) Put(data []byte) (id string, err error) {
	s.mu.Lock()
	s.last++
	id = fmt.Sprintf("%020d", s.last)
	s.mu.Unlock()
	temp, err := os.CreateTemp(s.dir, "new-*")
	if err != nil {
		return "", fmt.Errorf("keep an update: %w", err)
	}
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), s.path(id))
	}
	if err == nil {
		err = syncDir(s.dir)
	}
	if err != nil {
		return "", fmt.Errorf("keep an update: %w", errors.Join(err, ifThere(os.Remove(temp.Name()))))
	}
	return id, nil
}

// Done forgets an entry. Should the power fail before the disk knows, it comes again, and its key makes that harmless.
func (s *Spool) Done(id string) error {
	if err := ifThere(os.Remove(s.path(id))); err != nil {
		return fmt.Errorf("forget update %s: %w", id, err)
	}
	return nil
}

// Waiting lists what is not done, in the order in which it came.
func (s *Spool) Waiting() ([]sangkien.Spooled, error) {
	names, err := filepath.Glob(filepath.Join(s.dir, "*"+spooled))
	if err != nil {
		return nil, fmt.Errorf("list the spool: %w", err)
	}
	slices.Sort(names)
	var all []sangkien.Spooled
	for _, name := range names {
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // done meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read the spool: %w", err)
		}
		all = append(all, sangkien.Spooled{ID: strings.TrimSuffix(filepath.Base(name), spooled), Data: data})
	}
	return all, nil
}

func (s *Spool) path(id string) string { return filepath.Join(s.dir, id+spooled) }

func numberOf(id string) uint64 {
	n, _ := strconv.ParseUint(id, 10, 64) // 0 for a file that is not ours
	return n
}

func ifThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
