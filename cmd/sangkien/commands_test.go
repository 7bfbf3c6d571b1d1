package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sangkien/sangkien/testkit/telegramtest"
)

// command runs the program with arguments in a data folder and returns what it prints.
func command(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	err := run(t.Context(), append(args, "--data-dir", dir, "--http-addr", "127.0.0.1:0"), &out, &errs)
	return out.String() + errs.String(), err
}

func TestDemoExportAndDoctor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := command(t, dir, "migrate"); err != nil || !strings.Contains(out, "up to date") {
		t.Fatalf("%s, %v", out, err)
	}
	if out, err := command(t, dir, "demo"); err != nil || !strings.Contains(out, "12 ideas") {
		t.Fatalf("%s, %v", out, err)
	}
	if _, err := command(t, dir, "demo"); err == nil || !strings.Contains(err.Error(), "members already, or units") {
		t.Errorf("a second demo: %v", err)
	}
	if out, err := command(t, dir, "audit", "verify"); err != nil || !strings.Contains(out, "holds: 80 lines") {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := command(t, dir, "audit", "list"); err != nil || strings.Count(out, "\n") != 80 || !strings.Contains(out, `"after":"submitted"`) {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := command(t, dir, "reminders", "list"); err != nil || strings.Count(out, "\n") != 6 || !strings.Contains(out, "08:00  doan-ket-sang-tao  7 ngày trước hạn nộp") {
		t.Errorf("%s, %v", out, err)
	}
	out, err := command(t, dir, "export", "ideas")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var first struct {
		Code, Author, Unit string
		Answers            map[string]string
	}
	at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, `"author":"Hoàng Văn Thắng"`) })
	if err := json.Unmarshal([]byte(lines[max(0, at)]), &first); err != nil || len(lines) != 30 || !strings.HasSuffix(first.Code, "-00001") ||
		first.Author != "Hoàng Văn Thắng" || first.Unit != "Xã Ba Bể, Tỉnh Thái Nguyên" || first.Answers["authors"] != "Hoàng Văn Thắng 60%, Nông Thị Hằng 40%" {
		t.Errorf("%d lines, %+v, %v", len(lines), first, err)
	}
	for _, format := range []string{"csv", "xlsx"} {
		path := filepath.Join(dir, "ideas."+format)
		if _, err := command(t, dir, "export", "ideas", "--format", format, "-o", path); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() < 1000 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", format, info, err)
		}
	}
	out, err = command(t, dir, "doctor", "--lang", "en")
	if err != nil || strings.Count(out, "\nok")+strings.Count(out, "\nnote")+1 < 12 || !strings.Contains(out, "30 ideas submitted") || !strings.Contains(out, "→") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestDoctorFindsWhatDoesNotWork(t *testing.T) {
	t.Parallel()
	server := telegramtest.New(t)
	good := []string{"doctor", "--lang", "en", "--telegram-token", server.Token, "--telegram-api-url", server.URL}
	if out, err := command(t, t.TempDir(), good...); err != nil || !strings.Contains(out, "the bot is @") {
		t.Errorf("%s, %v", out, err)
	}
	silent := telegramtest.New(t, telegramtest.Options{NoInline: true})
	if out, err := command(t, t.TempDir(), "doctor", "--lang", "en", "--telegram-token", silent.Token, "--telegram-api-url", silent.URL); err != nil || !strings.Contains(out, "/setinline") {
		t.Errorf("inline mode is off: %s, %v", out, err)
	}
	for name, args := range map[string][]string{
		"redis":    {"doctor", "--lang", "en", "--redis-url", "redis://127.0.0.1:1/0"},
		"database": {"doctor", "--lang", "en", "--database-url", "postgres://nobody:hunter2@127.0.0.1:1/x"},
		"telegram": {"doctor", "--lang", "en", "--telegram-token", "1:AAF-hunter2", "--telegram-api-url", "http://127.0.0.1:1"},
	} {
		out, err := command(t, t.TempDir(), args...)
		if err == nil || !strings.Contains(out, "BAD") || strings.Contains(out+err.Error(), "hunter2") {
			t.Errorf("%s: %s, %v", name, out, err)
		}
	}
}

func TestInvite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := command(t, dir, "migrate"); err != nil {
		t.Fatal(out, err)
	}
	out, err := command(t, dir, "invite", "--role", "organiser", "--public-url", "https://x.vn")
	if err != nil || strings.Count(out, "moi-") != 2 || !strings.Contains(out, "https://x.vn/chat#start=moi-") {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := command(t, dir, "invite", "--role", "king"); err == nil {
		t.Error("a king was invited")
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"zone":    {"migrate", "--timezone", "Hà Nội"},
		"url":     {"migrate", "--public-url", "x.vn"},
		"webhook": {"migrate", "--telegram-mode", "webhook", "--telegram-token", "1:a"},
		"secret":  {"migrate", "--telegram-webhook-secret", "có dấu"},
		"store":   {"migrate", "--database-url", "mysql://x"},
	} {
		if _, err := command(t, t.TempDir(), args...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("1:abc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SANGKIEN_TELEGRAM_TOKEN_FILE", path)
	got := map[string]string{}
	lookup := func(name string) (string, bool) { v, ok := got[name]; return v, ok }
	set := func(name, value string) error { got[name] = value; return nil }
	if err := readSecretFiles(lookup, set); err != nil || got["SANGKIEN_TELEGRAM_TOKEN"] != "1:abc" {
		t.Errorf("%v, %v", got, err)
	}
	if err := readSecretFiles(lookup, set); err == nil {
		t.Error("both were set and nobody said so")
	}
}
