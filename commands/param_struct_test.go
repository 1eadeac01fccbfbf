package commands_test

import (
	"database/sql"
	"errors"
	"math/big"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/exawire/exawire/commands"
)

// encodeField returns what is sent for a column of a StructBuffer with these values.
func encodeField[T any](tb testing.TB, typ commands.DataType, values ...T) string {
	tb.Helper()
	b := commands.NewStructBuffer[T]([][]int{nil}, len(values))
	for _, v := range values {
		b.Append(v)
	}
	got, err := encode(tb, b.Columns()[0], typ, commands.ParamFormats{Location: berlin})
	if err != nil {
		tb.Errorf("%T to %s: %v", values, typ, err)
	}
	return got
}

// fieldShapes checks that a field of type T, *T, sql.Null[T], any and so on is sent as a slice of it is.
func fieldShapes[T any](t *testing.T, typ commands.DataType, v T, want string) {
	t.Helper()
	pointer := &v
	valid := sql.Null[T]{V: v, Valid: true}
	for _, got := range []string{
		encodeField(t, typ, v), encodeField(t, typ, &v), encodeField(t, typ, &pointer), encodeField(t, typ, valid), encodeField(t, typ, &valid),
		encodeField(t, typ, any(v)), encodeField(t, typ, any(&v)), encodeField(t, typ, any(valid)),
	} {
		if got != want {
			t.Errorf("%T to %s: got %s, want %s", v, typ, got, want)
		}
	}
	for _, got := range []string{
		encodeField(t, typ, (*T)(nil)), encodeField(t, typ, (**T)(nil)), encodeField(t, typ, new(*T)), encodeField(t, typ, sql.Null[T]{}),
		encodeField(t, typ, (*sql.Null[T])(nil)), encodeField[any](t, typ, nil),
	} {
		if got != "null" {
			t.Errorf("%T to %s: NULL became %s", v, typ, got)
		}
	}
}

func TestStructBufferShapes(t *testing.T) {
	number := decimal(18, 0)
	fieldShapes(t, number, int(1), `1`)
	fieldShapes(t, number, int8(1), `1`)
	fieldShapes(t, number, int16(1), `1`)
	fieldShapes(t, number, int32(1), `1`)
	fieldShapes(t, number, int64(1), `1`)
	fieldShapes(t, number, uint(1), `1`)
	fieldShapes(t, number, uint8(1), `1`)
	fieldShapes(t, number, uint16(1), `1`)
	fieldShapes(t, number, uint32(1), `1`)
	fieldShapes(t, number, uint64(1), `1`)
	fieldShapes(t, number, myInt(1), `1`)
	fieldShapes(t, number, *big.NewInt(1), `1`)
	fieldShapes(t, number, *rat("1"), `1`)
	fieldShapes(t, number, amount{coefficient: []byte{1}}, `1`)
	fieldShapes(t, number, valuer{int64(1)}, `1`)
	fieldShapes(t, of(commands.Double), float32(1), `1.0`)
	fieldShapes(t, of(commands.Double), float64(1), `1.0`)
	fieldShapes(t, of(commands.Boolean), true, `true`)
	fieldShapes(t, varchar(40), "1", `"1"`)
	fieldShapes(t, varchar(40), myString("1"), `"1"`)
	fieldShapes(t, varchar(40), []byte("1"), `"1"`)
	fieldShapes(t, varchar(40), appender("1"), `"1"`)
	fieldShapes(t, of(commands.Hashtype), []byte{1}, `"01"`)
	fieldShapes(t, of(commands.Hashtype), someUUID, `"550e8400e29b11d4a716446655440000"`)
	fieldShapes(t, of(commands.Date), ymd, `"2024-06-18"`)
	fieldShapes(t, daySecond(2, 3), time.Second, `"+00 00:00:01.000"`)
}

type wide struct {
	ID    int64
	Inner struct {
		Name  string
		Extra *string
	}
	Bytes []byte
	Named myString
	Null  sql.Null[string]
	Old   sql.NullString
	Any   any
}

var wideFields = [][]int{{0}, {1, 0}, {1, 1}, {2}, {3}, {4}, {5}, {6}}

