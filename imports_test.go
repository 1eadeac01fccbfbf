package exawire_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/exawire/exawire"

// importRule says what the files of a package may import beside the standard library and the package itself. Packages of
// this repository are written without the name of the module; "." is the root package.
type importRule struct {
	may   []string
	tests []string // what test files may import in addition; exatest, leakcheck and go-cmp all of them may
	never []string // packages of the standard library that are off limits, with all below them
}

const (
	websocketLibrary = "nhooyr.io/websocket"
	jsonLibrary      = "github.com/goccy/go-json"
)

// network is what packages that only know words and columns have no business with.
var network = []string{"net", "crypto/tls"}

// importTable is the map of the house: see docs/architecture.md. A package that is not in it fails the test.
var importTable = map[string]importRule{
	"compression":        {may: []string{"github.com/klauspost/compress", "internal/inflate"}, never: network},
	"tls":                {},
	"internal/inflate":   {tests: []string{"github.com/klauspost/compress", "internal/benchdata"}, never: network},
	"internal/bufpool":   {never: network},
	"internal/jsonscan":  {never: network},
	"internal/exatext":   {never: network},
	"internal/wallclock": {never: network},
	"internal/sqlsplit":  {never: network},
	"internal/fields":    {may: []string{"internal/sqlword", "internal/errtext"}, never: network},
	"internal/csvtext":   {may: []string{"internal/jsonscan", "internal/exatext"}, never: network},
	"internal/ctxerr":    {never: network},
	"internal/chunkdata": {may: []string{"internal/bufpool"}, never: network},
	"internal/hostlist":  {may: []string{"tls"}},
	"internal/sqlword":   {never: network},
	"internal/together":  {never: network},
	"internal/stmtcache": {never: network},
	"internal/debts":     {never: network},
	"internal/grace":     {never: network},
	"internal/dsntext":   {may: []string{"internal/hostlist"}, never: []string{"crypto/tls"}},
	"internal/settings":  {may: []string{"commands", "resultset", "internal/wallclock"}, never: network},
	"internal/errtext":   {tests: []string{"commands", "resultset"}, never: network},
	"internal/tunnel":    {},

	// The tests of sessions, which see what users see, and what a session is made of.
	"internal/e2e": {tests: []string{".", "resultset", "commands", "compression", "internal/wire", "internal/socket", "exatest/fault", "exatest/record", jsonLibrary}},

	"internal/leakcheck":   {never: network},
	"internal/protogen":    {never: network},
	"internal/formatcases": {never: network}, // tables for tests
	"internal/halfway":     {never: network}, // numbers for tests
	"internal/zonedata":    {never: network}, // time zones for tests
	"internal/benchdata":   {never: network}, // data for benchmarks
	"internal/cputime":     {never: network}, // for benchmarks

	"commands": {
		may:   []string{jsonLibrary, "internal/jsonscan", "internal/exatext", "internal/wallclock", "internal/errtext", "internal/sqlword"},
		tests: []string{"resultset"}, // whose values are parameters
		never: network,
	},
	"internal/socket":            {may: []string{websocketLibrary}, tests: []string{"internal/socket/sockettest"}},
	"internal/socket/sockettest": {},
	"internal/wire": {
		may:   []string{"internal/socket", "compression", "internal/bufpool", "internal/ctxerr"},
		tests: []string{"internal/socket/sockettest"},
		never: network,
	},
	"resultset": {
		may:   []string{"commands", "internal/jsonscan", "internal/exatext", "internal/wallclock", "internal/fields", "internal/bufpool", "internal/ctxerr", "internal/errtext", "internal/sqlword"},
		tests: []string{jsonLibrary},
		never: network,
	},
	// The server shares nothing with the client but the vocabulary: a mistake in framing or compression must not be made
	// by both sides.
	"exatest": {
		may: []string{
			"commands", "exatest/fault", "exatest/internal/effect", "exatest/internal/document", "exatest/internal/frame",
			"exatest/internal/identity", "exatest/internal/redact", "exatest/internal/replay", "exatest/internal/sqltext",
		},
		tests: []string{"exatest/internal/testclient"},
	},
	"exatest/fault": {
		may:   []string{"exatest/internal/effect", "exatest/internal/document", "exatest/internal/frame"},
		tests: []string{"exatest/internal/testclient"},
		never: network,
	},
	"exatest/record": {
		may: []string{
			"commands", "exatest", "exatest/internal/document", "exatest/internal/frame", "exatest/internal/identity",
			"exatest/internal/redact", "exatest/internal/replay", "exatest/internal/sqltext",
		},
		tests: []string{"exatest/internal/testclient"},
	},
	"exatest/internal/effect":     {may: []string{"exatest/internal/document", "exatest/internal/frame"}, never: network},
	"exatest/internal/document":   {never: network},
	"exatest/internal/frame":      {},
	"exatest/internal/identity":   {},
	"exatest/internal/redact":     {may: []string{"commands", "exatest/internal/document"}, never: network},
	"exatest/internal/replay":     {may: []string{"commands"}, never: network},
	"exatest/internal/sqltext":    {never: network},
	"exatest/internal/testclient": {may: []string{"exatest"}},

	".": {
		may: []string{
			"commands", "resultset", "internal/wire", "internal/socket", "internal/jsonscan", "internal/exatext", "internal/wallclock", "internal/fields", "internal/sqlsplit", "internal/sqlword",
			"internal/bufpool", "internal/ctxerr", "internal/errtext", "internal/chunkdata", "internal/hostlist", "internal/dsntext", "internal/together", "internal/stmtcache", "internal/debts", "internal/grace", "internal/settings", "compression", "tls",
			jsonLibrary,
		},
	},
	"stdlib": {may: []string{".", "resultset", "commands", "bulk"}},
	"bulk": {may: []string{
		".", "resultset", "commands", "internal/tunnel", "internal/hostlist", "internal/together", "internal/ctxerr", "internal/errtext", "tls",
		"internal/sqlword", "internal/csvtext", "internal/bufpool", "internal/fields", "internal/settings", "internal/exatext", "github.com/klauspost/compress",
	}},
	"exapool": {may: []string{".", "resultset", "commands"}},

	// Modules of their own, which see what everybody sees.
	"exasqlite":            {may: []string{"commands", "exatest", "modernc.org/sqlite", "internal/wallclock"}, tests: []string{".", "resultset", "bulk"}},
	"exasqlite/cmd/exasim": {may: []string{"exasqlite", "exatest", "exatest/fault", "exatest/record", "commands"}, tests: []string{".", "resultset"}},
	"exaarrow":             {may: []string{".", "resultset", "commands", "github.com/apache/arrow-go"}},
	"exaotel":              {may: []string{".", "commands", "exapool", "internal/sqlword", "go.opentelemetry.io"}, never: []string{"crypto/tls"}},
}

