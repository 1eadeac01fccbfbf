package commands

import (
	"reflect"
	"time"

	"github.com/exawire/exawire/internal/errtext"
)

// ParamColumn is one column of parameters for a prepared statement, with values of one Go type or of mixed ones.
// [Values] makes it from a slice, a [RowBuffer] from rows, and a [StructBuffer] from structs. It refers to what it was
// made from, which must not change while it is being sent.
type ParamColumn interface {
	// Len returns the number of rows.
	Len() int

	// rows binds the column to a parameter. It fails if no value of the column can be sent.
	rows(t *paramTarget) (rowsFunc, error)

	// goType names the Go type of the values, that of row i where the column is mixed and i is not negative.
	goType(i int) string
}

// rowsFunc appends the rows [lo, hi) with commas between them. If ends is not nil, it gets the length of out after each
// value. row is the one that err is about.
type rowsFunc func(dst []byte, ends []int, lo, hi int) (out []byte, row int, err error)

// ParamFormats is what the text form of parameters depends on: the formats of the session, from its attributes
// dateFormat, datetimeFormat, numericCharacters, timezone and timeZoneBehavior.
type ParamFormats struct {
	// Date and Timestamp are the session's NLS formats; "" means YYYY-MM-DD and YYYY-MM-DD HH24:MI:SS.FF6. Times are
	// written in formats of YYYY, MM, DD, HH24 (also HH), HH12 with AM, PM, A.M. or P.M., MI, SS and FF1 to FF9, each of
	// them once, with blanks and - : ; . / _ \ between them. With any other format, such as one with names of months, a
	// time.Time is an error that matches ErrParamType, and text is sent as it is.
	Date, Timestamp string

	// Location is the session's time zone, needed for TIMESTAMP WITH LOCAL TIME ZONE. If it is nil, a time.Time for
	// such a parameter is an error, and NoLocation says why the zone is not known, in the words of that error.
	Location   *time.Location
	NoLocation string

	// TimeZoneBehavior decides which instants of the hour that a zone repeats in autumn can be sent: those that the
	// server stores unchanged. "" means the server's default, INVALID SHIFT AMBIGUOUS ST.
	TimeZoneBehavior string

	// DecimalPoint is the first of the session's numericCharacters, which stands between the integer and the fraction of
	// a DECIMAL; 0 means '.'. While it is another character, a DECIMAL with a fraction is sent as a JSON number, which has
	// a point in any session, and one of more than 15 digits down to the last of its scale is ErrParamInexact.
	DecimalPoint byte

	// RepeatedHour is how the repeated hour is read. An instant of it that would be read as another one is refused.
	RepeatedHour RepeatedHour

	// Truncate drops what a parameter cannot hold instead of refusing the value: digits after the point beyond the
	// scale, fractions of a second beyond the precision, the time of day of a DATE. Digits are cut, not rounded.
	Truncate bool
}

