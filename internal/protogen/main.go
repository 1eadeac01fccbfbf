// Command protogen writes the regular parts of exawire from the protocol table in table.go: the description of the
// commands, the session attributes, the metadata commands and their methods, and the list of commands in the
// documents. Run it with go generate at the root of the module; continuous integration fails if that changes a file.
package main

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// outputs maps each template to the file that it writes, relative to the root of the module.
var outputs = []struct{ template, file string }{
	{"names.go.tmpl", "commands/names_gen.go"},
	{"attributes.go.tmpl", "commands/attributes_gen.go"},
	{"metadata.go.tmpl", "commands/metadata_gen.go"},
	{"session.go.tmpl", "protocol_gen.go"},
	{"session_test.go.tmpl", "commands_gen_test.go"},
	{"commands.md.tmpl", "docs/commands.md"},
}

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	if err := generate(root); err != nil {
		fmt.Fprintln(os.Stderr, "protogen:", err)
		os.Exit(1)
	}
}

func generate(root string) error {
	t, err := template.New("").Funcs(functions).ParseFS(templates, "templates/*.tmpl")
	if err != nil {
		return err
	}
	data := map[string]any{"Commands": table, "Attributes": attributes, "Metadata": metadataTable}
	for _, out := range outputs {
		var buf bytes.Buffer
		if err := t.ExecuteTemplate(&buf, out.template, data); err != nil {
			return err
		}
		text := buf.Bytes()
		if strings.HasSuffix(out.file, ".go") {
			if text, err = format.Source(text); err != nil {
				return fmt.Errorf("%s: %w", out.file, err)
			}
		}
		if err := os.WriteFile(filepath.Join(root, out.file), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

var functions = template.FuncMap{
	"thirdPerson": thirdPerson,
	"nils":        nils,
	"patterns":    patterns,
	"exported":    func(s string) string { return strings.ToUpper(s[:1]) + s[1:] },
	"request":     request,
	"goType":      goType,
	"kindText":    kindText,
	"wrap":        wrap,
	"lower":       strings.ToLower,
	"info":        lookup,
}

// Accessors: templates reach exported methods only.

func (c command) Name() string       { return c.name }
func (c command) Since() int         { return c.since }
func (c command) Deprecated() int    { return c.deprecated }
func (c command) ReplacedBy() string { return c.replacedBy }
func (c command) Family() string     { return c.family }
func (c command) Answer() bool       { return c.answer }
func (c command) Abortable() bool    { return c.abortable }
func (c command) Method() string     { return c.method }
func (c command) Doc() string        { return c.doc }
func (c command) Errors() string     { return c.errors }

func (a attribute) JSON() string    { return a.json }
func (a attribute) Name() string    { return a.name }
func (a attribute) Kind() string    { return a.kind }
func (a attribute) Writable() bool  { return a.writable }
func (a attribute) Since() int      { return a.since }
func (a attribute) Initial() string { return a.initial }
func (a attribute) Doc() string     { return a.doc }

func (a attribute) Type() string {
	if a.kind == "seconds" {
		return "time.Duration"
	}
	return a.kind
}

func (m metadata) Command() string   { return m.command }
func (m metadata) Row() string       { return m.row }
func (m metadata) Filters() []filter { return m.filters }
func (m metadata) Columns() []column { return m.columns }
func (m metadata) Order() string     { return m.order }

func (f filter) JSON() string { return f.json }
func (f filter) Name() string { return f.name }
func (f filter) Kind() string { return f.kind }
func (f filter) Doc() string  { return f.doc }

func (f filter) Type() string {
	if f.kind == "list" {
		return "[]string"
	}
	return "*string"
}

func (c column) SQL() string  { return c.sql }
func (c column) Name() string { return c.name }
func (c column) Kind() string { return c.kind }
func (c column) Doc() string  { return c.doc }

// request returns the Go name of a metadata command's request.
func request(m metadata) string {
	if len(m.filters) == 0 {
		return "Get" + strings.TrimPrefix(m.command, "get")
	}
	return strings.TrimPrefix(m.command, "get") + "Filter"
}

func goType(c column) string {
	t := map[string]string{"s": "string", "n": "int64", "b": "bool"}[strings.TrimSuffix(c.kind, "?")]
	if strings.HasSuffix(c.kind, "?") {
		return "*" + t
	}
	return t
}

func kindText(f filter) string {
	switch f.kind {
	case "exact":
		return "exact name of the " + f.doc + ", case-sensitive"
	case "like":
		return "LIKE pattern for the name of the " + f.doc + ": see Attributes.EscapeLike"
	}
	return "one or more of " + f.doc
}

func lookup(name string) command {
	for _, c := range table {
		if c.name == name {
			return c
		}
	}
	panic("no command " + name)
}

// thirdPerson turns "list roles" into "lists roles".
func thirdPerson(doc string) string {
	verb, rest, _ := strings.Cut(doc, " ")
	return verb + "s " + rest
}

// nils is the end of a row's comment: what nil means, if a field of it can be nil.
func nils(m metadata) string {
	if slices.ContainsFunc(m.columns, func(c column) bool { return strings.HasSuffix(c.kind, "?") }) {
		return " Nil fields are NULL."
	}
	return ""
}

// patterns is a sentence about the patterns among the filters of a command, empty if there are none. of is the place of the
// type Attributes for a doc link.
func patterns(m metadata, of string) string {
	if !slices.ContainsFunc(m.filters, func(f filter) bool { return f.kind == "like" }) {
		return ""
	}
	return " [" + of + "Attributes.EscapeLike] makes a pattern of a name that is data, in which % and _ stand for themselves."
}

// wrap breaks a comment into lines of at most 116 characters after "// ".
func wrap(s string) string {
	var b strings.Builder
	line := 0
	for i, word := range strings.Fields(s) {
		switch {
		case i == 0:
			b.WriteString("// ")
		case line+1+len(word) > 116:
			b.WriteString("\n// ")
			line = 0
		default:
			b.WriteByte(' ')
			line++
		}
		b.WriteString(word)
		line += len(word)
	}
	return b.String()
}
