package main

import (
	"go/token"
	"slices"
	"strings"
	"testing"
)

func TestCommandTable(t *testing.T) {
	if len(table) != 35 {
		t.Errorf("there are %d commands, the protocol has 35", len(table))
	}
	names, methods := map[string]bool{}, map[string]bool{}
	families := []string{"Login", "Session", "Statement", "Prepared", "ResultSet", "Cluster", "Metadata"}
	for _, c := range table {
		if names[c.name] || methods[c.method] {
			t.Errorf("%s or its method %s come twice", c.name, c.method)
		}
		names[c.name], methods[c.method] = true, true
		if functions["exported"].(func(string) string)(c.name) != c.method {
			t.Errorf("%s: the method is %s", c.name, c.method)
		}
		if c.since < 1 || c.since > 5 {
			t.Errorf("%s: since V%d", c.name, c.since)
		}
		if (c.deprecated != 0) != (c.replacedBy != "") || c.deprecated != 0 && (c.deprecated <= c.since || lookup(c.replacedBy).since != c.deprecated) {
			t.Errorf("%s: deprecated in V%d for %q", c.name, c.deprecated, c.replacedBy)
		}
		if !slices.Contains(families, c.family) {
			t.Errorf("%s: family %q", c.name, c.family)
		}
		if c.answer == (c.name == "abortQuery") {
			t.Errorf("%s: answer is %t", c.name, c.answer)
		}
		if c.abortable && !c.answer {
			t.Errorf("%s: what is not answered cannot be aborted", c.name)
		}
		if (c.family == "Metadata") != slices.ContainsFunc(metadataTable, func(m metadata) bool { return m.command == c.name }) {
			t.Errorf("%s: family %s, but is it in the table of metadata commands?", c.name, c.family)
		}
		if c.family == "Metadata" && (c.since != 2 || !c.abortable) {
			t.Errorf("%s: since V%d, abortable is %t", c.name, c.since, c.abortable)
		}
		checkDoc(t, c.name, c.doc)
	}
}

func TestAttributeTable(t *testing.T) {
	wire, fields := map[string]bool{}, map[string]bool{}
	for _, a := range attributes {
		if wire[a.json] || fields[a.name] {
			t.Errorf("%s or its field %s come twice", a.json, a.name)
		}
		wire[a.json], fields[a.name] = true, true
		if !token.IsExported(a.name) || !token.IsIdentifier(a.name) {
			t.Errorf("%s: field %q", a.json, a.name)
		}
		if !slices.Contains([]string{"bool", "string", "int", "seconds"}, a.kind) {
			t.Errorf("%s: kind %q", a.json, a.kind)
		}
		if a.since < 1 || a.since > 5 {
			t.Errorf("%s: since V%d", a.json, a.since)
		}
		if a.initial == "" {
			t.Errorf("%s has no initial value", a.json)
		}
		checkDoc(t, a.json, a.doc)
	}
	if len(attributes) != 16 {
		t.Errorf("there are %d attributes, the protocol has 16", len(attributes))
	}
}

func TestMetadataTable(t *testing.T) {
	rows := map[string]bool{}
	for i, m := range metadataTable {
		if lookup(m.command).family != "Metadata" || i > 0 && slices.IndexFunc(table, isNamed(metadataTable[i-1].command)) > slices.IndexFunc(table, isNamed(m.command)) {
			t.Errorf("%s is out of place", m.command)
		}
		if rows[m.row] || !token.IsExported(m.row) {
			t.Errorf("%s: row struct %q", m.command, m.row)
		}
		rows[m.row] = true

		seen := map[string]bool{}
		for _, f := range m.filters {
			if seen[f.json] || !token.IsExported(f.name) || !slices.Contains([]string{"exact", "like", "list"}, f.kind) {
				t.Errorf("%s: filter %+v", m.command, f)
			}
			seen[f.json] = true
			checkDoc(t, m.command+" filter "+f.json, f.doc)
		}
		clear(seen)
		fields := map[string]bool{}
		for _, c := range m.columns {
			if seen[c.sql] || fields[c.name] || c.sql != strings.ToUpper(c.sql) || !token.IsExported(c.name) || !slices.Contains([]string{"s", "n", "b"}, strings.TrimSuffix(c.kind, "?")) {
				t.Errorf("%s: column %+v", m.command, c)
			}
			seen[c.sql], fields[c.name] = true, true
			checkDoc(t, m.command+" column "+c.sql, c.doc)
		}
		for name := range strings.SplitSeq(m.order, ", ") {
			if !seen[name] {
				t.Errorf("%s is ordered by %s, which is no column of it", m.command, name)
			}
		}
	}
}

func isNamed(name string) func(command) bool {
	return func(c command) bool { return c.name == name }
}

// checkDoc: texts become the middle of a sentence or a cell of a table.
func checkDoc(t *testing.T, name, doc string) {
	t.Helper()
	if doc == "" || strings.TrimSpace(doc) != doc || strings.HasSuffix(doc, ".") || strings.ContainsAny(doc, "|\n") {
		t.Errorf("%s: text %q", name, doc)
	}
}
