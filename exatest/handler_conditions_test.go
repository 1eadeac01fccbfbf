package exatest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/google/go-cmp/cmp"
)

func TestWhiteSpaceOfStatements(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("SELECT  a,\n\tb FROM t WHERE c = 'x  y' ;", exatest.RowCount(1))
	srv.HandleSQL("DELETE\nFROM t ...", exatest.RowCount(2))
	c := testclient.Connect(t, srv)
	for sql, want := range map[string]string{
		"SELECT a, b FROM t WHERE c = 'x  y'":            "1",
		"\nSELECT a,\r\n  b FROM t\nWHERE c = 'x  y';\n": "1",
		"SELECT a, b FROM t WHERE c = 'x y'":             "0A000",
		"SELECT a,b FROM t WHERE c = 'x  y'":             "0A000",
		"DELETE   FROM t WHERE a = 1":                    "2",
		"DELETE -- all\nFROM t":                          "0A000",
	} {
		a := c.Execute(sql)
		got := a.Exception.SQLCode
		if a.Status == "ok" {
			got = fmt.Sprint(a.Result(0)["rowCount"])
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", sql, got, want)
		}
	}
	c.Bye()
}

const allTypes = `"" BOOLEAN, "" DECIMAL(9,0), "" DECIMAL(12,2), "" DECIMAL(36,0), "" DOUBLE, "" CHAR(3), "" VARCHAR(9), "" DATE,
	"" TIMESTAMP(9), "" INTERVAL DAY TO SECOND, "" INTERVAL YEAR TO MONTH, "" HASHTYPE(2 BYTE)`

var allColumns = []string{
	`[true]`, `[7]`, `["7.50"]`, `["100000000000000000000"]`, `[2.5]`, `["a"]`, `["b"]`, `["2024-06-18"]`,
	`["2024-06-18 01:02:03.500000"]`, `["-1 02:00:00.000"]`, `["5-3"]`, `["0AFF"]`,
}

func TestParamRows(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("P", exatest.OK().Params(exatest.Columns(allTypes)...))
	srv.HandleSQL("Q", exatest.OK().Params(exatest.Columns(`"" VARCHAR(9), "" INTERVAL DAY(9) TO SECOND`)...))
	c := testclient.Connect(t, srv)
	p, q := c.Prepare("P"), c.Prepare("Q")
	c.Run(p, 1, allColumns...)
	c.Run(q, 5, `["x","","z","u","v"]`, `[null,"0 00:00:01","200000 00:00:00",null,null]`)
	c.OK(`{"command":"closePreparedStatement","statementHandle":%s}`, p)
	c.OK(`{"command":"closePreparedStatement","statementHandle":%s}`, q)
	c.OK(`{"command":"executeBatch","sqlTexts":["COMMIT","ROLLBACK"]}`)
	c.Execute("COMMIT")
	c.Bye()

	requests := srv.Requests("executePreparedStatement")
	want := [][]any{{
		true, int64(7), "7.5", "100000000000000000000", 2.5, "a  ", "b", time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC),
		time.Date(2024, 6, 18, 1, 2, 3, 5e8, time.UTC), -26 * time.Hour, "+05-03", "0aff",
	}}
	if diff := cmp.Diff(want, requests[0].ParamRows()); diff != "" {
		t.Errorf("one row (-want +got):\n%s", diff)
	}
	want = [][]any{{"x", nil}, {nil, time.Second}, {"z", "+000200000 00:00:00.000"}, {"u", nil}, {"v", nil}}
	if diff := cmp.Diff(want, requests[1].ParamRows()); diff != "" {
		t.Errorf("five rows (-want +got):\n%s", diff)
	}
	if got, want := requests[1].String(), `executePreparedStatement Q with ("x", NULL), (NULL, 1s), ("z", "+000200000 00:00:00.000") and 2 more rows`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := srv.Requests("executeBatch")[0].String(), "executeBatch COMMIT; ROLLBACK"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"P", "Q", "COMMIT", "ROLLBACK", "COMMIT"}, srv.Statements()); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
	for _, r := range srv.Requests(exatest.Credentials) {
		if r.String() != "credentials" {
			t.Errorf("a login is written as %s", r)
		}
	}
}

