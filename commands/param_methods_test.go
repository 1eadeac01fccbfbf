package commands_test

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/exawire/exawire/commands"
)

// valuer gives a fixed value; nil pointers to it are NULL without being asked.
type valuer struct{ v driver.Value }

func (v valuer) Value() (driver.Value, error) {
	if err, ok := v.v.(error); ok {
		return nil, err
	}
	return v.v, nil
}

// MarshalText must not be used, since the value says what it wants to be in a database.
func (v valuer) MarshalText() ([]byte, error) { return []byte("wrong"), nil }

// pointerValuer has its method on the pointer only.
type pointerValuer struct{ n int64 }

func (v *pointerValuer) Value() (driver.Value, error) { return v.n, nil }

// selfish gives itself for ever.
type selfish struct{}

func (s selfish) Value() (driver.Value, error) { return s, nil }

// status is an integer that prefers to be stored under its name.
type status int

func (s status) Value() (driver.Value, error) { return [...]string{"open", "closed"}[s], nil }

// amount implements the decimal interface of database/sql, and wrong texts.
type amount struct {
	form        byte
	negative    bool
	coefficient []byte
	exponent    int32
}

func (a amount) Decompose([]byte) (byte, bool, []byte, int32) {
	return a.form, a.negative, a.coefficient, a.exponent
}

func (a amount) Value() (driver.Value, error) { return "wrong", nil }

// appender appends its text, or fails.
type appender string

func (a appender) AppendText(b []byte) ([]byte, error) {
	if a == "" {
		return nil, errors.New("appender is empty")
	}
	return append(b, a...), nil
}

type marshaler string

func (m marshaler) MarshalText() ([]byte, error) {
	if m == "" {
		return nil, errors.New("marshaler is empty")
	}
	return []byte(m), nil
}