// treeTable has the modules whose rule holds for every package below their directory.
var treeTable = map[string]importRule{
	// Examples show what users can do.
	"examples": {may: []string{".", "resultset", "commands", "compression", "exatest", "exatest/fault", "exatest/record", "exasqlite", "stdlib", "bulk", "exapool", "examples/internal/demo", "github.com/cheggaaa/pb", "github.com/mattn/go-isatty"}},
	// Benchmarks measure the steps of a path one by one.
	"bench": {
		may:   []string{".", "bench", "bulk", "exapool", "stdlib", "resultset", "commands", "compression", "internal/benchdata", "internal/cputime", "bench/internal/alone", "bench/internal/plot", jsonLibrary, websocketLibrary, "golang.org/x/sys"},
		tests: []string{"exasqlite", "internal/socket", "internal/wire", "internal/bufpool", "internal/csvtext", "github.com/gocarina/gocsv", "github.com/jszwec/csvutil"},
	},
	// Tests with other people's libraries show that these work with what users can import.
	"compat": {tests: []string{
		".", "resultset", "commands", "exasqlite", "stdlib", "bulk",
		"github.com/jmoiron/sqlx", "gorm.io/gorm", "github.com/uptrace/bun", "github.com/pressly/goose",
	}},
}

// everyTest is what test files of all packages may import.
var everyTest = []string{"exatest", "exatest/fault", "exatest/record", "internal/leakcheck", "internal/benchdata", "internal/cputime", "internal/halfway", "internal/formatcases", "internal/zonedata", "github.com/google/go-cmp"}

func ruleOf(pkg string) (importRule, bool) {
	top, _, _ := strings.Cut(pkg, "/")
	if rule, ok := treeTable[top]; ok {
		return rule, true
	}
	rule, ok := importTable[pkg]
	return rule, ok
}

// checkImports returns what the Go files of a tree import against the table.
func checkImports(tree fs.FS) (violations []string, err error) {
	known := map[string]bool{}
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		pkg := path.Dir(name)
		rule, ok := ruleOf(pkg)
		if !ok {
			if !known[pkg] {
				violations = append(violations, fmt.Sprintf("package %s is not in the table", pkg))
			}
			known[pkg] = true
			return nil
		}
		imports, err := importsOf(tree, name)
		for _, imported := range imports {
			if reason := rule.forbids(pkg, imported, strings.HasSuffix(name, "_test.go")); reason != "" {
				violations = append(violations, fmt.Sprintf("%s imports %s: %s", name, imported, reason))
			}
		}
		return err
	})
	return violations, err
}

