package exatest_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestValueEncoding(t *testing.T) {
	var cols []commands.ColumnInfo
	var values []exatest.Values
	var want []string
	for _, tt := range []struct{ dataType, text, json string }{
		{"BOOLEAN", "true", `true`},
		{"BOOLEAN", "false", `false`},
		{"DECIMAL(18,0)", "-7", `-7`},
		{"DECIMAL(18,0)", "+007", `7`},
		{"DECIMAL(18,0)", "-0", `0`},
		{"DECIMAL(18,0)", "999999999999999999", `999999999999999999`},
		{"DECIMAL(19,0)", "42", `"42"`},
		{"DECIMAL(36,0)", "999999999999999999", `"999999999999999999"`},
		{"DECIMAL(36,0)", "-999999999999999999", `"-999999999999999999"`},
		{"DECIMAL(36,0)", "1000000000000000000", `"1000000000000000000"`},
		{"DECIMAL(36,0)", "-999999999999999999999999999999999999", `"-999999999999999999999999999999999999"`},
		{"DECIMAL(10,5)", "0.70000", `"0,7"`},
		{"DECIMAL(10,5)", "1.00000", `"1"`},
		{"DECIMAL(10,5)", "-.5", `"-0,5"`},
		{"DECIMAL(10,5)", "0.00000", `"0"`},
		{"DOUBLE", "23.855287999999998", `23.855287999999998`},
		{"DOUBLE", "3", `3.0`},
		{"DOUBLE", "-0", `-0.0`},
		{"DOUBLE", "-357886640000000", `-357886640000000.0`},
		{"DOUBLE", "0.1", `0.10000000000000001`},
		{"DOUBLE", "1e20", `1e+20`},
		{"DOUBLE", "5e-324", `4.9406564584124654e-324`},
		{"DOUBLE", "NaN", `null`},
		{"CHAR(5)", "ab   ", `"ab   "`},
		{"VARCHAR(50)", "a\"\\\n\r\t\x01\u2028<\U0001F600", "\"a\\\"\\\\\\n\\r\\t\\u0001\u2028<\U0001F600\""},
		{"VARCHAR(50)", "", `null`},
		{"DATE", "2024-06-18", `"18.06.2024"`},
		{"DATE", "0001-01-01", `"01.01.0001"`},
		{"TIMESTAMP", "2024-06-18 17:22:13.123987", `"18-JUN-2024 05:22:13.12300 PM"`},
		{"TIMESTAMP(9)", "2024-06-18 00:22:13.123456789", `"18-JUN-2024 12:22:13.12345 AM"`},
		{"TIMESTAMP(1) WITH LOCAL TIME ZONE", "2024-06-18 12:00:00.99", `"18-JUN-2024 12:00:00.90000 PM"`},
		{"INTERVAL YEAR TO MONTH", "5-3", `"+05-03"`},
		{"INTERVAL YEAR(4) TO MONTH", "-1000-05", `"-1000-05"`},
		{"INTERVAL DAY TO SECOND", "-0 00:00:01", `"-00 00:00:01.000"`},
		{"INTERVAL DAY(9) TO SECOND(9)", "+3 10:59:59.123", `"+000000003 10:59:59.123000000"`},
		{"INTERVAL DAY TO SECOND(0)", "3 10:59:59.9", `"+03 10:59:59"`},
		{"GEOMETRY", "POINT (1 2)", `"POINT (1 2)"`},
		{"HASHTYPE", "550e8400e29b11d4a716446655440000", `"550e8400e29b11d4a716446655440000"`},
	} {
		dt, err := exatest.ParseType(tt.dataType)
		if err != nil {
			t.Fatal(err)
		}
		cols = append(cols, commands.ColumnInfo{Name: tt.dataType, DataType: dt})
		values = append(values, exatest.TextValues(tt.text))
		want = append(want, "["+tt.json+"]")
	}
	srv := exatest.NewServer(t, exatest.WithSessionAttribute("dateFormat", "DD.MM.YYYY"), exatest.WithSessionAttribute("datetimeFormat", "DD-MON-YYYY HH12:MI:SS.FF5 AM"),
		exatest.WithSessionAttribute("numericCharacters", ",."))
	srv.HandleSQL("Q", exatest.Rows(cols, values...))
	c := testclient.Connect(t, srv)
	var envelope struct {
		ResponseData struct {
			Results []struct {
				ResultSet struct{ Data []json.RawMessage }
			}
		}
	}
	if err := json.Unmarshal([]byte(c.Execute("Q").Raw), &envelope); err != nil {
		t.Fatal(err)
	}
	for i, got := range envelope.ResponseData.Results[0].ResultSet.Data {
		if string(got) != want[i] {
			t.Errorf("%s %v: got %s, want %s", cols[i].Name, values[i], got, want[i])
		}
	}
	c.Bye()
}

