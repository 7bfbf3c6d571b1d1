package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is which version was packaged, like 2026.11.26-1a2b3c4: -ldflags "-X main.release=…".
var release string

// version is which version of the program this is, for people who ask for help: what was packaged, else what Go knows of
// the repository that it was built in.
func version() string {
	built := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		built = info.Main.Version
	}
	return cmp.Or(release, built, "(devel)")
}

// versionLine is what --version prints.
func versionLine() string {
	return fmt.Sprintf("sangkien %s (%s, %s/%s)", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
