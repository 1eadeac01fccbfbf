package bench

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"time"

	"github.com/jszwec/csvutil"

	"github.com/exawire/exawire/resultset"
)

// peerOrder is an [Order] for csvutil and gocsv. They take the format of a time from methods of its type, and write NULL as
// nothing, as EXPORT does. Booleans are true and false, which IMPORT reads as well.
type peerOrder struct {
	ID      int64
	Qty     *int32
	Price   resultset.Decimal
	Score   *float64
	Created peerMoment
	Day     *peerDay
	Name    string
	Status  string
	Active  *bool
	Comment *string
}

type (
	peerMoment time.Time
	peerDay    time.Time
)

func (t peerMoment) MarshalText() ([]byte, error) {
	return time.Time(t).AppendFormat(make([]byte, 0, len(peerTimestamp)), peerTimestamp), nil
}

func (t *peerMoment) UnmarshalText(text []byte) error {
	v, err := time.Parse(peerTimestamp, string(text))
	*t = peerMoment(v)
	return err
}

func (t peerMoment) Equal(other peerMoment) bool { return time.Time(t).Equal(time.Time(other)) }

func (t peerDay) MarshalText() ([]byte, error) {
	return time.Time(t).AppendFormat(make([]byte, 0, len(peerDate)), peerDate), nil
}

func (t *peerDay) UnmarshalText(text []byte) error {
	v, err := time.Parse(peerDate, string(text))
	*t = peerDay(v)
	return err
}

func (t peerDay) Equal(other peerDay) bool { return time.Time(t).Equal(time.Time(other)) }

func peerOrders(orders []Order) []peerOrder {
	all := make([]peerOrder, len(orders))
	for i, o := range orders {
		all[i] = peerOrder{o.ID, o.Qty, o.Price, o.Score, peerMoment(o.Created), (*peerDay)(o.Day), o.Name, o.Status, o.Active, o.Comment}
	}
	return all
}

func csvutilEncode(w io.Writer, rows []peerOrder) error {
	out := csv.NewWriter(w)
	e := csvutil.NewEncoder(out)
	e.AutoHeader = false
	if err := e.Encode(rows); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

func csvutilDecode(from io.Reader, rows []peerOrder) ([]peerOrder, error) {
	header, err := csvutil.Header(peerOrder{}, "")
	if err != nil {
		return nil, err
	}
	in := csv.NewReader(from)
	in.ReuseRecord = true
	d, err := csvutil.NewDecoder(in, header...)
	if err != nil {
		return nil, err
	}
	for {
		var o peerOrder
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		rows = append(rows, o)
	}
}

// The loop: encoding/csv, strconv and reflection over the fields of a struct, one record used again and again.

var (
	timeType    = reflect.TypeFor[time.Time]()
	decimalType = reflect.TypeFor[resultset.Decimal]()
)

const (
	peerTimestamp = "2006-01-02 15:04:05.000000"
	peerDate      = "2006-01-02"
	dayField      = 5
)

func peerEncode[T any](w io.Writer, rows []T) error {
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
			switch v.Kind() {
			case reflect.Int64, reflect.Int32:
				record[i] = strconv.FormatInt(v.Int(), 10)
			case reflect.Float64:
				record[i] = strconv.FormatFloat(v.Float(), 'g', -1, 64)
			case reflect.String:
				record[i] = v.String()
			case reflect.Bool:
				record[i] = "0"
				if v.Bool() {
					record[i] = "1"
				}
			default:
				switch x := v.Addr().Interface().(type) {
				case *time.Time:
					layout := peerTimestamp
					if i == dayField {
						layout = peerDate
					}
					record[i] = x.Format(layout)
				case *resultset.Decimal:
					record[i] = x.String()
				default:
					return fmt.Errorf("field %d: %s", i, v.Type())
				}
			}
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func peerDecode[T any](from io.Reader, rows []T) ([]T, error) {
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
			if err := peerSet(v, text, i); err != nil {
				return nil, err
			}
		}
	}
}

func peerSet(v reflect.Value, text string, i int) error {
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
		v.SetString(text)
		return nil
	case reflect.Bool:
		v.SetBool(text == "1")
		return nil
	}
	switch v.Type() {
	case timeType:
		layout := peerTimestamp
		if i == dayField {
			layout = peerDate
		}
		x, err := time.Parse(layout, text)
		v.Set(reflect.ValueOf(x))
		return err
	case decimalType:
		d, err := resultset.ParseDecimal(text)
		v.Set(reflect.ValueOf(d))
		return err
	}
	return fmt.Errorf("field %d: %s", i, v.Type())
}
