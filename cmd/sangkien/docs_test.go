package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNamedTestsExist: each test that a page names as proof is there.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	var tests strings.Builder
	err := filepath.WalkDir("../..", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(path, "../../testkit") || !strings.HasSuffix(path, ".go") {
			return err
		}
		data, err := os.ReadFile(path)
		for _, name := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Exercise)\w+)`).FindAllSubmatch(data, -1) {
			tests.WriteString(string(name[1]) + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, page := range []string{"../../RELIABILITY.md", "../../BENCHMARKS.md", "../../README.md", "../../CONTRIBUTING.md", "../../docs/data-protection.md"} {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\b(?:Test|Fuzz|Exercise)[A-Z]\w+`).FindAllString(string(data), -1) {
			if named++; !strings.Contains(tests.String(), name) { // a pattern of -run names the beginning
				t.Errorf("%s: there is no %s", page, name)
			}
		}
	}
	if named < 100 {
		t.Errorf("only %d are named", named)
	}
}
