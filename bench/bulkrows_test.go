package bench

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/internal/csvtext"
	"github.com/exawire/exawire/resultset"
)

// bulkRows is how many orders the benchmarks of typed rows move.
const bulkRows = 20_000

// orderKinds are those of the columns of mixed10.
var orderKinds = []csvtext.Kind{
	csvtext.Integer, csvtext.Integer, csvtext.Decimal, csvtext.Double, csvtext.Plain, csvtext.Plain, csvtext.Text, csvtext.Text, csvtext.Boolean, csvtext.Text,
}

// storedOrders returns the orders of mixed10 with its columns.
func storedOrders(tb testing.TB, rows int) ([]Order, []commands.ColumnInfo) {
	tb.Helper()
	shape := benchdata.All()[0]
	header := &commands.ResultSet{
		Handle: commands.NoHandle, NumRows: int64(rows), NumRowsInMessage: int64(rows),
		Columns: benchdata.Header[commands.ColumnInfo](shape), Data: shape.Data(rows),
	}
	orders, err := resultset.Collect[Order](resultset.Open(tb.Context(), nil, header, resultset.Options{}))
	if err != nil {
		tb.Fatal(err)
	}
	most := 2000 // the texts of mixed10 are a word longer than its columns say
	for i := range header.Columns {
		if t := &header.Columns[i].DataType; t.Size != nil {
			t.Size = &most
		}
	}
	return orders, header.Columns
}

// encodeOrders is what bulk.ImportRows does with rows, without the tunnel.
func encodeOrders(dst []byte, orders []Order, columns []commands.ColumnInfo) ([]byte, error) {
	fields := make([][]int, len(columns))
	for i := range fields {
		fields[i] = []int{i}
	}
	buffer := commands.NewStructBuffer[Order](fields, 128)
	encoders := make([]*commands.ParamEncoder, len(columns))
	for i, col := range buffer.Columns() {
		var err error
		if encoders[i], err = commands.NewParamEncoder(col, i, columns[i], commands.ParamFormats{}); err != nil {
			return nil, err
		}
	}
	e := csvtext.NewEncoder(orderKinds, '.', true)
	values, ends := make([][]byte, len(columns)), make([][]int, len(columns))
	for i := range ends {
		ends[i] = make([]int, buffer.Cap())
	}
	for i := range orders {
		buffer.Append(orders[i])
		if buffer.Len() < buffer.Cap() && i < len(orders)-1 {
			continue
		}
		var err error
		for c, encoder := range encoders {
			if values[c], err = encoder.AppendEnds(values[c][:0], ends[c], 0, buffer.Len()); err != nil {
				return nil, err
			}
		}
		if dst, err = e.AppendFound(dst, values, ends, buffer.Len()); err != nil {
			return nil, err
		}
		buffer.Reset()
	}
	return dst, nil
}

// csvSource decodes CSV as the tunnels of bulk.Query do, a block at a time.
type csvSource struct {
	decoder *csvtext.Decoder
	data    []byte
	out     []byte
}

const csvBlock = 256 << 10

func (s *csvSource) FetchMessage(context.Context, int, int64, int64) (resultset.Message, error) {
	if len(s.data) == 0 {
		return resultset.Message{}, io.EOF
	}
	n, err := s.decoder.Decode(s.data[:min(len(s.data), csvBlock)])
	s.data = s.data[n:]
	if err == nil && n == 0 {
		err = s.decoder.End(s.data)
	}
	rows := int64(s.decoder.Rows())
	s.out = s.decoder.AppendJSON(s.out[:0])
	return resultset.Message{NumRows: rows, Data: s.out}, err
}

func (s *csvSource) CloseHandle(context.Context, int) error { return nil }
func (s *csvSource) Fail(err error) error                   { return err }

// openOrders is what bulk.Query does, without the tunnel and in one goroutine.
func openOrders(ctx context.Context, source *csvSource, data []byte, columns []commands.ColumnInfo) *resultset.Rows {
	source.data = data
	header := &commands.ResultSet{Handle: commands.NoHandle, NumRows: -1, Columns: columns}
	return resultset.Open(ctx, source, header, resultset.Options{UntilEOF: true, Prefetch: -1})
}

func decodeOrders(ctx context.Context, source *csvSource, data []byte, columns []commands.ColumnInfo, all []Order) ([]Order, error) {
	for o, err := range resultset.Each[Order](openOrders(ctx, source, data, columns)) {
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// BenchmarkBulkRows compares typed rows over bulk transfer with what a program does that has the standard library: CPU only,
// without network.
func BenchmarkBulkRows(b *testing.B) {
	orders, columns := storedOrders(b, bulkRows)
	data, err := encodeOrders(nil, orders, columns)
	if err != nil {
		b.Fatal(err)
	}
	run := func(name string, once func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if err := once(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/bulkRows, "ns/row")
		})
	}
	out := make([]byte, 0, 2*len(data))
	run("import/rows", func() (err error) {
		out, err = encodeOrders(out[:0], orders, columns)
		return err
	})
	var peerOut bytes.Buffer
	run("import/peer", func() error {
		peerOut.Reset()
		return peerEncode(&peerOut, orders)
	})
	source := &csvSource{decoder: csvtext.NewDecoder(orderKinds, '.')}
	all := make([]Order, 0, bulkRows)
	run("export/rows", func() (err error) {
		all, err = decodeOrders(b.Context(), source, data, columns, all[:0])
		return err
	})
	run("export/columns", func() error {
		for batch, err := range openOrders(b.Context(), source, data, columns).Batches() {
			if err != nil {
				return err
			}
			if _, err := batch.Int64(0); err != nil {
				return err
			}
		}
		return nil
	})
	run("export/peer", func() (err error) {
		all, err = peerDecode(bytes.NewReader(data), all[:0])
		return err
	})
}

// TestBulkRowsAgree: the benchmarks move the same rows.
func TestBulkRowsAgree(t *testing.T) {
	orders, columns := storedOrders(t, 1000)
	data, err := encodeOrders(nil, orders, columns)
	if err != nil {
		t.Fatal(err)
	}
	source := &csvSource{decoder: csvtext.NewDecoder(orderKinds, '.')}
	got, err := decodeOrders(t.Context(), source, data, columns, nil)
	equal := cmp.Comparer(func(a, b resultset.Decimal) bool { return a.Cmp(b) == 0 })
	if diff := cmp.Diff(orders, got, equal); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	var peer bytes.Buffer
	if err := peerEncode(&peer, orders); err != nil {
		t.Fatal(err)
	}
	got, err = peerDecode[Order](&peer, nil)
	if diff := cmp.Diff(orders, got, equal); err != nil || diff != "" {
		t.Errorf("peer: %v (-want +got):\n%s", err, diff)
	}
}

// The peer: encoding/csv, strconv and reflection over the fields of a struct, one record used again and again.

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
