package testclient

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// CheckExamples checks that each function and method of the package under test that returns one of these types has an
// example that is run, and that there are at least so many.
func CheckExamples(t *testing.T, least int, types ...string) {
	t.Helper()
	features, examples := map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			switch {
			case !ok:
			case strings.HasSuffix(name, "_test.go"):
				if example, ok := strings.CutPrefix(fn.Name.Name, "Example"); ok {
					examples[example] = hasOutput(file, fn)
				}
			case fn.Name.IsExported() && makes(fn, types):
				features[featureName(fn)] = true
			}
		}
	}
	if len(features) < least {
		t.Errorf("only %d features were found", len(features))
	}
	for feature := range features {
		if !examples[feature] {
			t.Errorf("there is no Example%s with an output", feature)
		}
	}
}

// makes reports whether a function returns one of these types. What limits a fault, and what only passes on, needs no
// example.
func makes(fn *ast.FuncDecl, types []string) bool {
	r := receiver(fn)
	if r != "" && !ast.IsExported(r) || r == "Fault" || fn.Name.Name == "Respond" || fn.Type.Results == nil || len(fn.Type.Results.List) != 1 {
		return false
	}
	result := fn.Type.Results.List[0].Type
	if star, ok := result.(*ast.StarExpr); ok {
		result = star.X
	}
	name, ok := result.(*ast.Ident)
	return ok && slices.Contains(types, name.Name)
}

func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	typ := fn.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	name, _ := typ.(*ast.Ident)
	return name.Name
}

// featureName is the name of the function's example after Example.
func featureName(fn *ast.FuncDecl) string {
	if r := receiver(fn); r != "" {
		return r + "_" + fn.Name.Name
	}
	return fn.Name.Name
}

// hasOutput reports whether an example is run: it has to say what it prints.
func hasOutput(file *ast.File, fn *ast.FuncDecl) bool {
	for _, group := range file.Comments {
		if group.Pos() > fn.Pos() && group.End() < fn.End() && strings.HasPrefix(group.Text(), "Output:") {
			return true
		}
	}
	return false
}
