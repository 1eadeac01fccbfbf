package exawire_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// goFiles returns the Go files of all modules, by their directories.
func goFiles(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case strings.HasSuffix(name, ".go"):
			files[path.Dir(name)] = append(files[path.Dir(name)], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var (
	codeSpan = regexp.MustCompile("`([^` ]+)`")
	fileName = regexp.MustCompile(`\.(go|md)$`)
)

// docs/architecture.md names every file, and no file that does not exist.
func TestArchitectureNamesEveryFile(t *testing.T) {
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	dir, inList := ".", false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			dir, inList = ".", title == "Every file"
		}
		if title, ok := strings.CutPrefix(line, "### "); ok {
			dir = title
		}
		for _, span := range codeSpan.FindAllStringSubmatch(line, -1) {
			pattern := span[1]
			isFile := fileName.MatchString(pattern) && !strings.HasPrefix(pattern, "*")
			if !isFile && !strings.HasSuffix(pattern, "/") {
				continue
			}
			matches, err := filepath.Glob(filepath.FromSlash(path.Join(dir, pattern)))
			if err != nil || len(matches) == 0 {
				t.Errorf("docs/architecture.md: there is no %s", path.Join(dir, pattern))
			}
			for _, match := range matches {
				named[filepath.ToSlash(match)] = named[filepath.ToSlash(match)] || inList
			}
		}
	}
	for _, files := range goFiles(t) {
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") && !named[file] {
				t.Errorf("docs/architecture.md does not say what is in %s: add it to its package under \"Every file\"", file)
			}
		}
	}
}

// namedIn is what docs/architecture.md says to be in a file: `Conn.await` and `Conn.abort` in `internal/wire/roundtrip.go`.
var namedIn = regexp.MustCompile("`([A-Za-z.]+)`(?: and `([A-Za-z.]+)`)? in `([^`]+\\.go)`")

// The functions that docs/architecture.md names are where it says.
func TestArchitectureNamesFunctions(t *testing.T) {
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	found := namedIn.FindAllStringSubmatch(string(text), -1)
	if len(found) < 10 {
		t.Errorf("only %d places with functions were found", len(found))
	}
	for _, place := range found {
		declared := declaredIn(t, place[3])
		for _, name := range place[1:3] {
			if name != "" && !declared[name] {
				t.Errorf("docs/architecture.md: there is no %s in %s", name, place[3])
			}
		}
	}
}

// declaredIn returns the functions of a file, its variables, and its methods by their names and as Type.method.
func declaredIn(t *testing.T, name string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(name), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			name := decl.Name.Name
			declared[name] = true
			if decl.Recv != nil {
				recv := decl.Recv.List[0].Type
				if star, ok := recv.(*ast.StarExpr); ok {
					recv = star.X
				}
				if ident, ok := recv.(*ast.Ident); ok {
					name = ident.Name + "." + name
				}
			}
			declared[name] = true
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if value, ok := spec.(*ast.ValueSpec); ok {
					for _, ident := range value.Names {
						declared[ident.Name] = true
					}
				}
			}
		}
	}
	return declared
}

// code is blocks and spans of code, in which nothing is a link: Collect[int64](rows) is none.
var code = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")

var markdownLink = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)

// Links between the documents lead somewhere.
func TestLinksInDocuments(t *testing.T) {
	var documents []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "exasqlite/*.md", "exaotel/*.md"} {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, matches...)
	}
	if len(documents) < 10 {
		t.Errorf("only %d documents were found", len(documents))
	}
	for _, name := range documents {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range markdownLink.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(link[1]))); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// withoutExample are the packages that are not programs and yet need no example.
var withoutExample = []string{
	"internal/e2e", "compat", "internal/leakcheck", "internal/socket/sockettest", "exatest/internal/testclient", // for tests
	"examples", "examples/internal/demo", "examples/firsttest", "examples/testing", // examples themselves
}

// Every package says what it is for and shows how it is used.
func TestPackagesAreDocumented(t *testing.T) {
	for dir, files := range goFiles(t) {
		comments, examples, program := 0, 0, false
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") {
				for _, decl := range file.Decls {
					if fn, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Example") {
						examples++
					}
				}
				continue
			}
			program = program || file.Name.Name == "main"
			if file.Doc != nil {
				comments++
			}
		}
		if comments != 1 {
			t.Errorf("%s has %d package comments", dir, comments)
		}
		if examples == 0 && !program && !slices.Contains(withoutExample, dir) {
			t.Errorf("%s has no example", dir)
		}
	}
}