func TestParamMethods(t *testing.T) {
	var nilValuer *valuer
	big30 := new(big.Int).Exp(big.NewInt(10), big.NewInt(30), nil)
	for _, tt := range []struct {
		name string
		typ  commands.DataType
		col  commands.ParamColumn
		want string
	}{
		{"valuer", decimal(18, 0), commands.Values([]valuer{{int64(5)}, {nil}, {"7"}}), `5,null,7`},
		{"pointers to valuers", decimal(18, 0), commands.Values([]*valuer{{int64(5)}, nil}), `5,null`},
		{"interfaces", decimal(18, 0), commands.Values([]driver.Valuer{valuer{int64(5)}, nil, nilValuer, &pointerValuer{6}}), `5,null,null,6`},
		{"any", decimal(18, 0), commands.Values([]any{valuer{int64(5)}, nilValuer, &pointerValuer{6}, pointerValuer{7}}), `5,null,6,7`},
		{"method on the pointer", decimal(18, 0), commands.Values([]pointerValuer{{1}, {2}}), `1,2`},
		{"nested", decimal(18, 0), commands.Values([]valuer{{valuer{valuer{int64(1)}}}}), `1`},
		{
			"every driver value", varchar(40), commands.Values([]valuer{{int64(5)}, {1.5}, {true}, {[]byte("b")}, {"s"}, {ymd}}),
			`"5","1.5","TRUE","b","s","2024-06-18 00:00:00.000000"`,
		},
		{"named integer with a Value", varchar(10), commands.Values([]status{0, 1}), `"open","closed"`},

		{"decompose", decimal(36, 4), commands.Values([]amount{
			{0, false, []byte{15}, -1}, {0, true, []byte{0, 0, 1, 0}, 2}, {0, false, nil, 0}, {0, true, nil, -2}, {0, false, big30.Bytes(), -10},
		}), `"1.5","-25600","0","0","100000000000000000000"`},
		{"decompose", of(commands.Double), commands.Values([]amount{{0, true, []byte{15}, -1}}), `-1.5`},

		{"appender", decimal(18, 1), commands.Values([]appender{"1.5", "1e1"}), `"1.5","10"`},
		{"appender", of(commands.Date), commands.Values([]appender{"2024-06-18"}), `"2024-06-18"`},
		{"appender", yearMonth(2), commands.Values([]*appender{new(appender("5-03")), nil}), `"+05-03",null`},
		{"appender of the standard library", varchar(40), commands.Values([]netip.Addr{netip.MustParseAddr("10.0.0.1")}), `"10.0.0.1"`},
		{"marshaler", daySecond(2, 3), commands.Values([]marshaler{"1 00:00:00"}), `"+01 00:00:00.000"`},
		{"marshaler with escapes", varchar(10), commands.Values([]any{marshaler(`"`), appender("\n")}), `"\"","\n"`},
	} {
		t.Run(tt.typ.String()+"/"+tt.name, func(t *testing.T) {
			got, err := encode(t, tt.col, tt.typ, commands.ParamFormats{})
			if err != nil || got != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestParamMethodErrors(t *testing.T) {
	own := errors.New("no value today")
	for _, tt := range []struct {
		col  commands.ParamColumn
		typ  commands.DataType
		want error
		text string
	}{
		{commands.Values([]valuer{{own}}), varchar(1), own, own.Error()},
		{commands.Values([]selfish{{}}), varchar(1), commands.ErrParamType, ""},
		{commands.Values([]valuer{{true}}), decimal(1, 0), commands.ErrParamType, "its Value method gave bool: exawire: Go type does not fit the parameter"},
		{commands.Values([]amount{{form: 1}}), decimal(1, 0), commands.ErrParamRange, ""},
		{commands.Values([]amount{{form: 2}}), of(commands.Double), commands.ErrParamRange, ""},
		{commands.Values([]amount{{coefficient: []byte{1}, exponent: 1 << 30}}), decimal(36, 0), commands.ErrParamRange, ""},
		{commands.Values([]amount{{coefficient: []byte{1}, exponent: -1 << 30}}), decimal(36, 0), commands.ErrParamInexact, ""},
		{commands.Values([]appender{""}), varchar(1), nil, "appender is empty"},
		{commands.Values([]marshaler{""}), varchar(1), nil, "marshaler is empty"},
		{commands.Values([]appender{"\xff"}), varchar(1), commands.ErrParamText, ""},
	} {
		_, err := encode(t, tt.col, tt.typ, commands.ParamFormats{})
		var paramErr *commands.ParamError
		if !errors.As(err, &paramErr) || tt.want != nil && !errors.Is(err, tt.want) || tt.text != "" && paramErr.Err.Error() != tt.text {
			t.Errorf("%T to %s: got %v, want %v %s", tt.col, tt.typ, err, tt.want, tt.text)
		}
	}
}

// TestParamSelfishValuerRecovers: the guard against Valuers without end must not outlive the value that set it off.
func TestParamSelfishValuerRecovers(t *testing.T) {
	e, err := commands.NewParamEncoder(commands.Values([]any{selfish{}, valuer{int64(1)}}), 0, params(decimal(1, 0))[0], commands.ParamFormats{})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := e.Append(nil, 0, 1); !errors.Is(err, commands.ErrParamType) {
			t.Fatalf("got %v, want ErrParamType", err)
		}
	}
	if got, err := e.Append(nil, 1, 2); err != nil || string(got) != "1" {
		t.Fatalf("got %s, %v, want 1", got, err)
	}
}

func TestRowBuffer(t *testing.T) {
	columns := params(decimal(18, 0), varchar(10))
	rows := commands.NewRowBuffer(columns)
	if err := rows.Append([]any{1}); err == nil {
		t.Error("a row that is too short was taken")
	}
	row := []any{1, "a"}
	for _, next := range [][]any{{nil, new("b")}, {int8(3), 4.5}} {
		if err := rows.Append(row); err != nil {
			t.Fatal(err)
		}
		copy(row, next)
	}
	if rows.Len() != 2 {
		t.Errorf("Len is %d, want 2", rows.Len())
	}
	var encoders []*commands.ParamEncoder
	for i, col := range rows.Columns() {
		e, err := commands.NewParamEncoder(col, i, columns[i], commands.ParamFormats{})
		if err != nil {
			t.Fatal(err)
		}
		encoders = append(encoders, e)
	}
	all := func() (s string) {
		for _, e := range encoders {
			out, err := e.Append(nil, 0, rows.Len())
			if err != nil {
				t.Fatal(err)
			}
			s += fmt.Sprintf("[%s]", out)
		}
		return s
	}
	if got, want := all(), `[1,null]["a","b"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	rows.Reset()
	if err := rows.Append([]any{int64(7), []byte("c")}); err != nil {
		t.Fatal(err)
	}
	if got, want := all(), `[7]["c"]`; got != want {
		t.Errorf("after Reset: got %s, want %s", got, want)
	}
	rows.Reset()
	if err := rows.Append([]any{0, struct{}{}}); err != nil {
		t.Fatal(err)
	}
	var paramErr *commands.ParamError
	if _, err := encoders[1].Append(nil, 0, 1); !errors.As(err, &paramErr) || paramErr.GoType != "struct {}" || paramErr.Column != 1 {
		t.Errorf("got %v, want an error about a struct in parameter 1", err)
	}
	if n := commands.NewRowBuffer(nil); n.Len() != 0 || n.Append(nil) != nil {
		t.Error("a buffer without parameters does not take empty rows")
	}
}

// TestRowBufferForgets: a buffer that waits for the next rows must not keep the last ones alive.
func TestRowBufferForgets(t *testing.T) {
	rows := commands.NewRowBuffer(params(varchar(10)))
	value := new(strings.Repeat("x", 1000))
	gone := weak.Make(value)
	if err := rows.Append([]any{value}); err != nil {
		t.Fatal(err)
	}
	rows.Reset()
	runtime.GC()
	if gone.Value() != nil {
		t.Error("a value is alive after Reset")
	}
	runtime.KeepAlive(rows)
}
