package exasqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/exawire/exawire/exatest"
)

// RoundTripDecimal reads a number as DECIMAL(p,s) and returns the text of the stored form, once by way of the wide
// form's bytes.
func RoundTripDecimal(text string, p, s int) (string, error) {
	x, err := parseDecimalText(text, decimalType(p, s))
	if err != nil {
		return "", err
	}
	return string(decodeWide(x.wide()).appendDecimal(nil, s)), nil
}

// CompareWide compares the stored forms of two numbers byte by byte.
func CompareWide(a, b string) (int, error) {
	x, err := parseDecimalText(a, decimalType(maxDecimal, 9))
	if err != nil {
		return 0, err
	}
	y, err := parseDecimalText(b, decimalType(maxDecimal, 9))
	if err != nil {
		return 0, err
	}
	l, r := string(x.wide()), string(y.wide())
	switch {
	case l < r:
		return -1, nil
	case l > r:
		return 1, nil
	}
	return 0, nil
}

// ReadInterval reads an interval and writes it down again.
func ReadInterval(text string, yearMonth bool) (string, error) {
	t := typ{kind: kindDaySecond, p: 9, s: 3}
	if yearMonth {
		t = typ{kind: kindYearMonth, p: 9}
	}
	v, err := parseInterval(text, t)
	if err != nil {
		return "", err
	}
	return string(appendCanonical(nil, v, t, env{})), nil
}

// ReadTime reads a time by an NLS format and writes it down in it again.
func ReadTime(text, format string) (string, error) {
	c, err := env{}.parseFormat(text, format)
	if err != nil {
		return "", err
	}
	stored, err := storeTime(c, typ{kind: kindTimestamp, p: 9})
	if err != nil {
		return "", err
	}
	out, err := env{}.appendTime(nil, stored.(string), format)
	return string(out), err
}

// FunctionNames lists the functions by name.
func FunctionNames() []string {
	names := append(sortedKeys(builtins), sortedKeys(aggregates)...)
	slices.Sort(names)
	return names
}

// SystemTableNames lists the system tables by name.
func SystemTableNames() []string { return sortedKeys(systemTables) }

// Parse parses a statement.
func Parse(sql string) error {
	_, err := parse(sql, reservedIn("8.32.0"))
	return err
}

// WithoutArguments reports whether a function is written without parentheses.
func WithoutArguments(name string) bool { return builtins[name].least == 0 && builtins[name].most == 1 }

// FormatNumber writes v / 10^scale in a format of TO_CHAR.
func FormatNumber(v int64, scale int, format string) (string, error) {
	f, err := compileNumberFormat(format)
	if err != nil {
		return "", err
	}
	x, _ := int128From(v).rescale(scale, len(f.fraction), maxDecimal)
	return string(f.append(nil, x, env{decimal: '.', group: ','})), nil
}

// SplitScript returns the statements of a script.
func SplitScript(script string) ([]string, error) {
	statements, err := splitScript(script)
	var out []string
	for _, st := range statements {
		out = append(out, st.text)
	}
	return out, err
}

// Bound returns the SQL that SQLite gets for a statement, and how many callbacks the Backend knows then.
func Bound(of exatest.BackendSession, sql string) (bound string, callbacks int, err error) {
	s := of.(*session)
	st, err := parse(sql, s.reserved)
	if err != nil {
		return "", 0, err
	}
	err = s.within(context.Background(), false, func() error {
		c, err := s.compile(st, false)
		if err == nil {
			bound = c.sql
		}
		return err
	})
	return bound, len(*s.backend.callbacks.Load()), err
}

// CSVOptions are those of a file, for tests of the reader.
type CSVOptions struct {
	RowEnd, Separator, Delimiter string
	Skip                         int
	TrimLeft, TrimRight          bool
}

// ReadCSV reads all rows of a file and writes them down: each field in quotes, with a star in front if it was enclosed, or
// the number of the error and its place.
func ReadCSV(from io.Reader, o CSVOptions) ([]string, error) {
	r := newCSVReader(from, &csvOptions{
		encoding: encodingUTF8, rowEnd: o.RowEnd, separator: o.Separator, delimiter: o.Delimiter, skip: o.Skip,
		trimLeft: o.TrimLeft, trimRight: o.TrimRight,
	})
	var rows []string
	for {
		row, err := r.read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if row.number != int64(len(rows)) {
			return rows, fmt.Errorf("row %d has the number %d", len(rows), row.number)
		}
		text := ""
		for _, f := range row.fields {
			if f.enclosed {
				text += "*"
			}
			text += strconv.Quote(string(f.text)) + " "
		}
		if row.fault != nil {
			text = fmt.Sprintf("fault %d at %d of %q", row.fault.number, row.fault.at, row.raw)
		}
		rows = append(rows, text)
	}
}

// ImportValue converts a field as IMPORT does, by the short way if it is one, and by the conversions of SQL. Both are the
// same, or only the second one is there.
func ImportValue(text, typeName string) (short, long string, err error) {
	t, err := typeOf(typeName)
	if err != nil {
		return "", "", err
	}
	e := env{dateFormat: defaultDateFormat, datetimeFormat: "YYYY-MM-DD HH24:MI:SS.FF9", decimal: '.', group: ',', zone: time.UTC}
	c, err := newImportColumn(0, &column{Name: "C", Type: t}, e, csvColumn{})
	if err != nil {
		return "", "", err
	}
	b := &rowBatch{}
	short = b.only(c.put(b, []byte(text)))
	slow, err := c.convert(text)
	if err != nil {
		err = c.fault(text, err)
	}
	return short, valueText(slow, err), nil
}

// ParameterValue converts a parameter in canonical form, by the short way if it is one, and by the conversions of SQL.
func ParameterValue(text, typeName string) (short, long string, err error) {
	t, err := typeOf(typeName)
	if err != nil {
		return "", "", err
	}
	// What the session says does not matter for the canonical form.
	e := env{dateFormat: "DD.MM.YYYY", datetimeFormat: "DD.MM.YYYY", decimal: ',', group: '.', zone: time.UTC}
	b := &rowBatch{}
	short = b.only(newParameters([]typ{t}, []exatest.Values{exatest.TextValues(text)}, e).add(b, 0))
	slow, err := parseValue(text, t, e, true)
	return short, valueText(slow, err), nil
}

func typeOf(name string) (typ, error) {
	tokens, err := lex(name, reservedIn("8.32.0"))
	if err != nil {
		return typ{}, err
	}
	return (&parser{src: name, tokens: tokens}).typeName()
}

// only shows the only value of a batch, or the error instead of it.
func (b *rowBatch) only(err error) string {
	if err != nil {
		return valueText(nil, err)
	}
	b.finish()
	return valueText(b.values[0], nil)
}

func valueText(v any, err error) string {
	if err != nil {
		return "error " + err.Error()
	}
	return fmt.Sprintf("%T %v", v, v)
}
