//go:build unix

package storage

import (
	"errors"
	"os"
	"syscall"
)

// lockFile locks a file for as long as it is open, and tells whether nobody else had.
func lockFile(f *os.File) (taken bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
