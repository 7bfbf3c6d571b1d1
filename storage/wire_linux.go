package storage

import (
	"errors"
	"strings"
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT, which package syscall does not name on every machine.
const tcpUserTimeout = 0x12

// giveUpAfter lets a connection fail on which what was sent is not confirmed for so long: by itself Linux waits a quarter
// of an hour. https://man7.org/linux/man-pages/man7/tcp.7.html
func giveUpAfter(d time.Duration) func(network, address string, c syscall.RawConn) error {
	return func(network, _ string, c syscall.RawConn) error {
		if !strings.HasPrefix(network, "tcp") {
			return nil
		}
		var err error
		cerr := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d.Milliseconds()))
		})
		return errors.Join(cerr, err)
	}
}
