package exawire_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readmeWords are the few places where an example cannot say what README.md says: there is no such host, and nobody
// wants to wait.
var readmeWords = strings.NewReplacer(
	`"exa://sys:secret@exa1..4.example.com:8563/SALES?compression=1"`, `srv.DSN("compression=1")`,
	`"exa://user:password@host:8563/SCHEMA?compression=1"`, `dsn`,
	`5*time.Second`, `500*time.Millisecond`,
	`After(time.Second)`, `After(10*time.Millisecond)`,
)

var goSnippet = regexp.MustCompile("(?s)```go\n(.*?)```")

// These pages show only code that runs: the lines of each Go snippet are in one example, test or program, in the same
// order.
func TestReadmeIsRun(t *testing.T) { checkSnippets(t, "README.md", 6, "example_*_test.go") }

func TestTestingGuideIsRun(t *testing.T) { checkSnippets(t, "docs/testing.md", 9, "example_*_test.go") }

func TestErrorsPageIsRun(t *testing.T) { checkSnippets(t, "docs/errors.md", 3, "example_*_test.go") }

func TestFirstTestPageIsRun(t *testing.T) {
	checkSnippets(t, "docs/first-test.md", 4, "examples/firsttest/*.go")
}

func TestDatabaseSQLPageIsRun(t *testing.T) {
	checkSnippets(t, "docs/database-sql.md", 6, "stdlib/example*_test.go")
}

func TestPoolPageIsRun(t *testing.T) { checkSnippets(t, "docs/pool.md", 2, "exapool/example*_test.go") }

func TestBulkPageIsRun(t *testing.T) { checkSnippets(t, "docs/bulk.md", 9, "bulk/example*_test.go") }

func TestWebServicePageIsRun(t *testing.T) {
	checkSnippets(t, "docs/web-service.md", 4, "examples/webservice/*.go")
}

// checkSnippets looks for the snippets of a page, of which there are at least some, in the files that pattern names.
func checkSnippets(t *testing.T, page string, atLeast int, pattern string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	functions := functionsOf(t, pattern)
	snippets := goSnippet.FindAllStringSubmatch(string(text), -1)
	if len(snippets) < atLeast {
		t.Errorf("only %d Go snippets in %s", len(snippets), page)
	}
	for _, snippet := range snippets {
		lines := codeLines(readmeWords.Replace(snippet[1]))
		best, name := 0, "none"
		for fn, body := range functions {
			if n := inOrder(lines, body); n > best {
				best, name = n, fn
			}
		}
		if best < len(lines) {
			t.Errorf("no example has this line of %s: %q\nThe nearest is %s, which has the %d lines before it.", page, lines[best], name, best)
		}
	}
}

// inOrder returns how many of the lines, from the first on, are in body in this order, whatever is between them.
func inOrder(lines, body []string) int {
	n := 0
	for _, line := range body {
		if n < len(lines) && line == lines[n] {
			n++
		}
	}
	return n
}

// codeLines returns the lines of a piece of code without white space that does not matter.
func codeLines(code string) []string {
	var lines []string
	for line := range strings.Lines(code) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// functionsOf returns the lines of all functions and types of the files that pattern names.
func functionsOf(t *testing.T, pattern string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.FromSlash(pattern))
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, "exasqlite/example_scripted_test.go", "internal/e2e/scripted_test.go")
	functions := map[string][]string{}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, file, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			lines := codeLines(string(src[fset.Position(decl.Pos()).Offset:fset.Position(decl.End()).Offset]))
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				functions[decl.Name.Name+" in "+file] = lines
			case *ast.GenDecl:
				functions[fmt.Sprintf("%s:%d", file, fset.Position(decl.Pos()).Line)] = lines
			}
		}
	}
	return functions
}
