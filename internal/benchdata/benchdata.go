// Package benchdata generates result data of three shapes for benchmarks: mixed10, a table of orders with ten columns of all
// kinds; narrow, four numbers; and wide, six long texts. The same arguments give the same bytes.
package benchdata

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Shape generates messages of one shape.
type Shape struct {
	Name    string // "mixed10", "narrow" or "wide"
	columns []column
}

type column struct {
	header string  // of the column, as a server describes it
	nulls  float64 // share of NULLs
	value  func(r *rand.Rand, row int, dst []byte) []byte
}

// All returns the three shapes: mixed10, narrow and wide.
func All() []Shape { return shapes }

var shapes = []Shape{
	{"mixed10", []column{
		{decimalCol("ID", 18, 0), 0, func(r *rand.Rand, row int, dst []byte) []byte {
			return strconv.AppendInt(dst, 100_000_000_000+int64(row), 10)
		}},
		{decimalCol("QTY", 9, 0), 0.02, func(r *rand.Rand, _ int, dst []byte) []byte {
			return strconv.AppendInt(dst, r.Int64N(10_000), 10)
		}},
		{decimalCol("PRICE", 18, 2), 0, func(r *rand.Rand, _ int, dst []byte) []byte {
			cents := r.Int64N(1_000_000)
			return strconv.AppendQuote(dst, strconv.FormatFloat(float64(cents)/100, 'f', -1, 64))
		}},
		{typedCol("SCORE", "DOUBLE"), 0.05, double17},
		{typedCol("CREATED", "TIMESTAMP"), 0, func(r *rand.Rand, _ int, dst []byte) []byte {
			t := time.Unix(1_600_000_000+r.Int64N(100_000_000), r.Int64N(1_000_000)*1000).UTC()
			return t.AppendFormat(dst, `"2006-01-02 15:04:05.000000"`)
		}},
		{typedCol("DAY", "DATE"), 0.02, func(r *rand.Rand, _ int, dst []byte) []byte {
			return time.Unix(r.Int64N(1_700_000_000), 0).UTC().AppendFormat(dst, `"2006-01-02"`)
		}},
		{textCol("NAME", 20), 0, words(8, 20, 0.03, 0)},
		{textCol("STATUS", 10), 0, func(r *rand.Rand, _ int, dst []byte) []byte {
			return strconv.AppendQuote(dst, []string{"new", "paid", "shipped", "returned", "cancelled"}[r.IntN(5)])
		}},
		{typedCol("ACTIVE", "BOOLEAN"), 0.01, func(r *rand.Rand, _ int, dst []byte) []byte {
			return strconv.AppendBool(dst, r.IntN(2) == 0)
		}},
		{textCol("COMMENT", 60), 0.1, words(20, 60, 0.02, 0.02)},
	}},
	{"narrow", []column{
		{decimalCol("K", 18, 0), 0, func(r *rand.Rand, row int, dst []byte) []byte {
			return strconv.AppendInt(dst, int64(row), 10)
		}},
		{decimalCol("V", 18, 0), 0.01, func(r *rand.Rand, _ int, dst []byte) []byte {
			return strconv.AppendInt(dst, r.Int64N(1_000_000_000), 10)
		}},
		{typedCol("D1", "DOUBLE"), 0, func(r *rand.Rand, _ int, dst []byte) []byte {
			return strconv.AppendFloat(dst, float64(r.Int64N(1_000_000))/100, 'g', -1, 64)
		}},
		{typedCol("D2", "DOUBLE"), 0, double17},
	}},
	{"wide", []column{
		{textCol("A", 100), 0, words(20, 60, 0.02, 0)},
		{textCol("B", 200), 0, words(40, 120, 0.05, 0.01)},
		{textCol("C", 300), 0.05, words(60, 200, 0.03, 0)},
		{textCol("D", 500), 0, words(100, 400, 0.01, 0.02)},
		{textCol("E", 50), 0.3, words(10, 30, 0.05, 0)},
		{textCol("F", 1000), 0, words(200, 800, 0.02, 0.005)},
	}},
}

