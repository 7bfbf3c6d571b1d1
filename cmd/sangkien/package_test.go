package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestPackage makes what an operator is given and does with it what the guides say first: every file that they copy from
// it is there, the program in it runs, says which version it is, and the sums fit.
func TestPackage(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not installed")
	}
	dist := t.TempDir()
	run := func(dir, name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v: %s", name, args, err, out)
		}
		return string(out)
	}
	run("../..", "make", "package", "DIST="+dist, "ARCHS="+runtime.GOARCH, "VERSION=2026.11.26-1a2b3c4")
	name := "sangkien-linux-" + runtime.GOARCH
	run(dist, "sha256sum", "--check", "SHA256SUMS")
	run(dist, "tar", "xzf", name+".tar.gz")
	folder := filepath.Join(dist, name)
	for _, guide := range []string{"docs/cai-dat.md", "docs/install.md"} {
		text, err := os.ReadFile(filepath.Join(folder, guide))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "tar xzf sangkien-linux-amd64.tar.gz") {
			t.Errorf("%s does not say how to unpack it", guide)
		}
		for _, path := range []string{"deploy/sangkien-admin", "deploy/sangkien.env", "deploy/sangkien.service", "deploy/Caddyfile", "deploy/compose.yml", "deploy/alerts.yml", "deploy/grafana/sangkien.json",
			"docs/zalo.md", "docs/zalo-bot.md", "docs/data-protection.md"} {
			if _, err := os.Stat(filepath.Join(folder, path)); err != nil || !strings.Contains(string(text), filepath.Base(path)) {
				t.Errorf("%s, and the package: %s, %v", guide, path, err)
			}
		}
	}
	if image, err := os.ReadFile(filepath.Join(folder, "Dockerfile")); err != nil || !strings.Contains(string(image), "COPY sangkien /sangkien") {
		t.Errorf("what compose.yml builds: %s, %v", image, err)
	}
	if said := run(folder, "./sangkien", "--version"); !strings.HasPrefix(said, "sangkien 2026.11.26-1a2b3c4 ") || !strings.Contains(said, runtime.Version()) {
		t.Errorf("its version is %q", said)
	}
}
