package resultset

import (
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/exatext"
)

// columnFormats is what a decoder knows about its columns: what they are, and how they are written. It is never
// changed: a decoder whose formats change makes a new one, so that batches notice.
type columnFormats struct {
	Formats
	cols            []commands.ColumnInfo
	date, timestamp *exatext.Layout // nil for formats that cannot be parsed, and without columns of the type
}

func newColumnFormats(cols []commands.ColumnInfo, f Formats) *columnFormats {
	c := &columnFormats{Formats: f, cols: cols}
	for i := range cols {
		switch cols[i].DataType.Type {
		case commands.Date:
			c.date = layout(f.Date, exatext.DefaultDateFormat)
		case commands.Timestamp, commands.TimestampLTZ:
			c.timestamp = layout(f.Timestamp, exatext.DefaultTimestampFormat)
		}
	}
	return c
}

// storage returns empty memory for a column of the type.
func (c *columnFormats) storage(t commands.DataType) storage {
	switch t.Type {
	case commands.Decimal:
		form := decimalFormOf(t, c.point())
		if kindOf(t) == kindInt {
			return &int64Column{form: form}
		}
		return &decimalColumn{decimalForm: form}
	case commands.Double:
		return &floatColumn{powers: exatext.FloatPowers()}
	case commands.Boolean:
		return &boolColumn{}
	case commands.Date:
		return &timeColumn{layout: c.date, format: c.Date}
	case commands.Timestamp:
		return &timeColumn{layout: c.timestamp, format: c.Timestamp}
	case commands.TimestampLTZ:
		return &timeColumn{layout: c.timestamp, format: c.Timestamp, zone: newLocalZone(c.Formats)}
	case commands.IntervalYearToMonth:
		return &intervalColumn[YearMonth]{read: parseYearMonth}
	case commands.IntervalDayToSecond:
		return &intervalColumn[DaySecond]{read: parseDaySecond}
	case commands.Char, commands.Varchar, commands.Geometry, commands.Hashtype:
		return &textColumn{}
	}
	return &rawColumn{}
}

// broken returns the error for data that is not what was announced. col and row are -1 if none is to blame.
func (c *columnFormats) broken(col int, row int64, reason string) error {
	e := &DataError{Column: col, Columns: len(c.cols), Row: row, Reason: reason}
	if col >= 0 {
		e.Name, e.Type = c.cols[col].Name, c.cols[col].DataType
	}
	return e
}
