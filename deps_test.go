package sangkien_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sangkien/sangkien"

// drawn says which packages of ours each package may import. A package that is not drawn fails the test.
var drawn = map[string][]string{
	".":                    {},
	"bot":                  {".", "locale", "vntext"},
	"bot/telegram":         {".", "bot", "locale"},
	"bot/webchat":          {".", "bot", "locale"},
	"cmd/sangkien":         {".", "bot", "bot/telegram", "bot/webchat", "dialog", "export", "handlers", "locale", "media", "scheduler", "seed", "storage", "storage/redis", "vntext", "web"},
	"dialog":               {".", "vntext"},
	"export":               {"."},
	"handlers":             {".", "dialog", "vntext"},
	"locale":               {"."},
	"media":                {"."},
	"scheduler":            {"."},
	"seed":                 {"."},
	"storage":              {".", "media"},
	"storage/redis":        {"."},
	"testkit":              {".", "bot", "storage"},
	"testkit/telegramtest": {},
	"vntext":               {},
	"web":                  {".", "locale"},
}

// impure is what a pure package never imports.
var impure = []string{"os", "net", "net/http", "database/sql", "math/rand", "math/rand/v2", "crypto/rand", "log/slog", "context"}

// pure packages are functions of their arguments.
var pure = []string{".", "vntext", "dialog"}

// TestArrows holds the package graph to the drawing.
func TestArrows(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; seen++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		checkArrows(t, short(p.ImportPath), p.Imports)
	}
	if seen > len(drawn) {
		t.Errorf("%d packages, %d drawn", seen, len(drawn))
	}
}

func checkArrows(t *testing.T, name string, imports []string) {
	t.Helper()
	allowed, ok := drawn[name]
	if !ok {
		t.Errorf("package %s is not drawn", name)
	}
	for _, path := range imports {
		if strings.HasPrefix(path, module) && !slices.Contains(allowed, short(path)) {
			t.Errorf("%s must not import %s", name, short(path))
		}
		if slices.Contains(pure, name) && slices.Contains(impure, path) {
			t.Errorf("%s is pure and must not import %s", name, path)
		}
	}
}

func short(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}
