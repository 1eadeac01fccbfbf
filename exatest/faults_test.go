package exatest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
)

// faulty runs fn with a session on a server that has a result of three rows, and then injects the fault.
func faulty(t *testing.T, f exatest.Fault, fn func(t *testing.T, c *client), login ...string) {
	t.Run(f.String(), func(t *testing.T) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
			srv.HandleSQL("Q", exatest.Rows(exatest.Columns("A INT, B VARCHAR(9)"), exatest.ValuesOf(numbers(3)), exatest.TextValues("x", "y", "z")))
			srv.HandleSQL("BIG", exatest.Rows(exatest.Columns("A INT"), exatest.ValuesOf(numbers(1000))))
			c := dial(t, srv, srv.Addr(), false)
			c.login(strings.Join(login, ""))
			c.compressed = len(login) > 0
			i := srv.Inject(f)
			fn(t, c)
			if i.Count() == 0 {
				t.Error("the fault has not struck")
			}
		})
	})
}

const (
	plainAnswer = `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{"numColumns":2,"numRows":3,` +
		`"numRowsInMessage":3,"columns":[{"name":"A","dataType":{"type":"DECIMAL","precision":18,"scale":0}},{"name":"B","dataType":` +
		`{"type":"VARCHAR","size":9,"characterSet":"UTF8"}}],"data":[[0,1,2],["x","y","z"]]}}]}}`
	query = `{"command":"execute","sqlText":"Q"}`
)

func TestConnectionFaults(t *testing.T) {
	faulty(t, exatest.FragmentFrames(1), func(t *testing.T, c *client) {
		if a := c.execute("Q"); a.raw != plainAnswer || c.frames != len(plainAnswer) {
			t.Errorf("%d frames, %s", c.frames, a.raw)
		}
	})
	faulty(t, exatest.PadTo(1<<20), func(t *testing.T, c *client) {
		if a := c.execute("Q"); len(a.raw) != 1<<20 || strings.TrimRight(a.raw, " ") != plainAnswer || c.frames != 1 {
			t.Errorf("%d frames, %d bytes", c.frames, len(a.raw))
		}
	})
	faulty(t, exatest.Pongs(2, "FETCHING"), func(t *testing.T, c *client) {
		if a := c.execute("Q"); a.raw != plainAnswer || strings.Join(c.pongs, " ") != "FETCHING FETCHING" {
			t.Errorf("pongs %q, %s", c.pongs, a.raw)
		}
		c.srv.Inject(exatest.FragmentFrames(100))
		if c.execute("Q"); len(c.pongs) != 2+(len(plainAnswer)-1)/100 {
			t.Errorf("%d pongs between %d frames", len(c.pongs), c.frames)
		}
	})
	faulty(t, exatest.StatusMessages("EXECUTING", "FETCHING"), func(t *testing.T, c *client) {
		c.send(query)
		for _, want := range []string{"EXECUTING", "FETCHING", plainAnswer} {
			if got, err := c.recv(); got != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		}
	})
	faulty(t, exatest.Delay(time.Minute), func(t *testing.T, c *client) {
		began := time.Now()
		if c.execute("Q"); time.Since(began) != time.Minute {
			t.Errorf("after %v", time.Since(began))
		}
	})
	faulty(t, exatest.Drip(10, time.Second), func(t *testing.T, c *client) {
		began := time.Now()
		want := time.Duration((len(plainAnswer)+4-1)/10) * time.Second
		if a := c.execute("Q"); time.Since(began) != want || a.raw != plainAnswer {
			t.Errorf("after %v, want %v", time.Since(began), want)
		}
	})
	faulty(t, exatest.ExtraAnswer(), func(t *testing.T, c *client) {
		if a, b := c.execute("Q"), c.receive(); a.raw != plainAnswer || b.raw != plainAnswer {
			t.Errorf("got %s and %s", a.raw, b.raw)
		}
	})
	faulty(t, exatest.CutRequest(), func(t *testing.T, c *client) {
		c.send(query)
		if text, err := c.recv(); text != "" || !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %q, %v", text, err)
		}
	})
	faulty(t, exatest.CutAnswer().On("execute").Skip(1), func(t *testing.T, c *client) {
		c.execute("Q")
		c.send(query)
		if text, err := c.recv(); err == nil {
			t.Errorf("got %q", text)
		}
		if n := len(c.srv.Requests("execute")); n != 2 {
			t.Errorf("%d requests logged", n)
		}
	})
	faulty(t, exatest.CutMiddle(), func(t *testing.T, c *client) {
		c.send(query)
		if text, err := c.recv(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %q, %v", text, err)
		}
	})
	faulty(t, exatest.CutFragment(), func(t *testing.T, c *client) {
		c.send(query)
		if text, err := c.recv(); err == nil || c.frames != 1 {
			t.Errorf("got %q, %v after %d frames", text, err, c.frames)
		}
	})
	faulty(t, exatest.CutAfter(), func(t *testing.T, c *client) {
		if a := c.execute("Q"); a.raw != plainAnswer {
			t.Errorf("got %s", a.raw)
		}
		var closed *closeError
		if _, err := c.recv(); err == nil || errors.As(err, &closed) {
			t.Errorf("got %v, want the end without a Close frame", err)
		}
	})
}

