package testkit

import (
	"os/exec"
	"testing"
)

// Tool returns the path of a program. Where it is not installed the test is skipped, or fails if SANGKIEN_TEST_REQUIRE
// names it.
func Tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name, err)
	}
	return path
}