// double17 appends a number of 17 digits, as the server writes doubles.
func double17(r *rand.Rand, _ int, dst []byte) []byte {
	return strconv.AppendFloat(dst, r.NormFloat64()*1000, 'g', 17, 64)
}

// words returns a generator of texts of lower to upper characters. The shares are those of words with a letter that is
// not ASCII and of words with a character that is escaped.
func words(lower, upper int, foreign, escaped float64) func(*rand.Rand, int, []byte) []byte {
	const letters = "etaoinshrdlucmfwypvbgkjqxz"
	marks := []string{`\n`, `\"`, `\\`, `\t`, `\u00e9`}
	exotic := []string{"\u00fc", "\u00df", "\u20ac", "\u6771", "\U0001F600"}
	return func(r *rand.Rand, _ int, dst []byte) []byte {
		dst = append(dst, '"')
		for left := lower + r.IntN(upper-lower+1); left > 0; left-- {
			for n := min(left, 2+r.IntN(8)); n > 0; n, left = n-1, left-1 {
				dst = append(dst, letters[min(r.IntN(26), r.IntN(26))])
			}
			if r.Float64() < foreign {
				dst = append(dst, exotic[r.IntN(len(exotic))]...)
			}
			if r.Float64() < escaped {
				dst = append(dst, marks[r.IntN(len(marks))]...)
			}
			dst = append(dst, ' ')
		}
		return append(dst, '"')
	}
}

// Header returns the descriptions of the columns as a C each, which must be made for the JSON of the protocol, such as
// commands.ColumnInfo.
func Header[C any](s Shape) []C {
	cols := make([]C, len(s.columns))
	for i, c := range s.columns {
		if err := json.Unmarshal([]byte(c.header), &cols[i]); err != nil {
			panic(err)
		}
	}
	return cols
}

// Columns returns the values of each column as JSON with commas between them, and for each row where its value ends.
func (s Shape) Columns(rows int) (values [][]byte, ends [][]uint32) {
	values, ends = make([][]byte, len(s.columns)), make([][]uint32, len(s.columns))
	for i, c := range s.columns {
		r := rand.New(rand.NewPCG(uint64(i), 42))
		var dst []byte
		for row := range rows {
			if row > 0 {
				dst = append(dst, ',')
			}
			if r.Float64() < c.nulls {
				dst = append(dst, "null"...)
			} else {
				dst = c.value(r, row, dst)
			}
			ends[i] = append(ends[i], uint32(len(dst)))
		}
		values[i] = dst
	}
	return values, ends
}

// Data returns the array of columns of a message with this many rows.
func (s Shape) Data(rows int) []byte {
	values, _ := s.Columns(rows)
	dst := []byte{'['}
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		dst = append(dst, v...)
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

// Message returns a whole fetch answer, as a server sends it.
func (s Shape) Message(rows int) []byte {
	return fmt.Appendf(nil, `{"status":"ok","responseData":{"numRows":%d,"data":%s}}`, rows, s.Data(rows))
}

func typedCol(name, sqlType string) string {
	return fmt.Sprintf(`{"name":%q,"dataType":{"type":%q}}`, name, sqlType)
}

func decimalCol(name string, precision, scale int) string {
	return fmt.Sprintf(`{"name":%q,"dataType":{"type":"DECIMAL","precision":%d,"scale":%d}}`, name, precision, scale)
}

func textCol(name string, size int) string {
	return fmt.Sprintf(`{"name":%q,"dataType":{"type":"VARCHAR","size":%d,"characterSet":"UTF8"}}`, name, size)
}

// RowsFor returns how many rows make about size bytes of JSON.
func (s Shape) RowsFor(size int) int {
	const sample = 1000
	return max(1, size*sample/len(s.Data(sample)))
}

// OfWidth returns a shape of this many columns: those of mixed10 in turn.
func OfWidth(columns int) Shape {
	s := Shape{Name: fmt.Sprintf("columns%d", columns)}
	for i := range columns {
		c := shapes[0].columns[i%len(shapes[0].columns)]
		c.header = strings.Replace(c.header, `"name":"`, fmt.Sprintf(`"name":"C%d_`, i), 1)
		s.columns = append(s.columns, c)
	}
	return s
}
