package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

// The program runs against a server with SQL in this process.
func Example() {
	backend, err := exasqlite.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	srv, err := exatest.Start(exatest.WithBackend(backend))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	if err := os.Setenv("EXAWIRE_DSN", srv.DSN()); err != nil {
		fmt.Println(err)
		return
	}
	defer os.Unsetenv("EXAWIRE_DSN")
	main()
	// Output:
	// [{ProductID:1 Name:pen Stock:9}]
	// [map[NAME:pen PRODUCT_ID:1 STOCK:9]]
}

// It is short, and imports exawire alone.
func TestOneImport(t *testing.T) {
	text, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\n")); n >= 60 {
		t.Errorf("main.go has %d lines", n)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "main.go", text, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var others []string
	for _, i := range file.Imports {
		if path := strings.Trim(i.Path.Value, `"`); strings.Contains(path, ".") {
			others = append(others, path)
		}
	}
	if !slices.Equal(others, []string{"github.com/exawire/exawire"}) {
		t.Errorf("main.go imports %q", others)
	}
}
