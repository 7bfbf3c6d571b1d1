package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
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

// OpenSpool makes the folder if it is not there, and takes away what a power cut tore before it was kept. One process
// at a time may have a spool open.
func OpenSpool(dir string) (*Spool, error) {
	if err := makeFolder(dir); err != nil {
		return nil, fmt.Errorf("make the spool: %w", err)
	}
	s := &Spool{dir: dir}
	waiting, err := s.Waiting()
	if err != nil {
		return nil, err
	}
	names, err := s.names()
	for _, name := range names {
		id := strings.TrimSuffix(filepath.Base(name), spooled)
		s.last = max(s.last, numberOf(id))
		if !slices.ContainsFunc(waiting, func(w sangkien.Spooled) bool { return w.ID == id }) {
			err = errors.Join(err, ifThere(os.Remove(name)))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("tidy the spool: %w", err)
	}
	return s, nil
}

// Put keeps an entry and returns its id; when it returns, the bytes are on the disk. They are written at once and under
// their own name, so that a process which is killed leaves them to the system from the first moment on; only a power
// cut can take them until the disk has answered, and what it tears is known by its sum.
func (s *Spool) Put(data []byte) (id string, err error) {
	s.mu.Lock()
	s.last++
	id = fmt.Sprintf("%020d", s.last)
	s.mu.Unlock()
	f, err := os.OpenFile(s.path(id), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", roomless(fmt.Errorf("keep an update: %w", err))
	}
	_, err = f.Write(binary.BigEndian.AppendUint32(slices.Clone(data), crc32.ChecksumIEEE(data)))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = syncDir(s.dir)
	}
	if err != nil {
		return "", roomless(fmt.Errorf("keep an update: %w", errors.Join(err, ifThere(os.Remove(s.path(id))))))
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

// Waiting lists what is not done, in the order in which it came. What a power cut tore before it was kept is left out.
func (s *Spool) Waiting() ([]sangkien.Spooled, error) {
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	var all []sangkien.Spooled
	for _, name := range names {
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // done meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read the spool: %w", err)
		}
		if data, ok := whole(data); ok {
			all = append(all, sangkien.Spooled{ID: strings.TrimSuffix(filepath.Base(name), spooled), Data: data})
		}
	}
	return all, nil
}

// whole returns what was put, without its sum.
func whole(entry []byte) (data []byte, ok bool) {
	n := len(entry) - crc32.Size
	return entry[:max(n, 0)], n >= 0 && crc32.ChecksumIEEE(entry[:n]) == binary.BigEndian.Uint32(entry[n:])
}

// names lists the files of the entries, the oldest first.
func (s *Spool) names() ([]string, error) {
	names, err := filepath.Glob(filepath.Join(s.dir, "*"+spooled))
	if err != nil {
		return nil, fmt.Errorf("list the spool: %w", err)
	}
	slices.Sort(names)
	return names, nil
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
