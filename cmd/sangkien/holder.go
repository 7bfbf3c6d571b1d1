//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// holder is this process' name in leases. One that is started again in the same data folder has the name of the one
// before, which is surely dead: a lock on the name's file, which the kernel takes away from the dead, says so. Then the
// lease need not run out first. Where a process lives in the folder already, the name is fallback. The file, which keeps
// the lock, stays open as long as the process.
func holder(dir, fallback string) (name string, lock *os.File, err error) {
	f, err := os.OpenFile(filepath.Join(dir, "process-name"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", nil, err
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return fallback, nil, f.Close()
	}
	data := make([]byte, 64)
	n, _ := f.ReadAt(data, 0) // a new file is empty, and one that is cut off has a name too
	if n == 0 {
		n = copy(data, fallback)
		if _, err := f.WriteAt(data[:n], 0); err != nil {
			return "", nil, errors.Join(err, f.Close())
		}
	}
	host, err := os.Hostname() // a folder on the network may be locked on each host by itself
	if err != nil {
		return fallback, nil, f.Close()
	}
	return host + ":" + string(data[:n]), f, nil
}
