package storage

import (
	"fmt"
	"os"

	sangkien "github.com/sangkien/sangkien"
)

// Alone is for the process that serves: of those that ask for it one at a time may have a SQLite file, for each takes what
// was being sent for left behind by a dead one. Others get ECONFLICT, before anything is changed. PostgreSQL may be
// shared by any number.
func Alone() Option {
	return func(s *Store) { s.alone = true }
}

func (s *Store) beAlone() (err error) {
	if s.alone && s.Exclusive() {
		s.lock, err = Reserve(s.path)
	}
	return err
}

// Reserve lets nobody serve a SQLite file, whatever is in it or if there is none, until what it returns is closed. It returns
// ECONFLICT while someone does. The kernel takes the lock away from the dead.
func Reserve(path string) (lock *os.File, err error) {
	f, err := os.OpenFile(path+".serving", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the database: %w", err)
	}
	taken, err := lockFile(f)
	if err != nil || !taken {
		_ = f.Close() // nothing was written
		if err != nil {
			return nil, fmt.Errorf("lock the database: %w", err)
		}
		return nil, sangkien.Errorf(sangkien.ECONFLICT, "another process serves %s", path)
	}
	return f, nil
}