func importsOf(tree fs.FS, name string) ([]string, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var imports []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		imports = append(imports, imported)
	}
	return imports, nil
}

// forbids says why a file of pkg must not import a package, "" if it may.
func (r importRule) forbids(pkg, imported string, test bool) string {
	first, _, _ := strings.Cut(imported, "/")
	if !strings.Contains(first, ".") {
		if !test && slices.ContainsFunc(r.never, func(n string) bool { return within(imported, n) }) {
			return "off limits"
		}
		return ""
	}
	allowed := r.may
	if test {
		allowed = slices.Concat(r.may, r.tests, everyTest)
	}
	if imported == module || strings.HasPrefix(imported, module+"/") {
		own := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
		if own == "" {
			own = "."
		}
		if slices.Contains(allowed, own) || test && own == pkg {
			return ""
		}
		return "against the direction of the imports"
	}
	if slices.ContainsFunc(allowed, func(a string) bool { return within(imported, a) }) {
		return ""
	}
	return "no dependency of this package"
}

func within(imported, prefix string) bool {
	return imported == prefix || strings.HasPrefix(imported, prefix+"/")
}

func TestImports(t *testing.T) {
	violations, err := checkImports(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		t.Error(v)
	}
}

// TestCoreStandsAlone checks that the table lets no package of this module import a module below it, in tests neither:
// whoever requires this module would have to have that one as well.
func TestCoreStandsAlone(t *testing.T) {
	files, err := filepath.Glob("*/go.mod")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no modules below this one: %v", err)
	}
	nested := func(pkg string) bool {
		top, _, _ := strings.Cut(pkg, "/")
		return slices.Contains(files, filepath.Join(top, "go.mod"))
	}
	for pkg, rule := range importTable {
		if nested(pkg) {
			continue
		}
		for _, imported := range slices.Concat(rule.may, rule.tests, everyTest) {
			if nested(imported) {
				t.Errorf("%s may import %s, which is a module of its own", pkg, imported)
			}
		}
	}
}

