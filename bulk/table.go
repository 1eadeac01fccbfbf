package bulk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/sqlword"
)

// TableDef is the definition of a table that fits some data: [TableFor] makes it from a struct, [TableFromCSV] and
// [TableFromFile] from a sample. Nothing is sent before Create is called, so it can be looked at, shown and changed first.
type TableDef struct {
	Table   string      // a name as in SQL: ORDERS, sales.orders, "Mixed case"
	Columns []ColumnDef // in their order

	// CSV is how a file is to be imported into the table: the CSV that the definition was made with, and the formats of
	// its dates and timestamps, so that those of the session do not matter. Give it to [Format]. It is the zero CSV for
	// the table of a struct.
	CSV CSV

	existing existing
}

// ColumnDef is one column of a [TableDef].
type ColumnDef struct {
	Name    string // as the database has it; it is quoted in the statement
	Type    string // as in SQL: DECIMAL(18,2), or with more behind it, such as DEFAULT 0
	NotNull bool
}

// SQL returns the statement that Create executes: CREATE TABLE, with a line for each column.
func (d *TableDef) SQL() string {
	var b strings.Builder
	if d.existing == "" {
		b.WriteString("CREATE TABLE ")
	}
	b.WriteString(string(d.existing))
	b.WriteString(d.Table)
	b.WriteString(" (")
	for i, c := range d.Columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n  ")
		b.WriteString(exawire.QuoteIdentifier(c.Name))
		b.WriteByte(' ')
		b.WriteString(c.Type)
		if c.NotNull {
			b.WriteString(" NOT NULL")
		}
	}
	b.WriteString("\n)")
	return b.String()
}

// String returns the statement, as SQL does.
func (d *TableDef) String() string { return d.SQL() }

// Create makes the table, by the command execute. A table of this name that is there already is the database's error,
// unless the definition was made with [IfNotExists] or [OrReplace]. It is part of a transaction that is open. A definition
// that cannot be one is refused before anything is sent: a name that is none, columns of the same name, text for a type
// that is more than a type, and TIMESTAMP with a precision for a release before 8.32, which knows milliseconds alone.
func (d *TableDef) Create(ctx context.Context, s *exawire.Session) error {
	if err := d.check(); err != nil {
		return fmt.Errorf(prefix+"create table: %w", err)
	}
	if err := d.checkRelease(s.Info().ReleaseVersion); err != nil {
		return fmt.Errorf(prefix+"create table %s: %w", d.Table, err)
	}
	_, err := s.Exec(ctx, d.SQL())
	return err
}

const (
	maxIdentifier = 128    // characters of a name
	maxColumns    = 50_000 // more than any table has
)

func (d *TableDef) check() error {
	switch {
	case !sqlword.IsName(d.Table):
		return fmt.Errorf("%q is %w", d.Table, errName)
	case len(d.Columns) == 0:
		return fmt.Errorf("%s has no columns", d.Table)
	case len(d.Columns) > maxColumns:
		return fmt.Errorf("%s has %d columns; at most %d are possible", d.Table, len(d.Columns), maxColumns)
	}
	seen := make(map[string]int, len(d.Columns))
	for i, c := range d.Columns {
		if err := checkColumnName(c.Name); err != nil {
			return fmt.Errorf("%s: column %d: %w", d.Table, i+1, err)
		}
		if other, ok := seen[c.Name]; ok {
			return fmt.Errorf("%s: columns %d and %d have the same name %q", d.Table, other+1, i+1, c.Name)
		}
		seen[c.Name] = i
		if err := checkColumnType(c.Type); err != nil {
			return fmt.Errorf("%s: column %q: %w", d.Table, c.Name, err)
		}
	}
	return nil
}

func checkColumnName(name string) error {
	switch {
	case name == "":
		return errors.New("it has no name")
	case !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		return errors.New("its name is not UTF-8 text")
	case utf8.RuneCountInString(name) > maxIdentifier:
		return fmt.Errorf("its name has %d characters; at most %d are possible", utf8.RuneCountInString(name), maxIdentifier)
	}
	return nil
}

// checkColumnType lets through what types, NULL, DEFAULT and numbers consist of, and nothing that ends a column or a
// statement.
func checkColumnType(text string) error {
	open := 0
	for i, r := range text {
		switch {
		case r == '(':
			open++
		case r == ')':
			open--
		case r == ',' && open == 0, open < 0:
			return fmt.Errorf("%q is more than the type of one column", text)
		case 'A' <= r && r <= 'Z', 'a' <= r && r <= 'z':
		case i > 0 && (r == ' ' || r == ',' || r == '_' || '0' <= r && r <= '9'):
		default:
			return fmt.Errorf("%q is not a type as in SQL, such as DECIMAL(18,2)", text)
		}
	}
	if text == "" || open != 0 || text[0] == '(' {
		return fmt.Errorf("%q is not a type as in SQL, such as DECIMAL(18,2)", text)
	}
	return nil
}

// firstWithPrecision is the release from which on TIMESTAMP(p) is a type.
var firstWithPrecision = release{8, 32}

// checkRelease refuses TIMESTAMP(p) for releases that would answer with a syntax error.
func (d *TableDef) checkRelease(version string) error {
	if !releaseOf(version).before(firstWithPrecision) {
		return nil
	}
	for _, c := range d.Columns {
		if words := strings.ToUpper(strings.ReplaceAll(c.Type, " ", "")); strings.HasPrefix(words, "TIMESTAMP(") {
			return fmt.Errorf("column %q is a %s, and release %s of the database knows TIMESTAMP only, with milliseconds: "+
				"state that type by ColumnTypes or the tag exatype", c.Name, c.Type, version)
		}
	}
	return nil
}