func TestCutAtLogin(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.Inject(exatest.CutAfter().On(exatest.Credentials).Times(2))
	c := dial(t, srv, srv.Addr(), false)
	if a := c.tryLogin(5, "sys", "wrong", ""); a.Exception.SQLCode != "08004" {
		t.Errorf("got %s", a.raw)
	}
	var closed *closeError
	if _, err := c.recv(); err == nil || errors.As(err, &closed) {
		t.Errorf("got %v, want the end without a Close frame", err)
	}
	c = connect(t, srv)
	c.gone()
	connect(t, srv).bye()
}

func TestCompressionFaults(t *testing.T) {
	const on = `,"useCompression":true`
	raw := func(c *client) (byte, int) {
		c.send(query)
		c.compressed = false // read what is on the wire
		text, err := c.recv()
		if err != nil {
			c.t.Fatal(err)
		}
		return c.opcode, len(text)
	}
	faulty(t, exatest.CorruptZlib(), func(t *testing.T, c *client) {
		c.send(query)
		if _, err := c.recv(); err == nil || !strings.Contains(err.Error(), "checksum") {
			t.Errorf("got %v", err)
		}
	}, on)
	faulty(t, exatest.TruncateZlib(), func(t *testing.T, c *client) {
		c.send(query)
		if _, err := c.recv(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}
	}, on)
	faulty(t, exatest.ZlibBomb(8<<20), func(t *testing.T, c *client) {
		if opcode, n := raw(c); opcode != 2 || n > 100<<10 {
			t.Errorf("%d bytes with opcode %d", n, opcode)
		}
		c.compressed = true
		c.send(query)
		if text, err := c.recv(); len(text) != 8<<20 || err != nil {
			t.Errorf("%d bytes inflated, %v", len(text), err)
		}
	}, on)
	faulty(t, exatest.TextWhileCompressed(), func(t *testing.T, c *client) {
		if opcode, n := raw(c); opcode != 1 || n != len(plainAnswer) {
			t.Errorf("%d bytes with opcode %d", n, opcode)
		}
	}, on)
	faulty(t, exatest.BinaryFrames(), func(t *testing.T, c *client) {
		if opcode, n := raw(c); opcode != 2 || n != len(plainAnswer) {
			t.Errorf("%d bytes with opcode %d", n, opcode)
		}
	})
	faulty(t, exatest.ZlibBomb(10), func(t *testing.T, c *client) {
		if a := c.execute("Q"); a.raw != plainAnswer {
			t.Errorf("a message that is not compressed was changed: %s", a.raw)
		}
	})
}

