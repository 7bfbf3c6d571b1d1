package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sangkien/sangkien/backup"
	"github.com/sangkien/sangkien/scheduler"
)

// get fetches a page with headers.
func get(t *testing.T, url string, header http.Header) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// TestBackupAge: who never made a backup is told as well as whose newest one is old; who makes none on purpose is not.
func TestBackupAge(t *testing.T) {
	t.Parallel()
	c := &Config{DataDir: t.TempDir(), BackupKeep: 7}
	s := newState(&app{config: c})
	s.since = time.Now().Add(-50 * time.Hour)
	look := func(ok bool, about time.Duration) {
		t.Helper()
		if age, got := s.backupAge(); got != ok || age.Round(time.Hour) != about {
			t.Errorf("%v, %v", age, got)
		}
	}
	look(true, 50*time.Hour)
	c.BackupKeep = 0
	look(false, 0)
	if err := os.MkdirAll(string(c.shelf()), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.shelf().Name(backup.Daily, time.Now().Add(-3*time.Hour)), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	look(true, 3*time.Hour)
}

// TestEveryMetricThatIsNamedExists: what the dashboard and the alerts ask for is served, with the labels that they use.
func TestEveryMetricThatIsNamedExists(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	if err := post(r.url+"/chat/api/send", "", `{"key":"key-00001","text":"chào"}`); err != nil {
		t.Fatal(err)
	}
	awaitSilence(t, r.config.DatabaseURL)
	if err := os.MkdirAll(string(r.config.shelf()), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.config.shelf().Name(backup.Daily, time.Now().Add(-time.Hour)), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, task := range r.tasks() {
		if task.Name != "backup" {
			_ = task.Do(t.Context(), time.Now()) // what it does is tried elsewhere
		}
	}
	broken := r.measured([]scheduler.Task{{Name: "broken", Do: nothing}})
	if err := broken[0].Do(t.Context(), time.Now()); err == nil {
		t.Error("a failure was lost")
	}
	status, served := get(t, r.url+"/metrics", nil)
	if status != http.StatusOK {
		t.Fatal(status)
	}
	names := regexp.MustCompile(`\b(sangkien|process)_[a-z_]+`)
	labelled := regexp.MustCompile(`\b(sangkien_[a-z_]+)\{([a-z]+)="([a-z A-Z]+)"`)
	checked := map[string]bool{}
	for _, path := range []string{"../../deploy/alerts.yml", "../../deploy/grafana/sangkien.json"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), `\"`, `"`)
		for _, name := range names.FindAllString(text, -1) {
			checked[name] = true
			if !regexp.MustCompile(`(?m)^` + name + `[{ ]`).MatchString(served) {
				t.Errorf("%s names %s, which is not served", path, name)
			}
		}
		for _, m := range labelled.FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`(?m)^` + m[1] + `\{[^}]*` + m[2] + `="`).MatchString(served) {
				t.Errorf("%s: %s has no label %s", path, m[1], m[2])
			}
			if m[2] == "class" || m[2] == "task" || m[2] == "level" {
				if !strings.Contains(served, m[2]+`="`+m[3]+`"`) {
					t.Errorf("%s: no %s is called %s", path, m[2], m[3])
				}
			}
		}
	}
	if len(checked) < 14 {
		t.Errorf("only %v were named", checked)
	}
	for _, want := range []string{`sangkien_store_up 1`, `sangkien_inbox_depth 0`, `sangkien_outbox_depth{class="reply"} 0`,
		`sangkien_update_seconds_count{channel="web",outcome="done"} 1`, `sangkien_task_seconds_count{outcome="failed",task="broken"} 1`} {
		if !strings.Contains(served, want) {
			t.Errorf("not served: %s", want)
		}
	}
}

func nothing(context.Context, time.Time) error { return errors.New("nothing") }
