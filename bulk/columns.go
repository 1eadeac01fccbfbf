package bulk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/csvtext"
)

// describe returns the columns of a query, which is only prepared. The error does not quote it if nobody has written it.
func describe(ctx context.Context, s *exawire.Session, query string, written bool) ([]exawire.ColumnInfo, error) {
	stmt, err := s.Prepare(ctx, query)
	if err != nil {
		if own := (*exawire.Error)(nil); !written && errors.As(err, &own) {
			own.SQL = ""
		}
		return nil, err
	}
	columns := stmt.Columns()
	if err := stmt.Close(ctx); err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		return nil, errors.New("the statement returns no rows")
	}
	return columns, nil
}

// tunnels is how many tunnels rows go through.
func (o *options) tunnels() int { return max(o.parallel, 1) }

// kindsOf returns how the values of columns stand in CSV and in JSON.
func kindsOf(columns []exawire.ColumnInfo) []csvtext.Kind {
	kinds := make([]csvtext.Kind, len(columns))
	for i, c := range columns {
		switch t := c.DataType; t.Type {
		case commands.Date, commands.Timestamp, commands.TimestampLTZ, commands.IntervalYearToMonth, commands.IntervalDayToSecond:
			kinds[i] = csvtext.Plain
		case commands.Boolean:
			kinds[i] = csvtext.Boolean
		case commands.Double:
			kinds[i] = csvtext.Double
		case commands.Decimal:
			kinds[i] = csvtext.Decimal
			if t.Scale != nil && *t.Scale == 0 && t.Precision != nil && *t.Precision <= 18 {
				kinds[i] = csvtext.Integer
			}
		}
	}
	return kinds
}

// longestRow returns how many bytes a row of a file can have at most, within a limit.
func longestRow(columns []exawire.ColumnInfo, limit int64) int {
	const (
		mostText = 2_000_000 // characters of a VARCHAR, and of any other type
		mostSize = 8         // bytes of a character: four, or two quotes
		others   = 64        // separator, quotes, and more than the other types have
	)
	most := int64(0)
	for _, c := range columns {
		size := mostText
		if c.DataType.Size != nil {
			size = min(max(*c.DataType.Size, 0), mostText)
		}
		most += int64(size)*mostSize + others
	}
	return int(min(most, limit))
}

// separatorOf returns the session's decimal separator.
func separatorOf(a exawire.Attributes) byte {
	if a.NumericCharacters == "" {
		return '.'
	}
	return a.NumericCharacters[0]
}

// The formats in which dates and timestamps travel, whatever those of the session are.
const (
	dateFormat       = "YYYY-MM-DD"
	secondsFormat    = "YYYY-MM-DD HH24:MI:SS"
	defaultPrecision = 6 // digits of a second in the results of a session
)

// timestampFormat returns the format for timestamps with so many digits of a second.
func timestampFormat(digits int) string {
	if digits <= 0 {
		return secondsFormat
	}
	return secondsFormat + ".FF" + strconv.Itoa(min(digits, 9))
}

// precisionOf returns how many digits of a second a timestamp has. Older protocols do not say: before 8.32 all have three, and
// later as many as nine.
func precisionOf(t exawire.DataType, of release) int {
	switch {
	case t.Precision != nil:
		return *t.Precision
	case of.before(firstWithPrecision):
		return 3
	}
	return 9
}

// precise returns columns with the precisions of their timestamps, so that a value with more digits is refused.
func precise(columns []exawire.ColumnInfo, of release) []exawire.ColumnInfo {
	columns = slices.Clone(columns)
	for i := range columns {
		if t := &columns[i].DataType; t.Type == commands.Timestamp || t.Type == commands.TimestampLTZ {
			p := precisionOf(*t, of)
			t.Precision = &p
		}
	}
	return columns
}

// formatted returns the fields of a statement whose dates and timestamps have formats of their own; nil if there are none.
func formatted(columns []exawire.ColumnInfo, timestamp func(exawire.DataType) string) []Field {
	var fields []Field
	any := false
	for i, c := range columns {
		f := Field{From: i + 1}
		switch c.DataType.Type {
		case commands.Date:
			f.Format = dateFormat
		case commands.Timestamp, commands.TimestampLTZ:
			f.Format = timestamp(c.DataType)
		}
		any = any || f.Format != ""
		if n := len(fields) - 1; n >= 0 && fields[n].Format == f.Format {
			fields[n].To = i + 1
			continue
		}
		fields = append(fields, f)
	}
	if !any {
		return nil
	}
	return fields
}

// pick returns the columns with these names, in their order; all of them if there are no names.
func pick(columns []exawire.ColumnInfo, names []string) ([]exawire.ColumnInfo, error) {
	if len(names) == 0 {
		return columns, nil
	}
	picked := make([]exawire.ColumnInfo, 0, len(names))
	for _, name := range names {
		for _, c := range columns {
			if c.Name == name {
				picked = append(picked, c)
				break
			}
		}
		if n := len(picked); n == 0 || picked[n-1].Name != name {
			return nil, fmt.Errorf("columns: the table has no column %q", name)
		}
	}
	return picked, nil
}
