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
		for name := range strings.SplitSeq(config.Field(i).Tag.Get("env"), ",") {
			known[name] = true
		}
	}
	parser, err := kong.New(&cli{}, kong.Name("sangkien"), kong.Exit(func(int) {}), kong.Vars{"audience": audienceHelp}, kong.Writers(&bytes.Buffer{}, &bytes.Buffer{}))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "FILE.tar")
	settings, commands := regexp.MustCompile(`\bSANGKIEN_[A-Z_]+`), regexp.MustCompile("(?m)(?:^ *|[`;] *|: )sangkien(?:-admin)? ((?:doctor|backup|restore|invite|audit|serve|import|zalo)[^`;\n|,)]*)")
	found := 0
	for _, path := range []string{"../../docs/install.md", "../../docs/cai-dat.md", "../../docs/zalo.md", "../../docs/zalo-bot.md", "../../deploy/sangkien.service", "../../deploy/sangkien.env", "../../deploy/compose.yml", "../../deploy/Caddyfile"} {
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

// TestServiceIsValid: systemd reads the unit without a complaint.
func TestServiceIsValid(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	unit, err := os.ReadFile("../../deploy/sangkien.service")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sangkien.service")
	here := strings.ReplaceAll(string(unit), "/usr/local/bin/sangkien", "/bin/true") // verify wants the program to be there
	if err := os.WriteFile(path, []byte(here), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", path).CombinedOutput(); err != nil {
		t.Errorf("%s: %v", out, err)
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

// TestAdminReadsSettings: sangkien-admin gives a command the settings that systemd gives the service, whatever is in them.
func TestAdminReadsSettings(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../deploy/sangkien-admin")
	if err != nil {
		t.Fatal(err)
	}
	env := filepath.Join(t.TempDir(), "sangkien.env")
	text := "# ghi chú\n\nSANGKIEN_DATABASE_URL=postgres://u:a$b&c#d@h/db?sslmode=require&connect_timeout=1\nSANGKIEN_PUBLIC_URL=\"https://x.vn\"\n; khác\nSANGKIEN_QUIET_HOURS='21-7'\nSANGKIEN_LANG=$(id) `id` vi"
	if err := os.WriteFile(env, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	here := strings.NewReplacer("/etc/sangkien/sangkien.env", env, "exec runuser -u sangkien -- /usr/local/bin/sangkien", "exec env").Replace(string(script))
	cmd := exec.CommandContext(t.Context(), "sh", "-c", here)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	for _, want := range []string{"SANGKIEN_DATABASE_URL=postgres://u:a$b&c#d@h/db?sslmode=require&connect_timeout=1\n", "SANGKIEN_PUBLIC_URL=https://x.vn\n", "SANGKIEN_QUIET_HOURS=21-7\n", "SANGKIEN_LANG=$(id) `id` vi\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing: %s", want, out)
		}
	}
}
