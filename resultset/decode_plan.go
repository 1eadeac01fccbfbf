package resultset

import (
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/exatext"
)

// plan is what a decoder knows of its columns. It does not change: a decoder whose formats change makes a new one, so
// that batches notice.
type plan struct {
	cols            []commands.ColumnInfo
	formats         Formats
	date, timestamp *exatext.Layout // nil for formats that cannot be parsed, and without columns of the type
}

func newPlan(cols []commands.ColumnInfo, f Formats) *plan {
	p := &plan{cols: cols, formats: f}
	for i := range cols {
		switch cols[i].DataType.Type {
		case commands.Date:
			p.date = layout(f.Date, exatext.DefaultDateFormat)
		case commands.Timestamp, commands.TimestampLTZ:
			p.timestamp = layout(f.Timestamp, exatext.DefaultTimestampFormat)
		}
	}
	return p
}

// storage returns empty memory for a column of the type.
func (p *plan) storage(t commands.DataType) storage {
	switch t.Type {
	case commands.Decimal:
		form := decimalFormOf(t, p.formats.point())
		if kindOf(t) == kindInt {
			return &int64Column{form: form}
		}
		return &decimalColumn{decimalForm: form}
	case commands.Double:
		return &floatColumn{powers: exatext.FloatPowers()}
	case commands.Boolean:
		return &boolColumn{}
	case commands.Date:
		return &timeColumn{layout: p.date, format: p.formats.Date}
	case commands.Timestamp:
		return &timeColumn{layout: p.timestamp, format: p.formats.Timestamp}
	case commands.TimestampLTZ:
		return &timeColumn{layout: p.timestamp, format: p.formats.Timestamp, zone: newLocalZone(p.formats)}
	case commands.IntervalYearToMonth:
		return &intervalColumn[YearMonth]{parse: parseYearMonth}
	case commands.IntervalDayToSecond:
		return &intervalColumn[DaySecond]{parse: parseDaySecond}
	case commands.Char, commands.Varchar, commands.Geometry, commands.Hashtype:
		return &textColumn{}
	}
	return &rawColumn{}
}

// broken returns the error for data that is not what was announced. col and row are -1 if none is to blame.
func (p *plan) broken(col int, row int64, reason string) error {
	e := &DataError{Column: col, Row: row, Reason: reason}
	if col >= 0 {
		e.Name, e.Type = p.cols[col].Name, p.cols[col].DataType
	}
	return e
}
