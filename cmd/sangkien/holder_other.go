//go:build !unix

package main

import "os"

// seat is where a process finds again who it was; see holder.go. Here it never does: leases of the process before run out.
type seat struct {
	holder, before string
	file           *os.File
}

func takeSeat(_, me string) (seat, error) { return seat{holder: me}, nil }
