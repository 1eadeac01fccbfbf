package bulk

import (
	"bytes"
	"cmp"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"

	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/exatext"
	"github.com/exawire/exawire/internal/sqlword"
)

// sampleRows is how many rows are looked at unless SampleRows says otherwise.
const sampleRows = 10_000

// AllRows as the argument of [SampleRows] means the whole file.
const AllRows = -1

// TableFromCSV returns the table that fits a CSV file, by its header and its first rows. The reader that it returns gives
// the whole file again, from the beginning: import that one. It does so too when there is an error. The file is UTF-8 text
// as csv says, not compressed. See [TableFromFile] for the names and types.
//
// The sample ends after 10,000 rows or those of [SampleRows], and before that at 16 MiB, because it is in memory until it
// is read again. [AllRows] is refused if there is more.
func TableFromCSV(table string, r io.Reader, csv CSV, opts ...TableOption) (*TableDef, io.Reader, error) {
	if isNil(r) {
		return nil, r, fmt.Errorf(prefix+"table for CSV: %w", errNilReader)
	}
	var seen bytes.Buffer
	limited := &limitedReader{r: io.TeeReader(r, &seen), left: maxSampleBytes}
	d, err := tableFromCSV(table, limited, limited, csv, opts)
	again := io.MultiReader(&seen, r)
	if err != nil {
		return nil, again, fmt.Errorf(prefix+"table for CSV: %w", err)
	}
	return d, again, nil
}

// TableFromFile returns the table that fits a CSV file, by its header and its first 10,000 rows or those of [SampleRows].
// Files whose names end in .gz and .bz2 are read as what they are. The file is closed again.
//
// The names of the columns are those of the header, if csv has one, or else those of [ColumnNames]. A name that SQL takes
// without quotes becomes upper case, as in a CREATE TABLE without quotes: order_id is ORDER_ID. All others stay as they
// are, without white space around them. Names that are empty, come twice or have more than 128 characters are errors;
// ColumnNames gives others.
//
// The type of a column is the first of these that holds each sampled value, without a change to it:
//
//	BOOLEAN           true and false in any case
//	DECIMAL(18,s)     numbers with a point, of up to 18 digits, s of them after the point
//	DECIMAL(36,s)     the same of up to 36 digits
//	DOUBLE PRECISION  numbers of which one at least has an exponent, all with no more digits than a DOUBLE holds
//	DATE              2024-06-18
//	TIMESTAMP         2024-06-18 12:30:00, with up to 3 digits of a second; TIMESTAMP(p) with up to 9
//	VARCHAR           everything else: 007, +5, 1,000.00, more than 36 digits; with room for four times the longest sample
//
// Rows that begin with # are left out, since Exasol takes them for comments. Columns without any value are
// VARCHAR(2000000). Columns are never NOT NULL. A field with a Format in csv is DATE or TIMESTAMP if all samples are read
// by it, and needs a stated type otherwise.
//
// Rows behind the sample may be different. Most are then refused by the import: letters in a DECIMAL, text that is too
// long. But a number with more digits after the point than its DECIMAL has may be rounded. Look at the whole file with
// SampleRows(AllRows), or state the type, if that can be. What TableDef.CSV says of dates and timestamps holds for any
// session; numbers are read by a point, which is what exawire asks for at login.
func TableFromFile(table, file string, csv CSV, opts ...TableOption) (*TableDef, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf(prefix+"table for CSV: %w", err)
	}
	defer f.Close()
	var r io.Reader = f
	switch compressionOf(file) {
	case Gzip:
		if r, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf(prefix+"table for %s: %w", file, err)
		}
	case Bzip2:
		r = bzip2.NewReader(f)
	case Zip:
		return nil, fmt.Errorf(prefix+"table for %s: zip files cannot be sampled: give a reader of what is in it to TableFromCSV", file)
	}
	d, err := tableFromCSV(table, r, nil, csv, opts)
	if err != nil {
		return nil, fmt.Errorf(prefix+"table for %s: %w", file, err)
	}
	return d, nil
}