func TestStructBuffer(t *testing.T) {
	b := commands.NewStructBuffer[wide](wideFields, 3)
	types := params(decimal(18, 0), varchar(9), varchar(9), varchar(9), varchar(9), varchar(9), varchar(9), varchar(9))
	var encoders []*commands.ParamEncoder
	for i, col := range b.Columns() {
		e, err := commands.NewParamEncoder(col, i, types[i], commands.ParamFormats{})
		if err != nil {
			t.Fatal(err)
		}
		encoders = append(encoders, e)
	}
	all := func() string {
		var texts []string
		for _, e := range encoders {
			text, err := e.Append(nil, 0, b.Len())
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(text))
		}
		return strings.Join(texts, " ")
	}
	v := wide{ID: 1, Bytes: []byte("b"), Named: "nn", Null: sql.Null[string]{V: "xxx", Valid: true}, Old: sql.NullString{String: "yyyy", Valid: true}, Any: 5}
	v.Inner.Name, v.Inner.Extra = "inner", new("extra")
	b.Append(v)
	v.ID = 2 // a copy was taken
	if got, want := all(), `1 "inner" "extra" "b" "nn" "xxx" "yyyy" "5"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if b.Bytes() != 20 || b.Len() != 1 || b.Cap() != 3 {
		t.Errorf("%d bytes, %d of %d structs", b.Bytes(), b.Len(), b.Cap())
	}
	b.Append(wide{})
	if got, want := all(), `1,0 "inner","" "extra",null "b",null "nn","" "xxx",null "yyyy",null "5",null`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	b.Reset()
	if got, want := all(), "       "; got != want || b.Bytes() != 0 {
		t.Errorf("after Reset: got %q", got)
	}
	b.Append(wide{Any: struct{}{}})
	var paramErr *commands.ParamError
	if _, err := encoders[7].Append(nil, 0, 1); !errors.As(err, &paramErr) || paramErr.GoType != "struct {}" {
		t.Errorf("error is %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a struct that is not there was encoded")
		}
	}()
	_, _ = encoders[0].Append(nil, 0, 2)
}

// TestStructBufferForgets: a buffer that waits for the next structs must not keep the last ones alive.
func TestStructBufferForgets(t *testing.T) {
	b := commands.NewStructBuffer[*string]([][]int{nil}, 4)
	value := new(strings.Repeat("x", 1000))
	gone := weak.Make(value)
	b.Append(value)
	b.Reset()
	runtime.GC()
	if gone.Value() != nil {
		t.Error("a value is alive after Reset")
	}
	runtime.KeepAlive(b)
}

// TestRowsDoNotAllocate: from the row to the JSON, for structs and for rows that are boxed already.
func TestRowsDoNotAllocate(t *testing.T) {
	const rows = 128
	m := newMixed10(rows)
	types := m.params()
	structs := commands.NewStructBuffer[mixedRow](mixedFields, rows)
	boxed := commands.NewRowBuffer(types)
	values, boxes := make([]mixedRow, rows), make([][]any, rows)
	for i := range rows {
		values[i], boxes[i] = m.structOf(i), m.row(i)
	}
	for name, tt := range map[string]struct {
		cols   []commands.ParamColumn
		append func(i int)
		reset  func()
	}{
		"structs": {structs.Columns(), func(i int) { structs.Append(values[i]) }, structs.Reset},
		"boxed": {boxed.Columns(), func(i int) {
			if err := boxed.Append(boxes[i]); err != nil {
				t.Fatal(err)
			}
		}, boxed.Reset},
	} {
		var encoders []*commands.ParamEncoder
		for i, col := range tt.cols {
			e, err := commands.NewParamEncoder(col, i, types[i], commands.ParamFormats{})
			if err != nil {
				t.Fatal(err)
			}
			encoders = append(encoders, e)
		}
		var out []byte
		allocs := testing.AllocsPerRun(10, func() {
			tt.reset()
			for i := range rows {
				tt.append(i)
			}
			out = out[:0]
			for _, e := range encoders {
				var err error
				if out, err = e.Append(out, 0, rows); err != nil {
					t.Fatal(err)
				}
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations for %d rows", name, allocs, rows)
		}
	}
}