func TestWithParams(t *testing.T) {
	srv := exatest.NewServer(t)
	query := func(n int64, params ...any) *exatest.Handler {
		return srv.HandleSQL("UPDATE ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?", exatest.RowCount(n).Params(exatest.Columns(allTypes)...)).WithParams(params...)
	}
	equal := []any{
		true, "7.0", 7.5, "100000000000000000000", "25e-1", "a", "b", time.Date(2024, 6, 18, 0, 0, 0, 0, time.FixedZone("x", 3600)),
		time.Date(2024, 6, 18, 1, 2, 3, 5e8, time.Local), -26 * time.Hour, "5-3", "0a-FF",
	}
	query(99) // no parameters at all
	for i := range equal {
		for _, wrong := range []any{nil, "", "zz"} {
			params := append([]any{}, equal...)
			params[i] = wrong
			query(99, params...)
		}
	}
	c := testclient.Connect(t, srv)
	h := c.Prepare("UPDATE ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?")
	a := c.Run(h, 1, allColumns...)
	c.Failed(a, "0A000", `with (true, 7, "7.5", "100000000000000000000", 2.5, "a  ", "b", 2024-06-18 00:00:00, 2024-06-18 01:02:03.5, -26h0m0s, "+05-03", "0aff"); `+
		`HandleSQL("UPDATE ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?") of handler_conditions_test.go:`)
	c.Failed(a, "0A000", `wants the parameters (true, "7.0", 7.5`)
	c.Failed(a, "0A000", `; 34 more (Session: `)
	good := query(1, equal...)
	if a := c.Run(h, 1, allColumns...); fmt.Sprint(a.Result(0)["rowCount"]) != "1" || good.Calls() != 1 {
		t.Errorf("got %s", a.Raw)
	}
	twice := make([]string, len(allColumns))
	for i, column := range allColumns {
		value := strings.Trim(column, "[]")
		twice[i] = "[" + value + "," + value + "]"
	}
	c.Failed(c.Run(h, 2, twice...), "0A000", "wants the parameters")
	query(2, true, exatest.Any, exatest.Any, exatest.Any, exatest.Any, exatest.Any, exatest.Any, exatest.Any, exatest.Any, exatest.Any, exatest.Any, exatest.Any)
	nulls := strings.Split(strings.Repeat("[null] ", 12), " ")[:12]
	c.Failed(c.Run(h, 1, nulls...), "0A000", "wants the parameters (true, any")
	nulls[0] = "[true]"
	if a := c.Run(h, 1, nulls...); fmt.Sprint(a.Result(0)["rowCount"]) != "2" {
		t.Errorf("got %s", a.Raw)
	}
	c.OK(`{"command":"closePreparedStatement","statementHandle":%s}`, h)
	c.Bye()
}

// An exception for some parameters waits for the execution; what a compiler finds in the text does not.
func TestWithParamsAndExceptions(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("INSERT ?", exatest.RowCount(1).Params(exatest.Columns(`"" INT`)...))
	srv.HandleSQL("INSERT ?", exatest.Exception("42000", "no seven").Params(exatest.Columns(`"" INT`)...)).WithParams(7)
	many := srv.HandleSQL("INSERT ?", exatest.RowCount(3)).When(func(r *exatest.Request) bool { return len(r.ParamRows()) == 3 })
	c := testclient.Connect(t, srv)
	h := c.Prepare("INSERT ?")
	if a := c.Run(h, 1, "[6]"); fmt.Sprint(a.Result(0)["rowCount"]) != "1" {
		t.Errorf("got %s", a.Raw)
	}
	c.Failed(c.Run(h, 1, "[7]"), "42000", "no seven")
	if a := c.Run(h, 3, "[7,8,9]"); fmt.Sprint(a.Result(0)["rowCount"]) != "3" || many.Calls() != 1 {
		t.Errorf("got %s", a.Raw)
	}
	c.OK(`{"command":"closePreparedStatement","statementHandle":%s}`, h)
	c.Bye()
}