// limitedReader ends a sample before it is too large.
type limitedReader struct {
	r     io.Reader
	left  int
	ended bool // by the limit
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		l.ended = true
		return 0, errSampleBytes
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// tableFromCSV reads a sample. limit is the reader's, or nil.
func tableFromCSV(table string, r io.Reader, limit *limitedReader, csv CSV, opts []TableOption) (*TableDef, error) {
	o, err := newTableOptions(opts)
	if err != nil {
		return nil, err
	}
	if o.rows < AllRows {
		return nil, fmt.Errorf("SampleRows(%d): give a number of rows, or AllRows", o.rows)
	}
	switch enc := strings.ToUpper(csv.Encoding); enc {
	case "", "UTF-8", "UTF8", "ASCII", "US-ASCII":
	default:
		return nil, fmt.Errorf("encoding %s: only UTF-8 can be sampled; give a reader that translates it, or write the CREATE TABLE by hand", csv.Encoding)
	}
	if err := csv.check(opImport); err != nil {
		return nil, err
	}
	s := newSampleScanner(r, &csv)
	if bom, _ := s.r.Peek(3); string(bom) == "\ufeff" {
		_, _ = s.r.Discard(3)
	}
	t := &csvTable{scanner: s, limit: limit, csv: csv, options: o}
	if err := t.readNames(); err != nil {
		return nil, err
	}
	if err := t.sample(); err != nil {
		return nil, err
	}
	return t.define(table)
}

// csvTable is a table whose file is being looked at.
type csvTable struct {
	scanner *sampleScanner
	limit   *limitedReader // nil if the sample may have any size
	csv     CSV
	options *tableOptions
	width   int // fields in a row
	fields  []sampledColumn
	names   []string
}

// sampledColumn is a field of the file that becomes a column.
type sampledColumn struct {
	at     int // from 0
	format string
	layout *exatext.Layout // of the format, if it is one of dates
	columnSample
}

// readNames reads the header, or else the number of columns from the first row.
func (t *csvTable) readNames() error {
	if !t.csv.Header {
		if t.options.names == nil {
			return errors.New("the columns have no names: set CSV.Header if the first row has them, or give ColumnNames")
		}
		t.names = t.options.names
		return nil
	}
	if err := t.scanner.next(); err != nil {
		if err == io.EOF { //nolint:errorlint // a reader of the user cannot say this by what it wraps
			return errors.New("the file is empty, and was to have a header")
		}
		return err
	}
	if err := t.choose(len(t.scanner.fields)); err != nil {
		return err
	}
	names := make([]string, len(t.fields))
	for i, f := range t.fields {
		name := string(t.scanner.value(f.at))
		if strings.Contains(name, string(t.scanner.rowEnd)) {
			return fmt.Errorf("field %d of the header has the end of a row in it, where the import would begin to read rows", f.at+1)
		}
		names[i] = headerName(name)
	}
	var err error
	if t.names, err = t.options.named(names); err != nil {
		return err
	}
	for i, name := range t.names {
		if err := checkColumnName(name); err != nil {
			return fmt.Errorf("field %d of the header: %w; ColumnNames gives another one", i+1, err)
		}
	}
	return nil
}

// headerName makes the name of a column as a CREATE TABLE without quotes does, if it could do without.
func headerName(name string) string {
	name = strings.TrimSpace(name)
	if sqlword.IsName(name) && !strings.ContainsAny(name, `."`) {
		return strings.Map(unicode.ToUpper, name)
	}
	return name
}

// choose finds out which fields of a row become columns.
func (t *csvTable) choose(width int) error {
	t.width = width
	if len(t.csv.Fields) == 0 {
		for i := range width {
			t.fields = append(t.fields, sampledColumn{at: i})
		}
		return nil
	}
	for _, f := range t.csv.Fields {
		to := f.last()
		if to > width {
			return fmt.Errorf("fields %d to %d: the rows have fields 1 to %d", f.From, to, width)
		}
		var layout *exatext.Layout
		if f.Format != "" {
			layout, _ = exatext.Compile(f.Format) // others need a stated type
		}
		for at := f.From; at <= to; at++ {
			t.fields = append(t.fields, sampledColumn{at: at - 1, format: f.Format, layout: layout})
		}
	}
	return nil
}

// sample reads rows and looks at their fields.
func (t *csvTable) sample() error {
	rows := cmp.Or(t.options.rows, sampleRows)
	for n, skip := 0, t.csv.Skip; n != rows; {
		err := error(nil)
		if skip > 0 {
			err = t.scanner.skip()
		} else {
			err = t.scanner.nextData()
		}
		limited := err != nil && t.limit != nil && t.limit.ended
		switch {
		case err == io.EOF: //nolint:errorlint // the same
			return nil
		case limited && rows != AllRows && n > 0:
			return nil
		case limited:
			return fmt.Errorf("only %d MiB of a reader can be sampled: use TableFromFile, or SampleRows with a number", maxSampleBytes>>20)
		case err != nil:
			return err
		case skip > 0:
			skip--
			continue
		}
		if err := t.addRow(); err != nil {
			return fmt.Errorf("row %d: %w", t.scanner.row, err)
		}
		n++
	}
	return nil
}

func (t *csvTable) addRow() error {
	n := len(t.scanner.fields)
	if t.width == 0 {
		if err := t.choose(n); err != nil {
			return err
		}
		if len(t.fields) != len(t.names) {
			return fmt.Errorf("ColumnNames has %s for %s", errtext.Count(len(t.names), "name"), errtext.Count(len(t.fields), "column"))
		}
	}
	if n != t.width {
		return fmt.Errorf("it has %s and the first row has %d", errtext.Count(n, "field"), t.width)
	}
	for i := range t.fields {
		f := &t.fields[i]
		value := t.scanner.value(f.at)
		switch t.csv.Trim {
		case TrimLeft:
			value = bytes.TrimLeft(value, " ")
		case TrimRight:
			value = bytes.TrimRight(value, " ")
		case TrimBoth:
			value = bytes.Trim(value, " ")
		}
		if len(value) == 0 || string(value) == t.csv.Null && !t.scanner.fields[f.at].delimited {
			continue // NULL
		}
		if !utf8.Valid(value) {
			return fmt.Errorf("column %q is not UTF-8", t.names[i])
		}
		f.add(value, f.layout)
	}
	return nil
}

// define makes the definition of what was seen.
func (t *csvTable) define(table string) (*TableDef, error) {
	if t.width == 0 {
		return nil, errors.New("the file has no rows")
	}
	stated, err := t.options.statedTypes(t.names)
	if err != nil {
		return nil, err
	}
	d := &TableDef{Table: table, CSV: t.csv}
	formats := false
	var list []Field
	for i := range t.fields {
		f := &t.fields[i]
		typ, format := f.guess()
		if f.format != "" {
			typ, format = f.typeByFormat(), f.format
		}
		if stated[i] != "" {
			typ = stated[i]
			if f.format == "" && !isTemporal(typ) {
				format = ""
			}
		}
		if typ == "" {
			return nil, fmt.Errorf("column %q: what the format %s makes of the values is not known: state the type by ColumnTypes", t.names[i], f.format)
		}
		formats = formats || format != ""
		list = append(list, Field{From: f.at + 1, Format: format})
		d.Columns = append(d.Columns, ColumnDef{Name: t.names[i], Type: typ})
	}
	if formats {
		d.CSV.Fields = list
	}
	return d, t.options.finish(d)
}

func isTemporal(typ string) bool {
	typ = strings.ToUpper(typ)
	return strings.HasPrefix(typ, "DATE") || strings.HasPrefix(typ, "TIMESTAMP")
}

// typeByFormat returns the type of a column whose format is stated, "" if it cannot be told.
func (f *sampledColumn) typeByFormat() string {
	format := strings.ToUpper(f.format)
	switch {
	case f.layout == nil || f.formatted < f.values:
		return ""
	case !strings.ContainsAny(format, "HSI"):
		return "DATE"
	}
	_, fraction, _ := strings.Cut(format, "FF")
	n := 0
	if fraction != "" {
		n = int(fraction[0] - '0')
	}
	return timestampType(n)
}
