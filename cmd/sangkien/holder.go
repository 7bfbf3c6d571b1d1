//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// seats is how many processes on one machine and data folder find again who they were.
const seats = 16

// seat is a place in the data folder, which one process has at a time: a file that stays open as long as the process, with
// a lock that the kernel takes away from the dead. One that is started again sits where the one before sat, which is
// surely dead.
type seat struct {
	holder string   // the name in leases of whoever sits here: one that is started again need not wait for them to run out
	before string   // the sender that sat here before; "" where there was none, or perhaps on another machine
	file   *os.File // nil: all were taken
}

// takeSeat sits down the sender called me.
func takeSeat(dir, me string) (seat, error) {
	host, err := os.Hostname() // a folder on the network may be locked on each host by itself
	if err != nil {
		return seat{holder: me}, nil //nolint:nilerr // whoever has no name finds nobody again
	}
	for i := range seats {
		name := "process-name"
		if i > 0 {
			name = fmt.Sprintf("process-name-%d", i+1)
		}
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return seat{}, err
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
			if err := f.Close(); err != nil {
				return seat{}, err
			}
			continue
		}
		s, err := sit(f, host, me)
		if err != nil {
			return seat{}, errors.Join(err, f.Close())
		}
		return s, nil
	}
	return seat{holder: me}, nil
}

// sit reads who sat there, and writes who does. The file has the seat's name, and the host and name of its sender; one
// that was cut off has a name too.
func sit(f *os.File, host, me string) (seat, error) {
	data, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return seat{}, err
	}
	name, last, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	if name == "" {
		name = me
	}
	s := seat{holder: host + ":" + name, file: f}
	if on, sender, ok := strings.Cut(last, " "); ok && on == host {
		s.before = sender
	}
	if err := f.Truncate(0); err != nil {
		return seat{}, err
	}
	_, err = f.WriteAt([]byte(name+"\n"+host+" "+me+"\n"), 0)
	return s, err
}
