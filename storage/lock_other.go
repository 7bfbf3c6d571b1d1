//go:build !unix

package storage

import "os"

// lockFile locks nothing where there is no such lock.
func lockFile(*os.File) (taken bool, err error) { return true, nil }
