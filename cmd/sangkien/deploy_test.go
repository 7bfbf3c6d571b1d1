package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestInstallGuideIsTrue: every setting and every command that the guides and the files in deploy name exists.
func TestInstallGuideIsTrue(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"SANGKIEN_LANG": true}
	config := reflect.TypeFor[Config]()
	for i := range config.NumField() {
		known[config.Field(i).Tag.Get("env")] = true
	}
	parser, err := kong.New(&cli{}, kong.Name("sangkien"), kong.Exit(func(int) {}), kong.Writers(&bytes.Buffer{}, &bytes.Buffer{}))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "FILE.tar")
	settings, commands := regexp.MustCompile(`\bSANGKIEN_[A-Z_]+`), regexp.MustCompile("(?m)(?:^ *|[`;] *|: )sangkien(?:-admin)? ((?:doctor|backup|restore|invite|audit|serve|import)[^`;\n|,)]*)")
	found := 0
	for _, path := range []string{"../../docs/install.md", "../../docs/cai-dat.md", "../../deploy/sangkien.service", "../../deploy/sangkien.env", "../../deploy/compose.yml", "../../deploy/Caddyfile"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range settings.FindAllString(string(data), -1) {
			if found++; !known[strings.TrimSuffix(name, "_FILE")] {
				t.Errorf("%s: there is no %s", path, name)
			}
		}
		for _, m := range commands.FindAllStringSubmatch(string(data), -1) {
			found++
			args := strings.Fields(strings.NewReplacer("/var/lib/sangkien/backups/", "", "/var/lib/sangkien/", "", "FILE.tar", file, "TỆP.tar", file).Replace(strings.TrimRight(m[1], ". ")))
			if _, err := parser.Parse(args); err != nil {
				t.Errorf("%s: sangkien %s: %v", path, m[1], err)
			}
		}
	}
	if found < 35 {
		t.Errorf("only %d were found", found)
	}
}

// TestUnitIsHardened: systemd reads the unit and thinks it safe.
func TestUnitIsHardened(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("without systemd-analyze: ", err)
	}
	out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=20", "../../deploy/sangkien.service").CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
