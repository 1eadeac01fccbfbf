package commands_test

import (
	"database/sql"
	"math/big"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
)

// source is a SQL type and a column for each kind of Go value that can become it, two rows of each.
type source struct {
	document string // executePreparedStatement.from.<document>
	typ      commands.DataType
	cols     []commands.ParamColumn
}

// nullable are the shapes in which a Go type comes with NULL.
func nullable[T any](v T) []commands.ParamColumn {
	pointer := &v
	return []commands.ParamColumn{
		commands.Values([]*T{&v, nil}), commands.Values([]**T{&pointer, nil}), commands.Values([]sql.Null[T]{{V: v, Valid: true}, {}}),
		commands.Values([]any{v, nil}), commands.Values([]*sql.Null[T]{{V: v, Valid: true}, {}}),
	}
}

// methods are the ways in which a type of somebody else's says what it is, for a value with this text.
func methods(text string) []commands.ParamColumn {
	return []commands.ParamColumn{
		commands.Values([]marshaler{marshaler(text), marshaler(text)}), commands.Values([]appender{appender(text), appender(text)}),
		commands.Values([]valuer{{text}, {nil}}), commands.Values([]*valuer{{[]byte(text)}, nil}),
	}
}

// spelled are the types that are text.
func spelled(text string) []commands.ParamColumn {
	return []commands.ParamColumn{
		commands.Values([]string{text, ""}), commands.Values([]myString{myString(text), ""}), commands.Values([][]byte{[]byte(text), nil}),
		commands.Values([]myBytes{myBytes(text), nil}), commands.Values([]sql.NullString{{String: text, Valid: true}, {}}),
	}
}

