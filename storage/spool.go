package storage

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

// Spool keeps what a platform hands over only once until it is finished, in a folder: it works while the database does not
// (docs/decisions/0020-spool.md). Each entry is a file, named by a number that grows and by the process that put it there.
// Processes may share the folder: each holds a lock, and what one leaves that is dead another takes over.
type Spool struct {
	dir, me string

	mu     sync.Mutex
	last   int64
	owners map[string]*os.File // whose entries are ours: the locks that we hold, our own among them
}

const (
	spooled = ".update"
	locks   = "process-" // how files begin that are locked by whom they name
)

// OpenSpool makes the folder if it is not there.
func OpenSpool(dir string) (*Spool, error) {
	if err := makeFolder(dir); err != nil {
		return nil, fmt.Errorf("make the spool: %w", err)
	}
	s := &Spool{dir: dir, owners: map[string]*os.File{}}
	for {
		s.me = strings.ToLower(rand.Text())
		lock, err := s.lock(s.me)
		if err != nil {
			return nil, roomless(fmt.Errorf("join the spool: %w", err))
		}
		if lock != nil { // else another took the file, before it was locked, for one that is left
			s.owners[s.me] = lock
			return s, nil
		}
	}
}

// Close leaves what is not done to whoever comes next.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.leave(func(string) bool { return true })
	for owner, lock := range s.owners {
		err = errors.Join(err, lock.Close())
		delete(s.owners, owner)
	}
	return err
}

// Put keeps an entry and returns its id; when it returns, the bytes are on the disk. They are written at once and under
// their own name, so that a process which is killed leaves them to the system from the first moment on; only a power
// cut can take them until the disk has answered, and what it tears is known by its sum.
func (s *Spool) Put(data []byte) (id string, err error) {
	s.mu.Lock()
	s.last = max(s.last+1, time.Now().UnixNano())
	id = fmt.Sprintf("%020d-%s", s.last, s.me)
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

// Waiting lists what is ours and not done, in the order in which it came: what we put, and what the dead left.
func (s *Spool) Waiting() ([]sangkien.Spooled, error) {
	if _, err := s.TakeOver(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read(func(owner string) bool { return s.owners[owner] != nil }, false)
}

// TakeOver makes ours what processes left that are dead since we looked last, and lists it in the order in which it came.
func (s *Spool) TakeOver() ([]sangkien.Spooled, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.owners) == 0 {
		return nil, nil // closed
	}
	owners, err := s.leave(func(owner string) bool { return owner != s.me })
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for owner := range owners {
		if s.owners[owner] != nil {
			continue
		}
		lock, err := s.lock(owner)
		if err != nil {
			return nil, fmt.Errorf("take over from the dead: %w", err)
		}
		if lock != nil {
			s.owners[owner], taken[owner] = lock, true
		}
	}
	return s.read(func(owner string) bool { return taken[owner] }, true)
}

// leave lists whose entries or locks are there, and takes away the locks that we hold, and may, of those without entries.
func (s *Spool) leave(may func(owner string) bool) (owners map[string]bool, err error) {
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	has := map[string]bool{}
	for _, name := range names {
		has[ownerOf(name)] = true
	}
	files, err := filepath.Glob(filepath.Join(s.dir, locks+"*"))
	if err != nil {
		return nil, fmt.Errorf("list the spool: %w", err)
	}
	owners = maps.Clone(has)
	for _, f := range files {
		owner := strings.TrimPrefix(filepath.Base(f), locks)
		if lock := s.owners[owner]; lock != nil && !has[owner] && may(owner) {
			err = errors.Join(err, ifThere(os.Remove(f)), lock.Close())
			delete(s.owners, owner)
			continue
		}
		owners[owner] = true
	}
	return owners, err
}

// lock takes the lock of an owner; nil without an error: another process has it.
func (s *Spool) lock(owner string) (*os.File, error) {
	path := filepath.Join(s.dir, locks+owner)
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		taken, err := lockFile(f)
		if err != nil || !taken {
			return nil, errors.Join(err, f.Close())
		}
		held, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if there, err := os.Stat(path); err == nil && os.SameFile(held, there) {
			return f, nil
		}
		if err := f.Close(); err != nil { // whoever had it took the file away as we came
			return nil, err
		}
	}
}

// read lists the entries of some owners. What a power cut tore before it was kept is left out, and taken away if nobody
// may be writing it.
func (s *Spool) read(whose func(owner string) bool, tidy bool) ([]sangkien.Spooled, error) {
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	var all []sangkien.Spooled
	for _, name := range names {
		if !whose(ownerOf(name)) {
			continue
		}
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // done meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read the spool: %w", err)
		}
		data, ok := whole(data)
		switch {
		case ok:
			all = append(all, sangkien.Spooled{ID: idOf(name), Data: data})
		case tidy:
			if err := ifThere(os.Remove(name)); err != nil {
				return nil, fmt.Errorf("tidy the spool: %w", err)
			}
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

func idOf(name string) string { return strings.TrimSuffix(filepath.Base(name), spooled) }

// ownerOf is who put an entry; "" where it was put before entries had owners.
func ownerOf(name string) string {
	_, owner, _ := strings.Cut(idOf(name), "-")
	return owner
}

func ifThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
