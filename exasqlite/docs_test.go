package exasqlite_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/exasqlite"
)

// TestDocumentation checks that docs/sql.md lists the functions and system tables that there are.
func TestDocumentation(t *testing.T) {
	page, err := os.ReadFile("../docs/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	for heading, want := range map[string][]string{
		"## Functions\n": exasqlite.FunctionNames(), "## System tables\n": exasqlite.SystemTableNames(),
	} {
		_, section, found := strings.Cut(string(page), heading)
		if !found {
			t.Fatalf("no section %s", heading)
		}
		section, _, _ = strings.Cut(section, "\n## ")
		// What follows a semicolon, or the list, is an explanation.
		list, _, _ := strings.Cut(section, "\n\nThey ")
		var got []string
		for line := range strings.Lines(list) {
			line, _, _ = strings.Cut(line, ";")
			line = strings.ReplaceAll(line, "`OVER`", "")
			for _, m := range regexp.MustCompile("`([A-Z0-9_]+)`").FindAllStringSubmatch(line, -1) {
				got = append(got, m[1])
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s(-there are +listed):\n%s", heading, diff)
		}
	}
}

// TestFunctionsParse checks that each function can be called: reserved words have to be allowed one by one.
func TestFunctionsParse(t *testing.T) {
	for _, name := range exasqlite.FunctionNames() {
		args := map[string]string{"EXTRACT": "YEAR FROM x", "POSITION": "x IN x", "CONVERT": "DATE, x"}[name]
		if args == "" {
			args = "x"
		}
		if err := exasqlite.Parse("SELECT " + name + "(" + args + ")"); err != nil && !exasqlite.WithoutArguments(name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