// Values makes a column of parameters from a slice, without copying it. T is one of
//
//   - the integer and floating-point types, bool, string, []byte, time.Time, time.Duration, and types defined from them
//     (except from time.Time),
//   - big.Int, big.Rat and big.Float,
//   - types that implement the decimal interface of database/sql (Decompose, asked for DECIMAL and DOUBLE), that are a
//     driver.Valuer, an encoding.TextAppender or an encoding.TextMarshaler, in this order and whatever their kind; this
//     is how Decimal, YearMonth, DaySecond, UUIDs and other people's types come in,
//   - pointers to these, where nil is NULL, and sql.Null of these and its older kin such as sql.NullString,
//   - any, for values of mixed types; a nil is NULL.
//
// What they become depends on the type that the server gave the parameter:
//
//	BOOLEAN      bool; text TRUE, T, 1, FALSE, F, 0 in any case
//	DECIMAL      integers, floats by their shortest decimal form, big numbers, decimals, numeric text, which has a point
//	             as its separator in any session
//	DOUBLE       floats, integers that a float64 holds exactly, big numbers, decimals, numeric text
//	CHAR,        text; numbers as decimal text; bool as TRUE or FALSE; time.Time in the session's timestamp format;
//	  VARCHAR    time.Duration as an interval
//	DATE,        time.Time; text in the session's format or in ISO 8601 form
//	  TIMESTAMP
//	INTERVAL     time.Duration (DAY TO SECOND); text such as "+05-03" and "2 12:50:10.123"
//	GEOMETRY     text, as WKT
//	HASHTYPE     byte slices and arrays as they are, or as text if their length is that of the text; text in hexadecimal,
//	               with dashes and braces as in UUIDs, or in base64 where the server answers in it
//
// Values that do not fit are refused. They are never rounded, cut or shifted, unless [ParamFormats.Truncate] says so.
// NaN and infinities are always refused. Text must be UTF-8.
//
// A DATE is the calendar date of the time.Time in its own location, and the time of day must be zero. A TIMESTAMP has
// no zone: it is what a clock in the time.Time's own location shows. A TIMESTAMP WITH LOCAL TIME ZONE is the instant;
// an instant of a repeated hour is refused if the server would store another one, see [ParamFormats.RepeatedHour]. Text
// without an offset goes to the server as it is, and the server resolves it.
//
// Exasol makes no difference between the empty string and NULL. "" is sent as it is to CHAR, VARCHAR and GEOMETRY,
// where the server stores NULL, and as NULL to the other types.
func Values[T any](v []T) ParamColumn { return values[T](v) }

type values[T any] []T

func (v values[T]) Len() int { return len(v) }

func (v values[T]) rows(t *paramTarget) (rowsFunc, error) { return t.bind([]T(v)) }

func (v values[T]) goType(i int) string {
	if i >= 0 {
		if x, ok := any(v[i : i+1 : i+1]).(values[any]); ok {
			return errtext.NameOfType(x[0])
		}
	}
	return errtext.TypeName(reflect.TypeFor[T]())
}

// ParamEncoder writes one column of parameters as JSON, in as many pieces as are wanted. It is not safe for concurrent
// use.
type ParamEncoder struct {
	col    ParamColumn
	index  int
	param  ColumnInfo
	append rowsFunc
}

// NewParamEncoder checks once that the values of a column can become values of a parameter, and chooses how. param is
// the server's description of the parameter, index its zero-based position. The error is a [*ParamError] with Row -1.
func NewParamEncoder(col ParamColumn, index int, param ColumnInfo, f ParamFormats) (*ParamEncoder, error) {
	e := &ParamEncoder{col: col, index: index, param: param}
	t, err := newParamTarget(param.DataType, f)
	if err == nil {
		e.append, err = col.rows(t)
	}
	if err != nil {
		return nil, e.fail(-1, err)
	}
	return e, nil
}

// Append appends the rows [lo, hi) to dst, as JSON values with commas between them and no brackets around them. It
// panics like a slice expression if there are no such rows. It allocates nothing for a value, apart from what the
// value's own methods allocate and the growth of dst. The error is a [*ParamError] that names the row; dst is then
// returned as it was.
func (e *ParamEncoder) Append(dst []byte, lo, hi int) ([]byte, error) {
	return e.AppendEnds(dst, nil, lo, hi)
}

// AppendEnds is Append for those who want to find the values again: it stores in ends[i] where value lo+i ends in what it
// returns. ends has room for hi-lo values, or is nil.
func (e *ParamEncoder) AppendEnds(dst []byte, ends []int, lo, hi int) ([]byte, error) {
	out, row, err := e.append(dst, ends, lo, hi)
	if err != nil {
		return dst, e.fail(row, err)
	}
	return out, nil
}

func (e *ParamEncoder) fail(row int, err error) error {
	return &ParamError{
		Column: e.index, Name: e.param.Name, Row: int64(row),
		GoType: e.col.goType(row), SQLType: e.param.DataType, Err: err,
	}
}
