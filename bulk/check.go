package bulk

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/exawire/exawire/internal/sqlword"
)

// refused is the error of a transfer that has not begun.
func refused(op string, err error) error {
	if own, ok := err.(*FileError); ok { //nolint:errorlint // of this package, not wrapped
		return &Error{Op: op, Files: []*FileError{own}}
	}
	return &Error{Op: op, SQL: err}
}

// check returns what is wrong with the options of a transfer, before anything is sent.
func (o *options) check(op string) error {
	for _, err := range []error{
		o.csv.check(op), checkColumns(o.columns), o.checkCompression(op), o.reject.check(op), o.checkRest(),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkFiles returns which options are not for files.
func (o *options) checkFiles() error {
	switch {
	case len(o.mapping) > 0:
		return errors.New("mapping: it is for rows, of ImportRows and ExportRows; Columns names those of a table")
	case o.truncate:
		return errors.New("truncate: it is for the rows of ImportRows")
	}
	return nil
}

// checkRows returns which options are not for rows.
func (o *options) checkRows() error {
	switch {
	case !reflect.ValueOf(o.csv).IsZero():
		return errors.New("format: it is for files; how rows are written is decided by their columns")
	case o.compressed != "":
		return errors.New("compressed: it is for files; to compress rows on their way use Compress")
	}
	return nil
}

func (o *options) checkRest() error {
	if o.parallel < 0 {
		return fmt.Errorf("parallel: %d tunnels: it takes a positive number", o.parallel)
	}
	if o.encryption < EncryptionAuto || o.encryption > EncryptionOff {
		return fmt.Errorf("encrypt: %d is none of the constants of Encryption", o.encryption)
	}
	return nil
}

func (o *options) checkCompression(op string) error {
	switch o.compressed {
	case "", Gzip, Bzip2:
	case Zip:
		if op == opExport {
			return errZipExport
		}
	default:
		return fmt.Errorf("compressed: %q is none of gz, bz2 and zip", string(o.compressed))
	}
	return nil
}

func checkColumns(names []string) error {
	for i, name := range names {
		switch {
		case name == "":
			return fmt.Errorf("columns: name %d is empty", i+1)
		case slices.Contains(names[:i], name):
			return fmt.Errorf("columns: %q is there twice", name)
		}
	}
	return nil
}

func (r *Reject) check(op string) error {
	switch {
	case *r == Reject{}:
	case op == opExport:
		return fmt.Errorf("rejected: EXPORT rejects no rows")
	case r.Limit < Unlimited:
		return fmt.Errorf("rejected: a limit of %d: it takes a number of rows, or Unlimited", r.Limit)
	case r.Into != "" && !sqlword.IsName(r.Into):
		return fmt.Errorf("rejected: into %q: %w", r.Into, errName)
	case r.Into == "" && r.Tag != "":
		return fmt.Errorf("rejected: there is a Tag, but no table that it goes into")
	}
	return nil
}

// check returns what cannot be about a format.
func (c *CSV) check(op string) error {
	switch c.RowSeparator {
	case "", LF, CRLF, CR:
	default:
		return fmt.Errorf("format: row separator %q: it is LF, CRLF or CR", string(c.RowSeparator))
	}
	switch c.Trim {
	case "", TrimLeft, TrimRight, TrimBoth:
	default:
		return fmt.Errorf("format: trim %q: it is LTRIM, RTRIM or TRIM", string(c.Trim))
	}
	if err := checkDelimit(c.Delimit); err != nil {
		return err
	}
	if err := c.checkSeparators(); err != nil {
		return err
	}
	if strings.ContainsRune(c.Encoding, 0) {
		return fmt.Errorf("format: encoding %q has a NUL in it", c.Encoding)
	}
	if op == opExport {
		if err := c.checkExport(); err != nil {
			return err
		}
	} else if err := c.checkImport(); err != nil {
		return err
	}
	return checkFields(c.Fields, op)
}

func (c *CSV) checkExport() error {
	switch {
	case c.Skip != 0:
		return fmt.Errorf("format: Skip is for imports: EXPORT leaves no rows out")
	case c.Trim != "":
		return fmt.Errorf("format: Trim is for imports: use TRIM in the query")
	case c.ColumnDelimiter == NoDelimiter && c.Delimit == DelimitAlways:
		return fmt.Errorf("format: all fields are to have delimiters, but there is none")
	case c.Boolean != "":
		if yes, no, ok := strings.Cut(c.Boolean, "/"); !ok || yes == "" || no == "" || yes == no || strings.Contains(no, "/") {
			return fmt.Errorf("format: boolean %q: it takes two words with a slash between them, such as TRUE/FALSE", c.Boolean)
		}
	}
	return nil
}

func (c *CSV) checkImport() error {
	switch {
	case c.Skip < 0:
		return fmt.Errorf("format: Skip is %d: it takes a number of rows", c.Skip)
	case c.Boolean != "":
		return fmt.Errorf("format: Boolean is for exports: IMPORT knows the usual words for true and false")
	case c.Delimit != "":
		return fmt.Errorf("format: Delimit is for exports: IMPORT takes fields with delimiters and without")
	}
	return nil
}

// checkSeparators returns which of the texts that have a meaning cannot be told apart.
func (c *CSV) checkSeparators() error {
	separator, delimiter := character(c.separator()), character(c.delimiter())
	switch {
	case strings.ContainsAny(separator, "\r\n"):
		return fmt.Errorf("format: the column separator has a line break in it, which ends rows")
	case strings.ContainsAny(delimiter, "\r\n"):
		return fmt.Errorf("format: the column delimiter has a line break in it, which ends rows")
	case delimiter != "" && (strings.Contains(separator, delimiter) || strings.Contains(delimiter, separator)):
		return fmt.Errorf("format: column separator %q and column delimiter %q cannot be told apart", separator, delimiter)
	case delimiter != "" && strings.Contains(c.Null, delimiter):
		return fmt.Errorf("format: null %q has the column delimiter in it", c.Null)
	case strings.Contains(c.Null, separator):
		return fmt.Errorf("format: null %q has the column separator in it", c.Null)
	case strings.ContainsAny(c.Null, "\r\n\x00"):
		return fmt.Errorf("format: null %q has a line break or a NUL in it", c.Null)
	}
	for _, text := range []string{c.separator(), c.delimiter()} {
		if strings.ContainsRune(text, 0) {
			return fmt.Errorf("format: %q: write a NUL as 0x00", text)
		}
	}
	return nil
}

// character returns the character that Exasol knows by another name as well: an abbreviation or its hexadecimal code.
func character(text string) string {
	switch text {
	case "NUL":
		return "\x00"
	case "TAB":
		return "\t"
	case "LF":
		return "\n"
	case "CR":
		return "\r"
	case "ESC":
		return "\x1b"
	}
	if code, ok := strings.CutPrefix(text, "0x"); ok && code != "" {
		if b, err := hex.DecodeString(code); err == nil {
			return string(b)
		}
	}
	return text
}

func checkDelimit(d Delimit) error {
	switch d {
	case "", DelimitAuto, DelimitAlways, DelimitNever:
		return nil
	}
	return fmt.Errorf("format: delimit %q: it is AUTO, ALWAYS or NEVER", string(d))
}

// checkFields returns what is wrong with the fields one by one, or with two of them together.
func checkFields(fields []Field, op string) error {
	for _, f := range fields {
		switch {
		case f.From < 1:
			return fmt.Errorf("format: field %d: fields are counted from 1", f.From)
		case f.To != 0 && f.To < f.From:
			return fmt.Errorf("format: fields %d to %d: the first comes after the last", f.From, f.To)
		case f.Delimit != "" && op == opImport:
			return fmt.Errorf("format: field %d: Delimit is for exports", f.From)
		case strings.ContainsRune(f.Format, 0):
			return fmt.Errorf("format: field %d: format %q has a NUL in it", f.From, f.Format)
		}
		if err := checkDelimit(f.Delimit); err != nil {
			return err
		}
	}
	sorted := slices.SortedFunc(slices.Values(fields), func(a, b Field) int { return cmp.Compare(a.From, b.From) })
	for i := 1; i < len(sorted); i++ {
		if f := sorted[i]; f.From <= sorted[i-1].last() {
			return fmt.Errorf("format: field %d is there twice", f.From)
		}
	}
	return nil
}

// last returns the number of the last field.
func (f Field) last() int { return max(f.From, f.To) }
