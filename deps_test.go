package sangkien_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sangkien/sangkien"

// drawn says which packages of ours each package may import. A package that is not drawn fails the test.
var drawn = map[string][]string{
	".":                    {},
	"archive":              {"."},
	"backup":               {},
	"bot":                  {".", "locale", "vntext"},
	"bot/telegram":         {".", "bot", "locale"},
	"bot/webchat":          {".", "bot", "locale"},
	"bot/zalobot":          {".", "bot"},
	"bot/zalooa":           {".", "bot", "locale", "vntext"},
	"chart":                {},
	"cmd/sangkien":         {".", "backup", "bot", "bot/telegram", "bot/webchat", "bot/zalobot", "bot/zalooa", "dialog", "export", "feeds", "handlers", "importing", "locale", "media", "poster", "scheduler", "seed", "storage", "storage/redis", "vntext", "web"},
	"dialog":               {".", "vntext"},
	"export":               {"."},
	"feeds":                {"."},
	"handlers":             {".", "chart", "dialog", "vntext"},
	"importing":            {".", "archive", "vntext"},
	"locale":               {"."},
	"media":                {".", "archive"},
	"poster":               {},
	"scheduler":            {"."},
	"seed":                 {"."},
	"storage":              {".", "media", "vntext"},
	"storage/redis":        {"."},
	"testkit":              {".", "bot", "storage"},
	"testkit/powercut":     {},
	"testkit/telegramtest": {},
	"testkit/zalobottest":  {},
	"testkit/zalooatest":   {},
	"vntext":               {},
	"web":                  {".", "locale"},
}

// impure is what a pure package never imports.
var impure = []string{"os", "net", "net/http", "database/sql", "math/rand", "math/rand/v2", "crypto/rand", "log/slog", "context"}

// pure packages are functions of their arguments.
var pure = []string{".", "vntext", "dialog", "archive"}

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
		if strings.HasPrefix(path, "go.opentelemetry.io/") && name != "cmd/sangkien" {
			t.Errorf("%s must not import %s: traces stand around the parts", name, path)
		}
		if slices.Contains(pure, name) && slices.Contains(impure, path) {
			t.Errorf("%s is pure and must not import %s", name, path)
		}
	}
}

// TestPurity reads the source of the pure packages: no clock, no environment, no goroutine.
func TestPurity(t *testing.T) {
	t.Parallel()
	forbidden := map[string]bool{"time.Now": true, "time.Since": true, "time.Sleep": true, "time.After": true, "fmt.Print": true, "fmt.Println": true, "fmt.Printf": true}
	for _, dir := range pure {
		eachFile(t, dir, func(name string, f *ast.File) {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && forbidden[x.Name+"."+n.Sel.Name] {
						t.Errorf("%s uses %s.%s: it must be an argument", name, x.Name, n.Sel.Name)
					}
				case *ast.GoStmt:
					t.Errorf("%s starts a goroutine", name)
				}
				return true
			})
		})
	}
}

// TestEffectsAreBornInTheDomain keeps rules from being passed by: nobody but the root and dialog makes an effect.
func TestEffectsAreBornInTheDomain(t *testing.T) {
	t.Parallel()
	effects := map[string]bool{}
	eachFile(t, ".", func(_ string, f *ast.File) {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "effect" {
				effects[fn.Recv.List[0].Type.(*ast.Ident).Name] = true
			}
		}
	})
	if len(effects) < 15 {
		t.Fatalf("only %d effects found", len(effects))
	}
	for dir := range drawn {
		if dir == "." || dir == "dialog" {
			continue
		}
		eachFile(t, dir, func(name string, f *ast.File) {
			ast.Inspect(f, func(n ast.Node) bool {
				lit, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				if sel, ok := lit.Type.(*ast.SelectorExpr); ok && effects[sel.Sel.Name] && sel.X.(*ast.Ident).Name == "sangkien" {
					t.Errorf("%s makes a %s by itself", name, sel.Sel.Name)
				}
				return true
			})
		})
	}
}

// eachFile parses the files of a package, without its tests.
func eachFile(t *testing.T, dir string, do func(name string, f *ast.File)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		do(name, f)
	}
}

// TestProductKnowsNoTestkit keeps fakes out of the binary.
func TestProductKnowsNoTestkit(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "./cmd/sangkien").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), module+"/testkit") {
		t.Error("the binary holds testkit")
	}
}

func short(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}
