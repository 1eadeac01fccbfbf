package exatest

import (
	"database/sql/driver"
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// ValuesOf returns the elements of a Go slice as the values of one column. T may be an integer, a float, a bool, a
// string, a []byte (its bytes are the text), a time.Time (its date and time of day as they are, whatever its zone), a
// time.Duration (an INTERVAL DAY TO SECOND), a type with AppendText or MarshalText, a pointer to one of these where nil
// is NULL, or a driver.Valuer such as sql.Null[T]. An interface type may hold any of these, and nil for NULL. The slice
// is not copied. AppendText of the result panics at a value that is none of these.
func ValuesOf[T any](v []T) Values { return sliceValues[T](v) }

// TextValues returns canonical texts as the values of one column, see [Values].
func TextValues(texts ...string) Values { return sliceValues[string](texts) }

type sliceValues[T any] []T

func (s sliceValues[T]) Len() int { return len(s) }

func (s sliceValues[T]) AppendText(dst []byte, i int) (text []byte, null bool) {
	return appendGo(dst, any(s[i]))
}

// appendGo appends the canonical text of a Go value. time.Time and time.Duration come first: they have text forms of
// their own that are not ours.
func appendGo(dst []byte, v any) (text []byte, null bool) {
	switch v := v.(type) {
	case nil:
		return dst, true
	case string:
		return append(dst, v...), false
	case bool:
		return strconv.AppendBool(dst, v), false
	case int64:
		return strconv.AppendInt(dst, v, 10), false
	case int:
		return strconv.AppendInt(dst, int64(v), 10), false
	case float64:
		return strconv.AppendFloat(dst, v, 'g', -1, 64), false
	case []byte:
		return append(dst, v...), v == nil
	case time.Time:
		return v.AppendFormat(dst, "2006-01-02 15:04:05.999999999"), false
	case time.Duration:
		return appendDuration(dst, v), false
	}
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer {
		if p.IsNil() {
			return dst, true
		}
		// *big.Int has its text form as a pointer, *time.Time as a value.
		if elem := p.Elem().Interface(); hasText(elem) || !hasText(v) {
			return appendGo(dst, elem)
		}
	}
	return appendMarshaler(dst, v)
}

func hasText(v any) bool {
	switch v.(type) {
	case encoding.TextAppender, encoding.TextMarshaler, driver.Valuer:
		return true
	}
	return false
}

func appendMarshaler(dst []byte, v any) (text []byte, null bool) {
	switch v := v.(type) {
	case encoding.TextAppender:
		text, err := v.AppendText(dst)
		if err != nil {
			panic(fmt.Sprintf("exatest: text of %T: %v", v, err))
		}
		return text, false
	case encoding.TextMarshaler:
		text, err := v.MarshalText()
		if err != nil {
			panic(fmt.Sprintf("exatest: text of %T: %v", v, err))
		}
		return append(dst, text...), false
	case driver.Valuer:
		inner, err := v.Value()
		if err != nil {
			panic(fmt.Sprintf("exatest: value of %T: %v", v, err))
		}
		if reflect.TypeOf(inner) == reflect.TypeOf(v) {
			break
		}
		return appendGo(dst, inner)
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Bool:
		return strconv.AppendBool(dst, r.Bool()), false
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(dst, r.Int(), 10), false
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(dst, r.Uint(), 10), false
	case reflect.Float32:
		return strconv.AppendFloat(dst, r.Float(), 'g', -1, 32), false
	case reflect.Float64:
		return strconv.AppendFloat(dst, r.Float(), 'g', -1, 64), false
	case reflect.String:
		return append(dst, r.String()...), false
	}
	panic(fmt.Sprintf("exatest: no text form for a value of type %T", v))
}

// appendDuration appends an INTERVAL DAY TO SECOND. The magnitude is computed unsigned: the smallest Duration has no
// positive counterpart.
func appendDuration(dst []byte, d time.Duration) []byte {
	sign, n := byte('+'), uint64(d)
	if d < 0 {
		sign, n = '-', -uint64(d)
	}
	const day = uint64(24 * time.Hour)
	dst = append(dst, sign)
	dst = strconv.AppendUint(dst, n/day, 10)
	n %= day
	seconds := n / uint64(time.Second)
	return fmt.Appendf(dst, " %02d:%02d:%02d.%09d", seconds/3600, seconds/60%60, seconds%60, n%uint64(time.Second))
}

// textColumn is a column of texts in one buffer: the parameters of a prepared statement.
type textColumn struct {
	buf   []byte
	ends  []int
	nulls []bool
}

func (c *textColumn) Len() int { return len(c.ends) }

func (c *textColumn) AppendText(dst []byte, i int) (text []byte, null bool) {
	if c.nulls[i] {
		return dst, true
	}
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	return append(dst, c.buf[start:c.ends[i]]...), false
}

// finish ends a value whose text was appended to buf.
func (c *textColumn) finish(null bool) {
	c.ends = append(c.ends, len(c.buf))
	c.nulls = append(c.nulls, null)
}