// canonical is a document with its keys in order.
func canonical(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDocumentFaults(t *testing.T) {
	for _, tt := range []struct {
		fault exatest.Fault
		check func(text string) bool
	}{
		{exatest.TruncateJSON(), func(s string) bool { return s == plainAnswer[:len(plainAnswer)/2] }},
		{exatest.Garbage(), func(s string) bool { return !json.Valid([]byte(s)) }},
		{exatest.Replace("DECIMAL", "FUTURE"), func(s string) bool { return s == strings.ReplaceAll(plainAnswer, "DECIMAL", "FUTURE") }},
		{exatest.WhiteSpace(), func(s string) bool {
			return s != plainAnswer && strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(s) == plainAnswer
		}},
		{exatest.ReorderKeys(), func(s string) bool {
			return strings.HasPrefix(s, `{"responseData":{"results":[{"resultSet":{"data":[[0,1,2]`) && canonical(t, s) == canonical(t, plainAnswer)
		}},
		{exatest.UnknownKeys(), func(s string) bool {
			return json.Valid([]byte(s)) && strings.Count(s, `"zzFirst"`) == 8 && strings.Count(s, `"zzLast"`) == 8 && strings.HasPrefix(s, `{"zzFirst"`)
		}},
		{exatest.OmitKeys("data", "numRowsInMessage", "numResults"), func(s string) bool {
			return !strings.Contains(s, `"data":`) && !strings.Contains(s, "numRowsIn") && !strings.Contains(s, "numResults") && strings.Contains(s, `"numRows":3`)
		}},
		{exatest.SetKey("numRows", -5), func(s string) bool { return s == strings.Replace(plainAnswer, `"numRows":3`, `"numRows":-5`, 1) }},
		{exatest.AttributesEverywhere(), func(s string) bool {
			return strings.Contains(s, `"attributes":{"autocommit":true`) && strings.Contains(s, "timezone")
		}},
		{exatest.DuplicateNames(), func(s string) bool { return strings.Count(s, `"name":"A"`) == 2 }},
		{exatest.EmptyNames(), func(s string) bool { return strings.Count(s, `"name":""`) == 2 }},
		{exatest.WrongNumRows(2), func(s string) bool {
			return strings.Contains(s, `"numRowsInMessage":5`) && strings.Contains(s, `"numRows":3`)
		}},
		{exatest.MissingColumn(), func(s string) bool {
			return strings.Contains(s, `"data":[[0,1,2]]`) && strings.Contains(s, `"numColumns":2`)
		}},
		{exatest.RaggedColumns(), func(s string) bool { return strings.Contains(s, `"data":[[0,1,2],["x","y"]]`) }},
		{exatest.WrongKinds(), func(s string) bool { return strings.Contains(s, `"data":[[{"a":[1]},1,2],[{"a":[1]},"y","z"]]`) }},
		{exatest.NumbersAsStrings(), func(s string) bool { return strings.Contains(s, `"data":[["0","1","2"],["x","y","z"]]`) }},
		{exatest.NegativeHandles(), func(s string) bool {
			return strings.Contains(s, `"resultSetHandle":-3`) && strings.Contains(s, `"data":[[0,1,2],["x","y","z"]]`)
		}},
		{exatest.SplitInline(0), func(s string) bool {
			return strings.Contains(s, `"resultSetHandle":1`) && !strings.Contains(s, `"data"`)
		}},
		{exatest.SplitInline(2), func(s string) bool {
			return strings.Contains(s, `"resultSetHandle":1`) && strings.Contains(s, `"numRowsInMessage":2`) && strings.Contains(s, `"data":[[0,1],["x","y"]]`)
		}},
		{exatest.SplitInline(9), func(s string) bool {
			return strings.Contains(s, `"resultSetHandle":1`) && strings.Contains(s, `"numRowsInMessage":3`)
		}},
	} {
		faulty(t, tt.fault, func(t *testing.T, c *client) {
			c.send(query)
			if text, err := c.recv(); err != nil || !tt.check(text) {
				t.Errorf("got %s, %v", text, err)
			}
		})
	}
}

func TestFetchFaults(t *testing.T) {
	const fetch = `{"command":"fetch","resultSetHandle":1,"startPosition":10,"numBytes":5000}`
	for _, tt := range []struct {
		fault exatest.Fault
		want  string
	}{
		{exatest.FetchRows(1), `{"status":"ok","responseData":{"numRows":1,"data":[[10]]}}`},
		{exatest.FetchRows(0), `{"status":"ok","responseData":{"numRows":0}}`},
		{exatest.AllRows(), `{"status":"ok","responseData":{"numRows":990,"data":[[` + strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers(1000)[10:]), " ", ","), "[]") + `]]}}`},
		{exatest.FetchRows(2).Once(), `{"status":"ok","responseData":{"numRows":2,"data":[[10,11]]}}`},
		{exatest.WrongNumRows(-989).On("fetch"), `{"status":"ok","responseData":{"numRows":1,"data":[[` + strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers(1000)[10:]), " ", ","), "[]") + `]]}}`},
	} {
		faulty(t, tt.fault, func(t *testing.T, c *client) {
			c.execute("BIG")
			if a := c.do(fetch); a.raw != tt.want {
				t.Errorf("got %s, want %s", a.raw, tt.want)
			}
		})
	}
}

