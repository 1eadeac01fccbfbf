package bulk

import "cmp"

// CSV says how the fields of a file are written. The zero value is what Exasol writes by default and most programs read:
// fields separated by commas, rows by LF, text in double quotes where it needs them, UTF-8, NULL as an empty field. For
// [Import] it describes the data, for [Export] what the database is to write. The statement always says the encoding, the row
// separator, the column separator and the delimiter, and the rest if it is set.
//
// Separators and delimiters can also be the names that Exasol has for characters: NUL, TAB, LF, CR, ESC, or the code such as
// 0x1F. A row of a file that begins with "#" is a comment to Exasol, which leaves it out.
type CSV struct {
	RowSeparator    RowSeparator // LF if not set
	ColumnSeparator string       // one character or a few; "" means a comma
	ColumnDelimiter string       // what stands around text, one character or a few; "" means a double quote, NoDelimiter none
	Delimit         Delimit      // which fields Export writes with delimiters
	Null            string       // what stands for NULL; "" means an empty field
	Boolean         string       // what Export writes for true and false, such as "TRUE/FALSE"; "" means 1/0
	Encoding        string       // as Exasol names it; "" means UTF-8
	Header          bool         // the first row has the names of the columns: Export writes it, and Import leaves it out
	Skip            int          // rows that Import leaves out at the beginning, besides the Header
	Trim            Trim         // which white space Import removes from the fields
	Fields          []Field      // which fields of the file are used, and in which formats; nil means all, as they are
}

// Field picks fields of a file, counted from 1, and says how they are written.
type Field struct {
	From, To int     // To may be 0 for a single field
	Format   string  // of dates, timestamps or numbers, as in TO_CHAR; "" means the session's
	Delimit  Delimit // for Export; the zero value means that of the CSV
}

// NoDelimiter as a ColumnDelimiter means that no character has a meaning around text. Values must not have separators or line
// breaks in them then: Exasol exports them all the same.
const NoDelimiter = "\x00"

// RowSeparator is what ends a row.
type RowSeparator string

// The row separators.
const (
	LF   RowSeparator = "LF"
	CRLF RowSeparator = "CRLF"
	CR   RowSeparator = "CR"
)

// Delimit says which fields Export writes with delimiters around them.
type Delimit string

// What can be said of delimiters.
const (
	DelimitAuto   Delimit = "AUTO" // where they are needed
	DelimitAlways Delimit = "ALWAYS"
	DelimitNever  Delimit = "NEVER" // not even around values with separators or line breaks, which cannot be read again
)

// Trim says which white space Import removes from fields.
type Trim string

// What can be trimmed.
const (
	TrimLeft  Trim = "LTRIM"
	TrimRight Trim = "RTRIM"
	TrimBoth  Trim = "TRIM"
)

// What the fields mean that are not set.

func (c *CSV) encoding() string           { return cmp.Or(c.Encoding, "UTF-8") }
func (c *CSV) rowSeparator() RowSeparator { return cmp.Or(c.RowSeparator, LF) }
func (c *CSV) separator() string          { return cmp.Or(c.ColumnSeparator, ",") }

// delimiter is "" if there is none.
func (c *CSV) delimiter() string {
	if c.ColumnDelimiter == NoDelimiter {
		return ""
	}
	return cmp.Or(c.ColumnDelimiter, `"`)
}

// skip returns how many rows Import leaves out.
func (c *CSV) skip() uint64 {
	if c.Header {
		return uint64(c.Skip) + 1
	}
	return uint64(c.Skip)
}