func TestOldTimestamps(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithRelease("8.20.0"))
	srv.HandleSQL("Q", exatest.Rows(exatest.Columns("A TIMESTAMP(9)"), exatest.TextValues("2024-06-18 17:22:13.123456789")))
	c := testclient.Connect(t, srv)
	if a := c.Execute("Q"); !strings.Contains(a.Raw, `"2024-06-18 17:22:13.123000"`) {
		t.Errorf("got %s", a.Raw)
	}
	c.Bye()
}

func TestTimeFormats(t *testing.T) {
	moment := "2024-03-07 09:05:06.012345678"
	for format, want := range map[string]string{
		"YYYY-MM-DD HH24:MI:SS.FF9": "2024-03-07 09:05:06.012345678",
		"YYYY-MM-DD HH24:MI:SS":     "2024-03-07 09:05:06",
		"YYYYMMDDHH24MISSFF3":       "20240307090506012",
		"DAY DD MONTH YYYY":         "THURSDAY 07 MARCH 2024",
		"DY DD-MON-YYYY":            "THU 07-MAR-2024",
		"YYYY-MM-DD HH12:MI PM":     "2024-03-07 09:05 AM",
		"yyyy/mm/dd hh-mi-ss.ff6":   "2024/03/07 09-05-06.012345",
	} {
		srv := exatest.NewServer(t, exatest.WithSessionAttribute("datetimeFormat", format))
		srv.HandleSQL("Q", exatest.Rows(exatest.Columns("A TIMESTAMP(9)"), exatest.TextValues(moment)))
		srv.HandleSQL("P ?", exatest.Func(func(r *exatest.Request) exatest.Response {
			return exatest.Rows(exatest.Columns("A TIMESTAMP(9)"), r.Params...).Params(exatest.Columns(`"" TIMESTAMP(9)`)...)
		}))
		c := testclient.Connect(t, srv)
		if got := testclient.Data(c.Execute("Q").Set(0)); got != `[[`+testclient.Quote(want)+`]]` {
			t.Errorf("%s: got %s, want %s", format, got, want)
		}
		// What was written can be read back, and gives the same text.
		c.OK(`{"command":"createPreparedStatement","sqlText":"P ?"}`)
		a := c.Do(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"data":[[%s]]}`, testclient.Quote(want))
		if got := testclient.Data(a.Set(0)); got != `[[`+testclient.Quote(want)+`]]` {
			t.Errorf("%s: parsed and written again: %s", format, a.Raw)
		}
		c.OK(`{"command":"closePreparedStatement","statementHandle":1}`)
		c.Bye()
	}
}

func TestValuesOf(t *testing.T) {
	type name string
	type flag bool
	seven := 7
	moment := time.Date(2024, 6, 18, 17, 22, 13, 5e8, time.FixedZone("x", 3600))
	for _, tt := range []struct {
		values exatest.Values
		want   string
	}{
		{exatest.ValuesOf([]int{-1, 2}), "-1,2"},
		{exatest.ValuesOf([]int8{-1}), "-1"},
		{exatest.ValuesOf([]uint64{math.MaxUint64}), "18446744073709551615"},
		{exatest.ValuesOf([]float64{0.5, 1e300}), "0.5,1e+300"},
		{exatest.ValuesOf([]float32{0.1}), "0.1"},
		{exatest.ValuesOf([]bool{true, false}), "true,false"},
		{exatest.ValuesOf([]flag{true}), "true"},
		{exatest.ValuesOf([]string{"a", ""}), "a,"},
		{exatest.ValuesOf([]name{"b"}), "b"},
		{exatest.ValuesOf([][]byte{[]byte("x"), nil}), "x,NULL"},
		{exatest.ValuesOf([]*int{&seven, nil}), "7,NULL"},
		{exatest.ValuesOf([]time.Time{moment}), "2024-06-18 17:22:13.5"},
		{exatest.ValuesOf([]*time.Time{&moment, nil}), "2024-06-18 17:22:13.5,NULL"},
		{exatest.ValuesOf([]time.Duration{26*time.Hour + 1, -time.Second, math.MinInt64}), "+1 02:00:00.000000001,-0 00:00:01.000000000,-106751 23:47:16.854775808"},
		{exatest.ValuesOf([]sql.Null[int64]{{V: 4, Valid: true}, {}}), "4,NULL"},
		{exatest.ValuesOf([]sql.NullString{{String: "s", Valid: true}, {}}), "s,NULL"},
		{exatest.ValuesOf([]*big.Int{big.NewInt(12)}), "12"},
		{exatest.ValuesOf([]any{1, "a", nil, true, &seven, moment}), "1,a,NULL,true,7,2024-06-18 17:22:13.5"},
	} {
		if got := texts([]exatest.Values{tt.values}); got != tt.want {
			t.Errorf("%T: got %s, want %s", tt.values, got, tt.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a channel has a text form")
		}
	}()
	exatest.ValuesOf([]chan int{nil}).AppendText(nil, 0)
}

func TestColumns(t *testing.T) {
	cols := exatest.Columns(` id INT, "Mixed, ""case""" VARCHAR(100) UTF8 , D DECIMAL(12, 2), "" DOUBLE PRECISION, i INTERVAL DAY(3) TO SECOND,
		j INTERVAL DAY TO SECOND(6), k INTERVAL YEAR(4) TO MONTH, h HASHTYPE(64 BIT), t TIMESTAMP(6) WITH LOCAL TIME ZONE, n BIGINT`)
	var got []string
	for _, c := range cols {
		got = append(got, c.Name+": "+c.DataType.String())
	}
	want := []string{
		"ID: DECIMAL(18,0)", `Mixed, "case": VARCHAR(100) UTF8`, "D: DECIMAL(12,2)", ": DOUBLE PRECISION", "I: INTERVAL DAY(3) TO SECOND(3)",
		"J: INTERVAL DAY(2) TO SECOND(6)", "K: INTERVAL YEAR(4) TO MONTH", "H: HASHTYPE(8 BYTE)", "T: TIMESTAMP(6) WITH LOCAL TIME ZONE",
		"N: DECIMAL(36,0)",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := exatest.Columns(""); len(got) != 0 || got == nil {
		t.Errorf("no columns: %v", got)
	}
	for _, bad := range []string{"ID", `"A VARCHAR`, "A DECIMAL(1", "A DECIMAL)", "A 5", "A DECIMAL((1))", `"A"`} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was taken", bad)
				}
			}()
			exatest.Columns(bad)
		}()
	}
}

func TestRowsPanics(t *testing.T) {
	for name, fn := range map[string]func(){
		"too few columns": func() { exatest.Rows(exatest.Columns("A INT, B INT"), exatest.TextValues("1")) },
		"ragged":          func() { exatest.Rows(exatest.Columns("A INT, B INT"), exatest.TextValues("1"), exatest.TextValues()) },
		"nil":             func() { exatest.Rows(exatest.Columns("A INT"), nil) },
		"results":         func() { exatest.Results(exatest.Hang()) },
		"data":            func() { exatest.Data(func() {}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			fn()
		}()
	}
}
