package exawire_test

import (
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
	`5*time.Second`, `20*time.Millisecond`,
	`After(time.Second)`, `After(10*time.Millisecond)`,
)

var goSnippet = regexp.MustCompile("(?s)```go\n(.*?)```")

// README.md shows only code that runs: the lines of each Go snippet are in one example or test, in the same order.
func TestReadmeIsRun(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	functions := exampleFunctions(t)
	snippets := goSnippet.FindAllStringSubmatch(string(readme), -1)
	if len(snippets) < 6 {
		t.Errorf("only %d Go snippets in README.md", len(snippets))
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
			t.Errorf("no example has this line of README.md: %q\nThe nearest is %s, which has the %d lines before it.", lines[best], name, best)
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

// exampleFunctions returns the lines of all functions of the example files.
func exampleFunctions(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("example_*_test.go")
	if err != nil {
		t.Fatal(err)
	}
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
			if fn, ok := decl.(*ast.FuncDecl); ok {
				functions[fn.Name.Name] = codeLines(string(src[fset.Position(fn.Pos()).Offset:fset.Position(fn.End()).Offset]))
			}
		}
	}
	return functions
}