func TestExpect(t *testing.T) {
	type run struct {
		statements []string
		unmet      []string
		answers    []string // codes, or row counts
	}
	for name, want := range map[string]run{
		"all":     {[]string{"A", "B", "B", "C", "C"}, nil, []string{"1", "2", "2", "3", "3"}},
		"none":    {nil, []string{`Handle("getHosts")`, "has answered nothing", `HandleSQL("A")`, "has given 0 of 1 answers", `HandleSQL("B...")`, "0 of 2", `HandleSQL("C")`, "answered nothing"}, nil},
		"some":    {[]string{"B", "C"}, []string{`HandleSQL("A")`, "has given 0 of 1 answers", `HandleSQL("B...")`, "has given 1 of 2 answers"}, []string{"2", "3"}},
		"too few": {[]string{"A", "A", "B", "B", "C"}, nil, []string{"1", "0A000", "2", "2", "3"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &reporter{TB: t, errors: make(chan string, 10)}
			t.Run("server", func(t *testing.T) {
				r.TB = t
				srv := exatest.NewServer(r)
				srv.HandleSQL("A", exatest.RowCount(1)).Once().Expect()
				srv.HandleSQL("B...", exatest.RowCount(2)).Times(2).Expect()
				srv.HandleSQL("C", exatest.RowCount(3)).Expect()
				srv.HandleSQL("D", exatest.RowCount(4)).Times(3)
				srv.HandleSQL("E", exatest.RowCount(5)).Expect().Remove()
				hosts := srv.Handle("getHosts", func(*exatest.Request) exatest.Response { return exatest.OK() }).Expect()
				c := testclient.Connect(t, srv)
				for i, sql := range want.statements {
					a := c.Execute(sql)
					got := a.Exception.SQLCode
					if a.Status == "ok" {
						got = fmt.Sprint(a.Result(0)["rowCount"])
					} else {
						c.Failed(a, "0A000", `; HandleSQL("A") of handler_conditions_test.go:`)
						c.Failed(a, "0A000", "has given all its answers (Session: ")
					}
					if got != want.answers[i] {
						t.Errorf("%s: got %s, want %s", sql, got, want.answers[i])
					}
				}
				if len(want.unmet) == 0 || want.statements != nil {
					c.OK(`{"command":"getHosts","hostIp":"1.2.3.4"}`)
					if hosts.Calls() != 1 {
						t.Errorf("%d calls of getHosts", hosts.Calls())
					}
				}
				c.Bye()
				if unmet := srv.Unmet(); len(unmet) != len(want.unmet)/2 {
					t.Errorf("unmet: %q", unmet)
				}
			})
			if len(want.unmet) == 0 {
				if len(r.errors) != 0 {
					t.Errorf("the test fails with %s", <-r.errors)
				}
				return
			}
			if len(r.errors) != 1 {
				t.Fatalf("the test fails %d times", len(r.errors))
			}
			text := <-r.errors
			for _, part := range want.unmet {
				if !strings.Contains(text, part) {
					t.Errorf("no %q in\n%s", part, text)
				}
			}
			sent := "what clients have sent:\n\tnothing"
			if want.statements != nil {
				sent = "what clients have sent:\n\texecute B\n\texecute C\n\tgetHosts"
			}
			if !strings.HasSuffix(text, sent) {
				t.Errorf("%q does not end with %q", text, sent)
			}
		})
	}
}

// A handler may look at the server, and a condition too.
func TestConditionsAreFree(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("A", exatest.RowCount(2)).When(func(*exatest.Request) bool { return len(srv.Requests("execute")) == 2 })
	c := testclient.Connect(t, srv)
	c.Failed(c.Execute("A"), "0A000", "wants what its When asks for")
	if a := c.Execute("A"); a.Status != "ok" {
		t.Errorf("got %s", a.Raw)
	}
	c.Bye()
}
