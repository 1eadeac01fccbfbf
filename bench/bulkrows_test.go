package bench

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"testing"

	"github.com/gocarina/gocsv"
	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/internal/cputime"
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
	e := csvtext.NewEncoder(orderKinds, '.')
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
		if dst, err = e.Append(dst, values, ends, buffer.Len()); err != nil {
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
	places  csvtext.Places
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
	s.out = s.decoder.Append(s.out[:0], &s.places)
	return resultset.Message{NumRows: rows, Data: s.out, Texts: s.places.Ends}, err
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

// BenchmarkBulkRows compares typed rows over bulk transfer with what a program does that has encoding/csv: with libraries
// that put structs into it, and with a loop that is written for the purpose. It counts the time of the CPU, without network.
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
			runtime.GC() // what the one before has left is not on this one's account
			var cpu cputime.Meter
			cpu.Start()
			for b.Loop() {
				if err := once(); err != nil {
					b.Fatal(err)
				}
			}
			cpu.Report(b)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/bulkRows, "ns/row")
		})
	}
	out := make([]byte, 0, 2*len(data))
	run("import/structs", func() (err error) {
		out, err = encodeOrders(out[:0], orders, columns)
		return err
	})
	var peerOut bytes.Buffer
	run("import/own-loop", func() error {
		peerOut.Reset()
		return peerEncode(&peerOut, orders, peerColumns(columns))
	})
	own := peerOrders(orders)
	run("import/csvutil", func() error {
		peerOut.Reset()
		return csvutilEncode(&peerOut, own)
	})
	run("import/gocsv", func() error {
		peerOut.Reset()
		return gocsv.MarshalWithoutHeaders(own, &peerOut)
	})
	source := &csvSource{decoder: csvtext.NewDecoder(orderKinds, '.')}
	all := make([]Order, 0, bulkRows)
	run("export/structs", func() (err error) {
		all, err = decodeOrders(b.Context(), source, data, columns, all[:0])
		return err
	})
	run("export/columns", func() error {
		for batch, err := range openOrders(b.Context(), source, data, columns).Batches() {
			if err != nil {
				return err
			}
			for i := range columns {
				if _, err := touch(batch, i, columns[i].DataType); err != nil {
					return err
				}
			}
		}
		return nil
	})
	run("export/own-loop", func() (err error) {
		all, err = peerDecode(bytes.NewReader(data), all[:0], peerColumns(columns))
		return err
	})
	run("export/csvutil", func() (err error) {
		own, err = csvutilDecode(bytes.NewReader(data), own[:0])
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
	if err := peerEncode(&peer, orders, peerColumns(columns)); err != nil {
		t.Fatal(err)
	}
	got, err = peerDecode[Order](&peer, nil, peerColumns(columns))
	if diff := cmp.Diff(orders, got, equal); err != nil || diff != "" {
		t.Errorf("peer: %v (-want +got):\n%s", err, diff)
	}
	want := peerOrders(orders)
	read, err := csvutilDecode(bytes.NewReader(data), nil)
	if diff := cmp.Diff(want, read, equal); err != nil || diff != "" {
		t.Errorf("csvutil reads ours: %v (-want +got):\n%s", err, diff)
	}
	for name, encode := range map[string]func(io.Writer, []peerOrder) error{
		"csvutil": csvutilEncode,
		"gocsv":   func(w io.Writer, rows []peerOrder) error { return gocsv.MarshalWithoutHeaders(rows, w) },
	} {
		peer.Reset()
		if err := encode(&peer, want); err != nil {
			t.Fatal(err)
		}
		read, err = csvutilDecode(&peer, nil)
		if diff := cmp.Diff(want, read, equal); err != nil || diff != "" {
			t.Errorf("csvutil reads %s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}
