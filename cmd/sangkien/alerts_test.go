package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestAlertsSayWhatToDo: each alert is a line of both guides, and has words for who is woken.
func TestAlertsSayWhatToDo(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../deploy/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Annotations struct{ Summary, Description string }
			}
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil || len(file.Groups) != 1 || len(file.Groups[0].Rules) < 15 {
		t.Fatalf("%+v, %v", file, err)
	}
	for _, path := range []string{"../../docs/install.md", "../../docs/cai-dat.md"} {
		guide, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range file.Groups[0].Rules {
			if !strings.Contains(string(guide), r.Alert) {
				t.Errorf("%s does not say what to do about %s", path, r.Alert)
			}
			if r.Annotations.Summary == "" || r.Annotations.Description == "" {
				t.Errorf("%s says nothing", r.Alert)
			}
		}
	}
}

// TestAlertsAreValid: Prometheus reads the rules.
func TestAlertsAreValid(t *testing.T) {
	t.Parallel()
	bin, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("without promtool (Debian: prometheus): ", err)
	}
	if out, err := exec.CommandContext(t.Context(), bin, "check", "rules", "../../deploy/alerts.yml").CombinedOutput(); err != nil {
		t.Errorf("%s, %v", out, err)
	}
}
