package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is the version where the build knows nothing of the repository, as in an image: -ldflags "-X main.release=…".
var release string

// version is which version of the program this is, for people who ask for help: what was released, or the moment and the
// hash of what it was built from.
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
