package commands_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// TestDecimalSeparator: a DECIMAL is sent as text with a point only while the session's separator is one. Otherwise it has no
// separator at all, or that of JSON.
func TestDecimalSeparator(t *testing.T) {
	price, err := resultset.ParseDecimal("12.50")
	if err != nil {
		t.Fatal(err)
	}
	values := []any{"1.5", "-0.50", "7.00", "1e-2", 0.25, price, 7, uint8(3), rat("1/4"), big.NewFloat(0.5), json.Number("1.25"), "0.00", "-0", "9999999999999.99"}
	for separator, want := range map[byte]string{
		0:    `"1.5","-0.5","7","0.01","0.25","12.5","7","3","0.25","0.5","1.25","0","0","9999999999999.99"`,
		'.':  `"1.5","-0.5","7","0.01","0.25","12.5","7","3","0.25","0.5","1.25","0","0","9999999999999.99"`,
		',':  `1.5,-0.5,"7",0.01,0.25,12.5,"7","3",0.25,0.5,1.25,"0","0",9999999999999.99`,
		0xd9: `1.5,-0.5,"7",0.01,0.25,12.5,"7","3",0.25,0.5,1.25,"0","0",9999999999999.99`,
	} {
		got, err := encode(t, commands.Values(values), decimal(18, 2), commands.ParamFormats{DecimalPoint: separator})
		if err != nil {
			t.Errorf("separator %q: %v", separator, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("separator %q: %s", separator, diff)
		}
	}
}

// TestDecimalSeparatorRefused: what a server that takes a JSON number for a DOUBLE would change is not sent.
func TestDecimalSeparatorRefused(t *testing.T) {
	for _, tt := range []struct {
		text  string
		typ   commands.DataType
		want  string
		point bool // what is sent while the separator is a point
	}{
		{"99999999999999.99", decimal(18, 2), "", true}, // 16 digits
		{"0.1", decimal(36, 20), "", true},              // the twentieth digit of the DOUBLE is another
		{"0.00001", decimal(36, 20), "", true},
		{"0.000001", decimal(36, 20), `0.000001`, true},
		{"0." + strings.Repeat("0", 35) + "1", decimal(36, 36), `0.` + strings.Repeat("0", 35) + `1`, true},
		{strings.Repeat("9", 34) + ".00", decimal(36, 2), `"` + strings.Repeat("9", 34) + `"`, true},
		{"0.5", of(commands.Decimal), "", true},
		{"1,5", decimal(18, 2), "", false},
		{"1.234,5", decimal(18, 2), "", false},
	} {
		got, err := encode(t, commands.Values([]string{tt.text}), tt.typ, commands.ParamFormats{DecimalPoint: ','})
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s to %s is sent as %s, %v, want %s", tt.text, tt.typ, got, err, tt.want)
		}
		if err != nil && tt.point && (!errors.Is(err, commands.ErrParamInexact) || !strings.Contains(err.Error(), `set numericCharacters to ".,"`)) {
			t.Errorf("%s to %s is refused without advice: %v", tt.text, tt.typ, err)
		}
		if _, err = encode(t, commands.Values([]string{tt.text}), tt.typ, commands.ParamFormats{}); (err == nil) != tt.point {
			t.Errorf("%s to %s, with a point: %v", tt.text, tt.typ, err)
		}
	}
	for _, typ := range []commands.DataType{decimal(18, 2), of(commands.Double)} {
		_, err := encode(t, commands.Values([]string{"1,5"}), typ, commands.ParamFormats{DecimalPoint: ','})
		if !errors.Is(err, commands.ErrParamText) || !strings.Contains(err.Error(), "is a point in any session") {
			t.Errorf("1,5 to %s: %v", typ, err)
		}
	}
}
