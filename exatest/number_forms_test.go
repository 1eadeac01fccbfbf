package exatest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// TestNumberForms: each form that an option asks for.
func TestNumberForms(t *testing.T) {
	for name, tt := range map[string]struct {
		opts []exatest.Option
		want string
	}{
		"by default":       {nil, `[[1],["1"],["1.5"],[3.0],[1e+20]]`},
		"by value":         {[]exatest.Option{exatest.WithDecimalsByValue()}, `[[1],[1],["1.5"],[3.0],[1e+20]]`},
		"integer doubles":  {[]exatest.Option{exatest.WithIntegerDoubles()}, `[[1],["1"],["1.5"],[3],[1e+20]]`},
		"comma":            {[]exatest.Option{exatest.WithSessionAttribute("numericCharacters", ",.")}, `[[1],["1"],["1,5"],[3.0],[1e+20]]`},
		"not one byte":     {[]exatest.Option{exatest.WithSessionAttribute("numericCharacters", "\u066b.")}, `[[1],["1"],["1` + "\u066b" + `5"],[3.0],[1e+20]]`},
		"comma, but point": {[]exatest.Option{exatest.WithSessionAttribute("numericCharacters", ",."), exatest.WithDecimalPoints()}, `[[1],["1"],["1.5"],[3.0],[1e+20]]`},
	} {
		t.Run(name, func(t *testing.T) {
			srv := exatest.NewServer(t, tt.opts...)
			one := exatest.TextValues("1")
			srv.HandleSQL("Q", exatest.Rows(exatest.Columns("A DECIMAL(18,0), B DECIMAL(19,0), C DECIMAL(18,2), D DOUBLE, E DOUBLE"),
				one, one, exatest.TextValues("1.50"), exatest.TextValues("3"), exatest.TextValues("1e20")))
			c := testclient.Connect(t, srv)
			if diff := cmp.Diff(tt.want, testclient.Data(c.Execute("Q").Set(0))); diff != "" {
				t.Error(diff)
			}
			c.Bye()
		})
	}
}

// TestDecimalParameters: the same parameters on servers that read them differently.
func TestDecimalParameters(t *testing.T) {
	comma := exatest.WithSessionAttribute("numericCharacters", ",.")
	const badCast = "22018"
	params := []string{`"1.5"`, `"1,5"`, `1.5`, `"15"`, `"1.234,5"`, `"1,234.5"`, `0.1234567890123456789`, `42`}
	for name, tt := range map[string]struct {
		opts []exatest.Option
		want []string
	}{
		"point":              {nil, []string{"1.5", badCast, "1.5", "15", badCast, badCast, "0.1234567890123456789", "42"}},
		"session":            {[]exatest.Option{comma}, []string{badCast, "1.5", "1.5", "15", badCast, badCast, "0.1234567890123456789", "42"}},
		"point in a session": {[]exatest.Option{comma, exatest.WithDecimalReading(exatest.PointSeparator)}, []string{"1.5", badCast, "1.5", "15", badCast, badCast, "0.1234567890123456789", "42"}},
		"as doubles":         {[]exatest.Option{exatest.WithDecimalNumbersAsDoubles()}, []string{"1.5", badCast, "1.5", "15", badCast, badCast, "0.1234567890123456774", "42"}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := exatest.NewServer(t, tt.opts...)
			srv.HandleSQL("P ?", exatest.Func(func(r *exatest.Request) exatest.Response {
				return exatest.Rows(exatest.Columns("A VARCHAR(100)"), r.Params...).Params(exatest.Columns(`"" DECIMAL(36,19)`)...)
			}))
			c := testclient.Connect(t, srv)
			c.OK(`{"command":"createPreparedStatement","sqlText":"P ?"}`)
			var got []string
			for _, param := range params {
				a := c.Do(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"data":[[%s]]}`, param)
				if strings.Contains(a.Raw, badCast) {
					got = append(got, badCast)
				} else {
					got = append(got, strings.Trim(testclient.Data(a.Set(0)), `[]"`))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			c.OK(`{"command":"closePreparedStatement","statementHandle":1}`)
			c.Bye()
		})
	}
}