// TestImportsAreChecked breaks each rule once.
func TestImportsAreChecked(t *testing.T) {
	file := func(imports ...string) string {
		text := "package x\n"
		for _, i := range imports {
			text += "import _ " + strconv.Quote(i) + "\n"
		}
		return text
	}
	const direction, dependency = "against the direction of the imports", "no dependency of this package"
	tests := []struct {
		file    string
		imports string
		want    string // reason, "" if it is fine
	}{
		{"client.go", module + "/resultset", ""},
		{"client.go", "net/http", ""},
		{"client.go", module + "/exatest", direction},
		{"client.go", module + "/stdlib", direction},
		{"client.go", websocketLibrary, dependency},
		{"client.go", "github.com/google/go-cmp/cmp", dependency},
		{"client_test.go", module, ""},
		{"client_test.go", module + "/exatest", ""},
		{"client_test.go", module + "/internal/leakcheck", ""},
		{"client_test.go", module + "/exasqlite", direction},
		{"client_test.go", module + "/examples/internal/demo", direction},
		{"client_test.go", module + "/bench", direction},
		{"client_test.go", "github.com/google/go-cmp/cmp", ""},
		{"client_test.go", "github.com/google/go-cmpx", dependency},
		{"client_test.go", websocketLibrary, dependency},
		{"commands/x.go", module + "/internal/exatext", ""},
		{"commands/x.go", jsonLibrary, ""},
		{"commands/x.go", module, direction},
		{"commands/x.go", module + "/resultset", direction},
		{"commands/x.go", module + "/internal/wire", direction},
		{"commands/x.go", module + "/internal/socket", direction},
		{"commands/x.go", "net", "off limits"},
		{"commands/x.go", "net/netip", "off limits"},
		{"commands/x.go", "crypto/tls", "off limits"},
		{"commands/x.go", "crypto/rsa", ""},
		{"resultset/x.go", module + "/commands", ""},
		{"resultset/x.go", module, direction},
		{"resultset/x.go", module + "/internal/wire", direction},
		{"resultset/x.go", jsonLibrary, dependency},
		{"internal/socket/x.go", websocketLibrary, ""},
		{"internal/socket/x.go", websocketLibrary + "/wsjson", ""},
		{"internal/socket/x.go", module + "/commands", direction},
		{"internal/wire/x.go", module + "/internal/socket", ""},
		{"internal/wire/x.go", module + "/commands", direction},
		{"internal/wire/x.go", websocketLibrary, dependency},
		{"internal/wire/x_test.go", websocketLibrary, dependency},
		{"compression/x.go", "github.com/klauspost/compress/zlib", ""},
		{"compression/x.go", module + "/internal/bufpool", direction},
		{"compression/x.go", module + "/internal/inflate", ""},
		{"internal/inflate/x.go", "github.com/klauspost/compress/zlib", dependency},
		{"internal/inflate/x.go", module + "/internal/bufpool", direction},
		{"tls/x.go", "crypto/tls", ""},
		{"tls/x.go", module + "/commands", direction},
		{"internal/jsonscan/x.go", module + "/internal/exatext", direction},
		{"internal/exatext/x.go", jsonLibrary, dependency},
		{"internal/bufpool/x.go", module + "/internal/jsonscan", direction},
		{"exatest/x.go", module + "/commands", ""},
		{"exatest/x.go", "compress/zlib", ""},
		{"exatest/x.go", module, direction},
		{"exatest/x.go", module + "/resultset", direction},
		{"exatest/x.go", module + "/internal/wire", direction},
		{"exatest/x.go", module + "/internal/socket", direction},
		{"exatest/x.go", module + "/compression", direction},
		{"exatest/x.go", module + "/exatest/fault", ""},
		{"exatest/x.go", module + "/exatest/record", direction},
		{"exatest/x_test.go", module, direction},
		{"exatest/fault/x.go", module + "/exatest", direction},
		{"exatest/fault/x.go", module + "/compression", direction},
		{"exatest/fault/x_test.go", module + "/exatest", ""},
		{"exatest/fault/x.go", module + "/exatest/internal/replay", direction},
		{"exatest/record/x.go", module + "/exatest", ""},
		{"exatest/record/x.go", module + "/compression", direction},
		{"exatest/internal/frame/x.go", module + "/internal/socket", direction},
		{"exatest/x_test.go", module + "/exasqlite", direction},
		{"stdlib/x.go", module, ""},
		{"stdlib/x.go", module + "/bulk", ""},
		{"stdlib/x.go", module + "/exapool", direction},
		{"bulk/x.go", module + "/stdlib", direction},
		{"stdlib/x.go", module + "/internal/wire", direction},
		{"bulk/x.go", module + "/internal/tunnel", ""},
		{"exapool/x.go", module + "/internal/tunnel", direction},
		{"exapool/x.go", "github.com/jackc/puddle/v2", dependency},
		{"exasqlite/x.go", "modernc.org/sqlite", ""},
		{"exasqlite/x.go", module, direction},
		{"exasqlite/x.go", module + "/internal/exatext", direction},
		{"exasqlite/x_test.go", module, ""},
		{"examples/quickstart/main.go", module + "/exasqlite", ""},
		{"examples/quickstart/main.go", module + "/internal/wire", direction},
		{"examples/quickstart/main.go", "modernc.org/sqlite", dependency},
		{"bench/cmd/x/main.go", module + "/internal/benchdata", ""},
		{"bench/cmd/x/main.go", module + "/internal/wire", direction},
		{"bench/x_test.go", module + "/internal/socket", ""},
		{"compat/x.go", module, direction},
		{"compat/x_test.go", module + "/stdlib", ""},
		{"compat/x_test.go", "gorm.io/gorm/schema", ""},
		{"compat/x_test.go", module + "/internal/wire", direction},
		{"client_test.go", module + "/compat", direction},
		{"exaarrow/x.go", module + "/internal/bufpool", direction},
		{"exaotel/x.go", "go.opentelemetry.io/otel/trace", ""},
		{"exaotel/x.go", module + "/exapool", ""},
		{"exaotel/x.go", module + "/internal/wire", direction},
		{"exapool/x.go", module + "/exaotel", direction},
		{"exapool/x.go", "go.opentelemetry.io/otel/trace", dependency},
		{"client_test.go", module + "/exaotel", direction},
		{".hidden/x.go", module + "/internal/wire", ""},
		{"commands/testdata/x.go", module + "/internal/wire", ""},
	}
	for _, test := range tests {
		var want []string
		if test.want != "" {
			want = []string{test.file + " imports " + test.imports + ": " + test.want}
		}
		got, err := checkImports(fstest.MapFS{test.file: {Data: []byte(file("fmt", test.imports))}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s with %s (-want +got):\n%s", test.file, test.imports, diff)
		}
	}
	got, err := checkImports(fstest.MapFS{"util/a.go": {Data: []byte(file())}, "util/b.go": {Data: []byte(file())}})
	if diff := cmp.Diff([]string{"package util is not in the table"}, got); err != nil || diff != "" {
		t.Errorf("unknown package: %v (-want +got):\n%s", err, diff)
	}
	if _, err := checkImports(fstest.MapFS{"a.go": {Data: []byte("not Go")}}); err == nil {
		t.Error("a file that cannot be read is no error")
	}
}
