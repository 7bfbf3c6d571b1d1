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

// beAlone takes the lock of who is alone. The kernel takes it away from the dead.
func (s *Store) beAlone() error {
	if !s.alone || !s.Exclusive() {
		return nil
	}
	f, err := os.OpenFile(s.path+".serving", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the lock of the database: %w", err)
	}
	taken, err := lockFile(f)
	if err != nil || !taken {
		_ = f.Close() // nothing was written
		if err != nil {
			return fmt.Errorf("lock the database: %w", err)
		}
		return sangkien.Errorf(sangkien.ECONFLICT, "another process serves %s", s.path)
	}
	s.lock = f
	return nil
}
