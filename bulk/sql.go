package bulk

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/sqlword"
)

var errName = errors.New(`not a name as in SQL, such as ORDERS, SALES.ORDERS or "Mixed case": use exawire.QuoteIdentifier for names that are data`)

// importSQL returns what makes the statement that imports files into a table. The error says what is wrong with the table or
// the options.
func importSQL(table string, o *options, parquet bool) (func([]place) string, error) {
	if !sqlword.IsName(table) {
		return nil, fmt.Errorf("into %q: %w", table, errName)
	}
	if err := o.check(opImport); err != nil {
		return nil, fmt.Errorf("into %s: %w", table, err)
	}
	start, format := "IMPORT INTO "+table+columnList(o.columns)+" FROM ", "CSV"
	if parquet {
		format = "PARQUET"
	}
	return func(places []place) string {
		b := builder{}
		b.words(start, format)
		b.places(places, fieldList(o.csv.Fields), parquet)
		if !parquet {
			b.csv(&o.csv, opImport)
		}
		b.reject(&o.reject)
		return b.String()
	}, nil
}

// exportSQL returns what makes the statement that exports a table or the rows of a query. The error says what is wrong with
// them or the options.
func exportSQL(from string, o *options) (func([]place) string, error) {
	what, err := exported(from, o.columns)
	if err != nil {
		return nil, err
	}
	if err := o.check(opExport); err != nil {
		return nil, err
	}
	return func(places []place) string {
		b := builder{}
		b.words("EXPORT ", what, " INTO CSV")
		b.places(places, fieldList(o.csv.Fields), false)
		b.csv(&o.csv, opExport)
		return b.String()
	}, nil
}

// columnList returns names in parentheses, "" for none.
func columnList(names []string) string {
	if len(names) == 0 {
		return ""
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = exawire.QuoteIdentifier(name)
	}
	return " (" + strings.Join(quoted, ", ") + ")"
}

// builder puts a statement together. What comes from a user goes in as a name or as a text in quotes.
type builder struct{ strings.Builder }

func (b *builder) words(words ...string) {
	for _, w := range words {
		b.WriteString(w)
	}
}

// text writes a text in quotes.
func (b *builder) text(s string) {
	b.words("'", strings.ReplaceAll(s, "'", "''"), "'")
}

// set writes an option that has a text.
func (b *builder) set(option, text string) {
	b.words(" ", option, " = ")
	b.text(text)
}

// places writes where the files are, and behind each of them which fields it has: a list belongs to the file before it. The
// database asks for the ranges of a Parquet file one after the other.
func (b *builder) places(places []place, fields string, parquet bool) {
	for _, p := range places {
		if parquet {
			p.address += ";MaxConcurrentReads=1"
		}
		b.words(" AT ")
		b.text(p.address)
		if p.pin != "" {
			b.words(" PUBLIC KEY ")
			b.text(p.pin)
		}
		b.words(" FILE ")
		b.text(p.name)
		b.words(fields)
	}
}

// csv writes the options of a format. What decides how the bytes are read is always there, so that no default of the
// database matters.
func (b *builder) csv(c *CSV, op string) {
	b.set("ENCODING", c.encoding())
	b.set("ROW SEPARATOR", string(c.rowSeparator()))
	b.set("COLUMN SEPARATOR", c.separator())
	b.set("COLUMN DELIMITER", c.delimiter())
	if c.Null != "" {
		b.set("NULL", c.Null)
	}
	if op == opImport {
		if skip := c.skip(); skip > 0 {
			b.words(" SKIP = ", strconv.FormatUint(skip, 10))
		}
		if c.Trim != "" {
			b.words(" ", string(c.Trim))
		}
		return
	}
	if c.Boolean != "" {
		b.set("BOOLEAN", c.Boolean)
	}
	if c.Delimit != "" {
		b.words(" DELIMIT = ", string(c.Delimit))
	}
	if c.Header {
		b.words(" WITH COLUMN NAMES")
	}
}

// fieldList returns the fields in parentheses, "" for none.
func fieldList(fields []Field) string {
	b := builder{}
	for i, f := range fields {
		if i == 0 {
			b.words(" (")
		} else {
			b.words(", ")
		}
		b.words(strconv.Itoa(f.From))
		if f.To > f.From {
			b.words("..", strconv.Itoa(f.To))
		}
		if f.Format != "" {
			b.set("FORMAT", f.Format)
		}
		if f.Delimit != "" {
			b.words(" DELIMIT = ", string(f.Delimit))
		}
	}
	if len(fields) > 0 {
		b.words(")")
	}
	return b.String()
}

func (b *builder) reject(r *Reject) {
	if r.Into != "" {
		b.words(" ERRORS INTO ", r.Into)
		if r.Tag != "" {
			b.words(" (")
			b.text(r.Tag)
			b.words(")")
		}
	}
	switch r.Limit {
	case 0:
	case Unlimited:
		b.words(" REJECT LIMIT UNLIMITED")
	default:
		b.words(" REJECT LIMIT ", strconv.Itoa(r.Limit))
	}
}
