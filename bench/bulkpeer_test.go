package bench

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// The peer: encoding/csv, strconv and reflection over the fields of a struct, written by hand for speed. One record is used
// again and again, and nothing is looked up per value. It makes the same checks: a value that its column cannot hold is an
// error, and so is text that is not UTF-8. It knows the order of the columns.

var (
	timeType    = reflect.TypeFor[time.Time]()
	decimalType = reflect.TypeFor[resultset.Decimal]()
)

// How peers write times.
const (
	peerTimestamp = "2006-01-02 15:04:05.000000"
	peerDate      = time.DateOnly
)

// peerColumn is what the peer knows of a column.
type peerColumn struct {
	layout           string // of dates and timestamps
	precision, scale int
	limit            int64 // integers are below it
	size             int   // of texts
}

var errUnfit = errors.New("the column cannot hold the value")

func peerColumns(columns []commands.ColumnInfo) []peerColumn {
	all := make([]peerColumn, len(columns))
	for i, c := range columns {
		p := peerColumn{layout: peerTimestamp, limit: 1}
		t := c.DataType
		if t.Type == commands.Date {
			p.layout = peerDate
		}
		if t.Precision != nil {
			p.precision = *t.Precision
		}
		if t.Scale != nil {
			p.scale = *t.Scale
		}
		if t.Size != nil {
			p.size = *t.Size
		}
		for range p.precision {
			p.limit *= 10
		}
		all[i] = p
	}
	return all
}

func peerEncode[T any](w io.Writer, rows []T, columns []peerColumn) error {
	t := reflect.TypeFor[T]()
	record := make([]string, t.NumField())
	out := csv.NewWriter(w)
	for r := range rows {
		row := reflect.ValueOf(&rows[r]).Elem()
		for i := range record {
			v := row.Field(i)
			if v.Kind() == reflect.Pointer {
				if v.IsNil() {
					record[i] = ""
					continue
				}
				v = v.Elem()
			}
			var ok bool
			if record[i], ok = peerText(v, &columns[i]); !ok {
				return fmt.Errorf("row %d, field %d: %w", r, i, errUnfit)
			}
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func peerText(v reflect.Value, c *peerColumn) (text string, ok bool) {
	switch v.Kind() {
	case reflect.Int64, reflect.Int32:
		n := v.Int()
		return strconv.FormatInt(n, 10), n < c.limit && n > -c.limit
	case reflect.Float64:
		f := v.Float()
		return strconv.FormatFloat(f, 'g', -1, 64), !math.IsNaN(f) && !math.IsInf(f, 0)
	case reflect.String:
		s := v.String()
		return s, utf8.ValidString(s) && (len(s) <= c.size || utf8.RuneCountInString(s) <= c.size)
	case reflect.Bool:
		if v.Bool() {
			return "1", true
		}
		return "0", true
	}
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		ok = x.Nanosecond()%1000 == 0 && x.Year() >= 1 && x.Year() <= 9999
		if c.layout == time.DateOnly {
			hour, minute, second := x.Clock()
			ok = ok && hour|minute|second|x.Nanosecond() == 0
		}
		return x.Format(c.layout), ok
	case *resultset.Decimal:
		_, ok = x.Rescale(c.scale)
		text = x.String()
		return text, ok && len(text) <= c.precision // a point and a sign have room in practice
	}
	return "", false
}

func peerDecode[T any](from io.Reader, rows []T, columns []peerColumn) ([]T, error) {
	in := csv.NewReader(from)
	in.ReuseRecord = true
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		var zero T
		rows = append(rows, zero)
		row := reflect.ValueOf(&rows[len(rows)-1]).Elem()
		for i, text := range record {
			v := row.Field(i)
			if v.Kind() == reflect.Pointer {
				if text == "" {
					continue
				}
				v.Set(reflect.New(v.Type().Elem()))
				v = v.Elem()
			}
			if err := peerSet(v, text, &columns[i]); err != nil {
				return nil, fmt.Errorf("field %d: %w", i, err)
			}
		}
	}
}

func peerSet(v reflect.Value, text string, c *peerColumn) error {
	switch v.Kind() {
	case reflect.Int64, reflect.Int32:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
		return err
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		v.SetFloat(f)
		return err
	case reflect.String:
		if !utf8.ValidString(text) {
			return errUnfit
		}
		v.SetString(text)
		return nil
	case reflect.Bool:
		if text != "0" && text != "1" {
			return errUnfit
		}
		v.SetBool(text == "1")
		return nil
	}
	switch v.Type() {
	case timeType:
		x, err := time.Parse(c.layout, text)
		*v.Addr().Interface().(*time.Time) = x //nolint:forcetypeassert // it is of this type
		return err
	case decimalType:
		d, err := resultset.ParseDecimal(text)
		*v.Addr().Interface().(*resultset.Decimal) = d //nolint:forcetypeassert // it is of this type
		return err
	}
	return errUnfit
}
