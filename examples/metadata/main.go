// Command metadata asks a database what it contains, with the metadata commands of the protocol. They need no SQL, take
// no locks and return typed rows. Each of the 15 commands is a method that returns an iterator.
package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"text/tabwriter"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/examples/internal/demo"
)

func main() { demo.Main(run) }

var statements = []string{
	"CREATE TABLE customers (id DECIMAL(18,0) NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, joined DATE, score DOUBLE)",
	"CREATE TABLE orders (id DECIMAL(18,0) NOT NULL PRIMARY KEY, customer DECIMAL(18,0), amount DECIMAL(12,2))",
	"CREATE VIEW totals AS SELECT customer, SUM(amount) AS total FROM orders GROUP BY customer",
}

func run(ctx context.Context, dsn string) (err error) {
	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer sess.Close(ctx)
	drop, err := demo.Schema(ctx, sess)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	results, err := sess.ExecuteBatch(ctx, statements)
	if err != nil {
		return err
	}
	for _, r := range results {
		if err := r.Close(); err != nil {
			return err
		}
	}

	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	schema := sess.Attributes().CurrentSchema
	if err := describe(ctx, w, sess, schema); err != nil {
		return err
	}
	return countAll(ctx, w, sess)
}

// describe prints the tables of a schema with their columns and keys.
func describe(ctx context.Context, w *tabwriter.Writer, sess *exawire.Session, schema string) error {
	// GetTables and GetColumns match patterns, in which "_" fits any character; GetPrimaryKeys takes exact names.
	attributes := sess.Attributes()
	pattern := attributes.EscapeLike(schema)
	var tables []commands.Table
	for t, err := range sess.GetTables(ctx, commands.TablesFilter{Schema: &pattern}) {
		if err != nil {
			return err
		}
		tables = append(tables, t)
	}
	if len(tables) != 3 {
		return fmt.Errorf("%d tables and views instead of 3", len(tables))
	}
	columns := 0
	for _, t := range tables {
		key := map[string]bool{}
		for k, err := range sess.GetPrimaryKeys(ctx, commands.PrimaryKeysFilter{Schema: &schema, Table: &t.Name}) {
			if err != nil {
				return err
			}
			key[k.ColumnName] = true
		}
		fmt.Fprintf(w, "%s %s\n", t.TableType, t.Name)
		for c, err := range sess.GetColumns(ctx, commands.ColumnsFilter{Schema: &pattern, Table: new(attributes.EscapeLike(t.Name))}) {
			if err != nil {
				return err
			}
			columns++
			note := ""
			switch {
			case key[c.Name]:
				note = "primary key"
			case c.IsNullable != nil && !*c.IsNullable: // nil is unknown
				note = "not null"
			}
			fmt.Fprintf(w, "  %d\t%s\t%s\t%s\n", c.OrdinalPosition, c.Name, c.Type, note)
		}
	}
	if columns != 9 {
		return fmt.Errorf("%d columns instead of 9", columns)
	}
	fmt.Fprintln(w)
	return nil
}

// countAll runs each metadata command without a filter and prints how many rows it returns, and the first of them.
func countAll(ctx context.Context, w *tabwriter.Writer, s *exawire.Session) error {
	fmt.Fprintln(w, "command\trows\tfirst")
	return errors.Join(
		count(w, "getColumnPrivileges", s.GetColumnPrivileges(ctx, commands.ColumnPrivilegesFilter{}), func(r commands.ColumnPrivilege) string { return r.Column }),
		count(w, "getColumns", s.GetColumns(ctx, commands.ColumnsFilter{}), func(r commands.TableColumn) string { return r.Table + "." + r.Name }),
		count(w, "getConnections", s.GetConnections(ctx, commands.ConnectionsFilter{}), func(r commands.Connection) string { return r.Name }),
		count(w, "getFunctions", s.GetFunctions(ctx, commands.FunctionsFilter{}), func(r commands.Function) string { return r.Name }),
		count(w, "getKeywords", s.GetKeywords(ctx), func(r commands.Keyword) string { return r.Keyword }),
		count(w, "getPrimaryKeys", s.GetPrimaryKeys(ctx, commands.PrimaryKeysFilter{}), func(r commands.PrimaryKey) string { return r.Table + "." + r.ColumnName }),
		count(w, "getProperties", s.GetProperties(ctx, commands.PropertiesFilter{}), func(r commands.Property) string { return r.Name }),
		count(w, "getRoles", s.GetRoles(ctx, commands.RolesFilter{}), func(r commands.Role) string { return r.Name }),
		count(w, "getSchemas", s.GetSchemas(ctx, commands.SchemasFilter{}), func(r commands.Schema) string { return r.Name }),
		count(w, "getScripts", s.GetScripts(ctx, commands.ScriptsFilter{}), func(r commands.Script) string { return r.Name }),
		count(w, "getTablePrivileges", s.GetTablePrivileges(ctx, commands.TablePrivilegesFilter{}), func(r commands.TablePrivilege) string { return r.Table }),
		count(w, "getTables", s.GetTables(ctx, commands.TablesFilter{}), func(r commands.Table) string { return r.Schema + "." + r.Name }),
		count(w, "getTableTypes", s.GetTableTypes(ctx), func(r commands.TableType) string { return r.TableType }),
		count(w, "getTypeInfo", s.GetTypeInfo(ctx), func(r commands.TypeInfo) string { return r.Name }),
		count(w, "getUsers", s.GetUsers(ctx, commands.UsersFilter{}), func(r commands.User) string { return r.Name }),
	)
}

func count[T any](w *tabwriter.Writer, command string, rows iter.Seq2[T, error], name func(T) string) error {
	n, first := 0, ""
	for row, err := range rows {
		if err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
		if n == 0 {
			first = name(row)
		}
		n++
	}
	fmt.Fprintf(w, "%s\t%d\t%s\n", command, n, first)
	return nil
}
