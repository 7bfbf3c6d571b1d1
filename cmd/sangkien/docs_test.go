package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// TestLinksLeadSomewhere: whatever a page points to in the repository is there, also the heading.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"../../*.md", "../../docs/decisions/*.md"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, more...)
	}
	links, headings, odd := regexp.MustCompile(`\]\(([^)\s]+)\)`), regexp.MustCompile(`(?m)^#+ (.+)$`), regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	found := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links.FindAllStringSubmatch(string(text), -1) {
			path, heading, _ := strings.Cut(link[1], "#")
			if strings.Contains(path, ":") {
				continue // not ours
			}
			found++
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			data, err := os.ReadFile(target)
			if info, serr := os.Stat(target); serr == nil && info.IsDir() {
				err = nil
			}
			var all []string
			for _, h := range headings.FindAllStringSubmatch(string(data), -1) {
				all = append(all, strings.ReplaceAll(odd.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-"))
			}
			if err != nil || heading != "" && !slices.Contains(all, heading) {
				t.Errorf("%s points to %s: %v", page, link[1], err)
			}
		}
	}
	if len(pages) < 30 || found < 50 {
		t.Errorf("%d links on %d pages", found, len(pages))
	}
}