func TestEmptyArrays(t *testing.T) {
	faulty(t, exatest.EmptyArrays(), func(t *testing.T, c *client) {
		c.srv.HandleSQL("NONE", exatest.Rows(exatest.Columns("A INT, B INT")))
		if a := c.execute("NONE"); !strings.Contains(a.raw, `"numRowsInMessage":0,"columns":[`) || data(a.set(0)) != "[[],[]]" {
			t.Errorf("got %s", a.raw)
		}
		if a := c.execute("BIG"); data(a.set(0)) != "[[]]" || a.set(0)["resultSetHandle"] == nil {
			t.Errorf("got %s", a.raw)
		}
		if a := c.execute("Q"); a.raw != plainAnswer {
			t.Errorf("got %s", a.raw)
		}
	})
}

func TestOpenTransactionAsNumber(t *testing.T) {
	faulty(t, exatest.OpenTransactionAsNumber(), func(t *testing.T, c *client) {
		c.ok(`{"command":"setAttributes","attributes":{"autocommit":false}}`)
		if a := c.execute("Q"); fmt.Sprint(a.Attrs["openTransaction"]) != "1" {
			t.Errorf("got %s", a.raw)
		}
		if a := c.execute("COMMIT"); fmt.Sprint(a.Attrs["openTransaction"]) != "0" {
			t.Errorf("got %s", a.raw)
		}
	})
}

func TestInjection(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("Q", exatest.OK())
	c := connect(t, srv)
	f := srv.Inject(exatest.SetKey("rowCount", 9).On("execute").Skip(1).Times(2))
	for i, want := range []string{"0", "9", "9", "0"} {
		c.ok(`{"command":"getAttributes"}`)
		if got := fmt.Sprint(c.execute("Q").result(0)["rowCount"]); got != want {
			t.Errorf("call %d: got %s, want %s", i, got, want)
		}
	}
	if f.Count() != 2 {
		t.Errorf("struck %d times, want 2", f.Count())
	}
	f = srv.Inject(exatest.SetKey("rowCount", 8))
	if got := fmt.Sprint(c.execute("Q").result(0)["rowCount"]); got != "8" {
		t.Errorf("got %s", got)
	}
	f.Remove()
	if got := fmt.Sprint(c.execute("Q").result(0)["rowCount"]); got != "0" {
		t.Errorf("got %s after Remove", got)
	}
	c.bye()
}
