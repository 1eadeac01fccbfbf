package exawire_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// Every benchmark has a comment that begins with its name and says what it measures.
func TestBenchmarksSayWhatTheyMeasure(t *testing.T) {
	found := 0
	for _, files := range goFiles(t) {
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				continue
			}
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range tree.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Benchmark") {
					continue
				}
				found++
				if !strings.HasPrefix(f.Doc.Text(), f.Name.Name+" ") {
					t.Errorf("%s: %s does not say what it measures: its comment has to begin with its name", file, f.Name.Name)
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d benchmarks were found", found)
	}
}