func sources() []source {
	noon := time.Date(2024, 6, 18, 12, 30, 15, 123456000, berlin)
	all := func(parts ...[]commands.ParamColumn) (cols []commands.ParamColumn) {
		for _, p := range parts {
			cols = append(cols, p...)
		}
		return cols
	}
	cols := func(c ...commands.ParamColumn) []commands.ParamColumn { return c }
	return []source{
		{"boolean", of(commands.Boolean), all(cols(
			commands.Values([]bool{true, false}), commands.Values([]myBool{true, false}),
			commands.Values([]sql.NullBool{{Bool: true, Valid: true}, {}}),
		), nullable(true), spelled("T"), methods("true"))},
		{"decimal", decimal(20, 0), all(cols(
			commands.Values([]int{7, -7}), commands.Values([]int8{7, -128}), commands.Values([]int16{7, -32768}),
			commands.Values([]int32{7, -2147483648}), commands.Values([]int64{7, -9223372036854775808}), commands.Values([]uint{7, 0}),
			commands.Values([]uint8{7, 255}), commands.Values([]uint16{7, 65535}), commands.Values([]uint32{7, 4294967295}),
			commands.Values([]uint64{7, 18446744073709551615}), commands.Values([]myInt{7, -7}), commands.Values([]float64{7, 1e18}),
			commands.Values([]float32{7, 0.5e1}), commands.Values([]sql.NullInt64{{Int64: 7, Valid: true}, {}}),
			commands.Values([]sql.NullInt32{{Int32: 7, Valid: true}, {}}), commands.Values([]sql.NullInt16{{Int16: 7, Valid: true}, {}}),
			commands.Values([]sql.NullByte{{Byte: 7, Valid: true}, {}}), commands.Values([]*big.Int{big.NewInt(7), nil}),
			commands.Values([]big.Int{*big.NewInt(7), *big.NewInt(0)}), commands.Values([]*big.Rat{rat("14/2"), nil}),
			commands.Values([]*big.Float{big.NewFloat(7), nil}), commands.Values([]amount{{coefficient: []byte{7}}, {negative: true, coefficient: []byte{7}, exponent: 1}}),
			commands.Values([]valuer{{int64(7)}, {7.0}}),
		), nullable(int64(7)), spelled("7"), methods("7"))},
		{"decimal.scale", decimal(18, 2), all(cols(
			commands.Values([]int{7, -7}), commands.Values([]float64{7.25, -0.5}), commands.Values([]float32{7.25, 100}),
			commands.Values([]*big.Rat{rat("29/4"), nil}), commands.Values([]*big.Float{big.NewFloat(7.25), nil}),
			commands.Values([]amount{{coefficient: []byte{0x02, 0xd5}, exponent: -2}, {}}),
		), nullable(7.25), spelled("7.250"), methods("+7.25"))},
		{"double", of(commands.Double), all(cols(
			commands.Values([]float64{2.5, 2}), commands.Values([]float32{2.5, 2}), commands.Values([]myFloat{2.5, 2}), commands.Values([]int{2, -3}),
			commands.Values([]int8{2, -3}), commands.Values([]int16{2, -3}), commands.Values([]int32{2, -3}), commands.Values([]int64{2, -3}),
			commands.Values([]uint{2, 3}), commands.Values([]uint8{2, 3}), commands.Values([]uint16{2, 3}), commands.Values([]uint32{2, 3}),
			commands.Values([]uint64{2, 3}), commands.Values([]sql.NullFloat64{{Float64: 2.5, Valid: true}, {}}),
			commands.Values([]*big.Int{big.NewInt(2), nil}), commands.Values([]*big.Rat{rat("5/2"), nil}), commands.Values([]*big.Float{big.NewFloat(2.5), nil}),
			commands.Values([]amount{{coefficient: []byte{25}, exponent: -1}, {}}),
		), nullable(2.5), spelled("2.5"), methods("25e-1"))},
		{"char", char(4), all(nullable("ab"), spelled("ab"), methods("ab"))},
		{"varchar", varchar(30), all(cols(
			commands.Values([]int64{7, -7}), commands.Values([]uint64{7, 0}), commands.Values([]float64{2.5, 2}), commands.Values([]float32{2.5, 0.1}),
			commands.Values([]bool{true, false}), commands.Values([]time.Time{noon, ymd}), commands.Values([]time.Duration{time.Second, -time.Hour}),
			commands.Values([]*big.Int{big.NewInt(7), nil}), commands.Values([]*big.Rat{rat("5/2"), nil}), commands.Values([]status{0, 1}),
		), nullable("größe"), spelled(`a "b" \`), methods("<&>\n"))},
		{"date", of(commands.Date), all(cols(
			commands.Values([]time.Time{ymd, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)}), commands.Values([]sql.NullTime{{Time: ymd, Valid: true}, {}}),
			commands.Values([]valuer{{ymd}, {nil}}),
		), nullable(ymd), spelled("2024-06-18"), methods("2024-06-18T00:00:00"))},
		{"timestamp", timestamp(6), all(cols(
			commands.Values([]time.Time{noon, ymd}), commands.Values([]sql.NullTime{{Time: noon, Valid: true}, {}}),
			commands.Values([]valuer{{noon}, {nil}}),
		), nullable(noon), spelled("2024-06-18 12:30:15.123456"), methods("2024-06-18T12:30:15.123456"))},
		{"timestamp.local", commands.DataType{Type: commands.TimestampLTZ, Precision: new(6), WithLocalTimeZone: new(true)}, all(cols(
			commands.Values([]time.Time{noon, noon.UTC()}), commands.Values([]sql.NullTime{{Time: noon, Valid: true}, {}}),
			commands.Values([]valuer{{noon}, {nil}}),
		), nullable(noon), spelled("2024-06-18 12:30:15.123456"), methods("2024-06-18T10:30:15.123456Z"))},
		{"interval.day", daySecond(2, 3), all(cols(
			commands.Values([]time.Duration{36*time.Hour + 5*time.Millisecond, -time.Second}),
		), nullable(36*time.Hour+5*time.Millisecond), spelled("1 12:00:00.005"), methods("+01 12:00:00.005"))},
		{"interval.year", yearMonth(2), all(nullable("5-3"), spelled("5-03"), methods("+05-03"))},
		{"geometry", commands.DataType{Type: commands.Geometry, SRID: new(0)}, all(
			nullable("POINT (1 2)"), spelled("POINT (1 2)"), methods("POINT (1 2)"),
		)},
		{"hashtype", hashtype(32), all(cols(
			commands.Values([][]byte{someUUID[:], nil}), commands.Values([][16]byte{someUUID, {}}), commands.Values([]uuid{someUUID, {}}),
			commands.Values([]string{"{550E8400-E29B-11D4-A716-446655440000}", ""}), commands.Values([]myString{"550e8400e29b11d4a716446655440000", ""}),
			commands.Values([]marshaler{"550e8400-e29b-11d4-a716-446655440000", "{550e8400e29b11d4a716446655440000}"}), commands.Values([]valuer{{someUUID[:]}, {nil}}),
		), nullable(someUUID))},
	}
}

// sourceRequests returns the executions that carry the sources.
func sourceRequests(t *testing.T) (all []request) {
	t.Helper()
	for _, s := range sources() {
		cmd := commands.ExecutePreparedStatement{Handle: 9, NumRows: 2}
		for _, col := range s.cols {
			values, err := encode(t, col, s.typ, commands.ParamFormats{Location: berlin})
			if err != nil {
				t.Errorf("%s: %v", s.document, err)
			}
			cmd.Columns = append(cmd.Columns, commands.ColumnInfo{DataType: s.typ})
			cmd.Data = append(cmd.Data, []byte(values))
		}
		all = append(all, request{document: "executePreparedStatement.from." + s.document, cmd: cmd})
	}
	return all
}
