package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEverythingHasATimeout reads the product's source: no HTTP client without a limit of time of its own or of its calls,
// no default client, and servers that wait for nobody for ever.
func TestEverythingHasATimeout(t *testing.T) {
	t.Parallel()
	// Clients whose calls each have a deadline by their context, with the file that gives it.
	byContext := []string{"bot/telegram/client.go", "bot/zalobot/client.go", "bot/zalooa/token.go", "cmd/sangkien/tracesend.go"}
	clients, servers := 0, 0
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() && e.Name() == "testkit" {
			if err == nil {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, "../../"))
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if isHTTP(n, "DefaultClient", "Get", "Post", "PostForm", "Head", "ListenAndServe", "ListenAndServeTLS") {
					t.Errorf("%s uses http.%s, which waits for ever", name, n.Sel.Name)
				}
			case *ast.CompositeLit:
				s, ok := n.Type.(*ast.SelectorExpr)
				switch {
				case ok && isHTTP(s, "Client"):
					if clients++; !has(n, "Timeout") && !slices.Contains(byContext, name) {
						t.Errorf("%s makes an http.Client without Timeout", name)
					}
				case ok && isHTTP(s, "Server"):
					servers++
					for _, field := range []string{"ReadHeaderTimeout", "IdleTimeout", "MaxHeaderBytes"} {
						if !has(n, field) {
							t.Errorf("%s makes an http.Server without %s", name, field)
						}
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil || clients < 4 || servers < 1 {
		t.Errorf("%d clients, %d servers, %v", clients, servers, err)
	}
}

func isHTTP(s *ast.SelectorExpr, names ...string) bool {
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == "http" && slices.Contains(names, s.Sel.Name)
}

func has(lit *ast.CompositeLit, field string) bool {
	return slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		key, ok := kv.Key.(*ast.Ident)
		return ok && key.Name == field
	})
}
