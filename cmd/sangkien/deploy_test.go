package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	sangkien "github.com/sangkien/sangkien"
)

var metricName = regexp.MustCompile(`sangkien_[a-z_]+`)

// Whatever the rules look at is measured, under that name and with the labels they ask for.
func TestAlertsNameMetricsThatExist(t *testing.T) {
	t.Parallel()
	a := start(t, nil)
	a.outbox.Observe("web", "sent", 1)
	if err := a.inbox.Receive(context.WithoutCancel(t.Context()), sangkien.Update{Key: "web:deploy:1", Kind: sangkien.UpdateText, Text: "xin chào",
		Address: sangkien.Address{Channel: "web", Bot: "0", Chat: "deploy"}, From: sangkien.Sender{ID: "deploy"}})(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	shown, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	exist := map[string]bool{}
	for _, name := range metricName.FindAllString(string(shown), -1) {
		exist[name] = true
	}
	rules, err := os.ReadFile("../../deploy/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	asked := metricName.FindAllString(string(rules), -1)
	if len(asked) < 5 {
		t.Fatalf("only %q in the rules", asked)
	}
	for _, name := range asked {
		if !exist[name] {
			t.Errorf("%s is not measured", name)
		}
	}
	if !strings.Contains(string(shown), `sangkien_outbox_oldest_seconds{class="reply"}`) {
		t.Error("the age of replies has no class")
	}
}

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
