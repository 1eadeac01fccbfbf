package commands_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
)

// oracle reads answers a second time: slowly, with encoding/json, after the rules of the documents. It keeps the first
// error and goes on with zero values.
type oracle struct{ err error }

func (o *oracle) failf(format string, args ...any) {
	if o.err == nil {
		o.err = fmt.Errorf(format, args...)
	}
}

func isNull(raw json.RawMessage) bool { return raw == nil || string(raw) == "null" }

func (o *oracle) decode(raw json.RawMessage, first byte, v any) {
	if raw = bytes.TrimLeft(raw, " \t\r\n"); len(raw) == 0 || raw[0] != first {
		o.failf("%q does not begin with %c", raw, first)
		return
	}
	if err := json.Unmarshal(raw, v); err != nil {
		o.failf("%w", err)
	}
}

func (o *oracle) object(raw json.RawMessage) (m map[string]json.RawMessage) {
	o.decode(raw, '{', &m)
	return m
}

func (o *oracle) list(raw json.RawMessage) (list []json.RawMessage) {
	if !isNull(raw) {
		o.decode(raw, '[', &list)
	}
	return list
}

func (o *oracle) text(raw json.RawMessage) (s string) {
	o.decode(raw, '"', &s)
	return s
}

func (o *oracle) textOrNull(raw json.RawMessage) string {
	if isNull(raw) {
		return ""
	}
	return o.text(raw)
}

// integer reads a number, or text if the rules allow it, or null as 0.
func (o *oracle) integer(raw json.RawMessage) int64 {
	if isNull(raw) {
		return 0
	}
	digits := string(raw)
	if raw[0] == '"' {
		digits = o.text(raw)
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		o.failf("%w", err)
	}
	return n
}

// count reads a number that is not negative, missing if it is absent.
func (o *oracle) count(raw json.RawMessage, missing int64) int64 {
	if raw == nil {
		return missing
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < 0 {
		o.failf("count %s: %w", raw, err)
	}
	return n
}

func (o *oracle) optional(raw json.RawMessage) []byte {
	if isNull(raw) {
		return nil
	}
	return raw
}

func (o *oracle) response(msg []byte) (r commands.Response) {
	m := o.object(msg)
	r.Data, r.RawAttributes = o.optional(m["responseData"]), o.optional(m["attributes"])
	status := o.text(m["status"])
	if status != "ok" && status != "error" {
		o.failf("status %q", status)
	}
	if raw := m["exception"]; !isNull(raw) {
		x := o.object(raw)
		r.Exception = &commands.Exception{Text: o.textOrNull(x["text"]), SQLCode: o.textOrNull(x["sqlCode"])}
		if r.Exception.SQLCode == "" {
			r.Exception.SQLCode = "00000"
		}
	} else if status == "error" {
		r.Exception = &commands.Exception{Text: "the server reported an error without saying which", SQLCode: "00000"}
	}
	return r
}

func (o *oracle) fetch(msg []byte) (f fetched) {
	r := o.response(msg)
	f.Exception, f.Attributes = r.Exception, string(r.RawAttributes)
	if r.Data == nil {
		return f
	}
	m := o.object(r.Data)
	n := o.count(m["numRows"], -1)
	data := o.optional(m["data"])
	if f.Exception != nil {
		return f
	}
	if (data == nil) != (n <= 0) && (data == nil || n < 0) {
		o.failf("%d rows, data %q", n, data)
	}
	f.NumRows, f.Data = max(n, 0), string(data)
	return f
}

func (o *oracle) results(m map[string]json.RawMessage) (results []commands.Result) {
	for _, raw := range o.list(m["results"]) {
		x := o.object(raw)
		r := commands.Result{Type: commands.ResultType(o.text(x["resultType"])), RowCount: o.count(x["rowCount"], 0)}
		if !isNull(x["resultSet"]) {
			r.ResultSet = o.resultSet(o.object(x["resultSet"]))
		}
		switch {
		case r.Type == commands.TypeRowCount && r.ResultSet == nil:
		case r.Type == commands.TypeResultSet && r.ResultSet != nil:
		default:
			o.failf("result %s", raw)
		}
		results = append(results, r)
	}
	if n := o.count(m["numResults"], int64(len(results))); n != int64(len(results)) {
		o.failf("numResults %d", n)
	}
	return results
}

func (o *oracle) resultSet(m map[string]json.RawMessage) *commands.ResultSet {
	rs := commands.ResultSet{Handle: commands.NoHandle, Columns: o.columns(m), Data: o.optional(m["data"])}
	if raw := m["resultSetHandle"]; !isNull(raw) {
		rs.Handle = max(int(o.integer(raw)), commands.NoHandle)
	}
	n := o.count(m["numRows"], -1)
	if n < 0 && (rs.Data != nil || rs.Handle >= 0) {
		o.failf("no numRows")
	}
	rs.NumRows = max(n, 0)
	all := int64(0)
	if rs.Data != nil {
		all = rs.NumRows
	}
	rs.NumRowsInMessage = o.count(m["numRowsInMessage"], all)
	if rs.NumRowsInMessage > rs.NumRows || rs.NumRowsInMessage > 0 && rs.Data == nil {
		o.failf("%d of %d rows", rs.NumRowsInMessage, rs.NumRows)
	}
	return &rs
}

func (o *oracle) columns(m map[string]json.RawMessage) (columns []commands.ColumnInfo) {
	if !isNull(m["columns"]) {
		columns = []commands.ColumnInfo{}
	}
	for _, raw := range o.list(m["columns"]) {
		x := o.object(raw)
		c := commands.ColumnInfo{Name: o.textOrNull(x["name"])}
		if !isNull(x["dataType"]) {
			c.DataType = o.dataType(o.object(x["dataType"]))
		}
		if c.DataType.Type == "" {
			o.failf("column without type")
		}
		columns = append(columns, c)
	}
	if n := o.count(m["numColumns"], int64(len(columns))); n != int64(len(columns)) {
		o.failf("numColumns %d", n)
	}
	return columns
}

func (o *oracle) dataType(m map[string]json.RawMessage) (t commands.DataType) {
	t.Type, t.CharacterSet = commands.TypeName(o.textOrNull(m["type"])), o.textOrNull(m["characterSet"])
	for key, v := range map[string]any{
		"precision": &t.Precision, "scale": &t.Scale, "size": &t.Size, "fraction": &t.Fraction, "srid": &t.SRID,
		"withLocalTimeZone": &t.WithLocalTimeZone,
	} {
		if raw := m[key]; raw != nil {
			if err := json.Unmarshal(raw, v); err != nil {
				o.failf("%s: %w", key, err)
			}
		}
	}
	return t
}

func (o *oracle) prepared(data []byte) *commands.PreparedStatement {
	m := o.object(data)
	p := commands.PreparedStatement{Handle: commands.NoHandle, Results: o.results(m)}
	if raw := m["statementHandle"]; !isNull(raw) {
		p.Handle = int(o.integer(raw))
	}
	if p.Handle < 0 {
		o.failf("handle %d", p.Handle)
	}
	if raw := m["parameterData"]; !isNull(raw) {
		p.Params = o.columns(o.object(raw))
	}
	return &p
}

// merge relies on the order of the struct's fields, which is that of the table.
func (o *oracle) merge(a *commands.Attributes, raw []byte) {
	m := o.object(raw)
	fields := reflect.ValueOf(a).Elem()
	for i, info := range commands.AllAttributes() {
		raw, ok := m[info.Name]
		if !ok {
			continue
		}
		switch field := fields.Field(i); info.Kind {
		case "bool":
			field.SetBool(o.boolean(raw))
		case "string":
			field.SetString(o.textOrNull(raw))
		case "int":
			field.SetInt(o.integer(raw))
		case "seconds":
			n := o.integer(raw)
			if n < 0 || time.Duration(n) > (1<<63-1)/time.Second {
				o.failf("%d seconds", n)
			}
			field.SetInt(n * int64(time.Second))
		}
	}
}

func (o *oracle) boolean(raw json.RawMessage) bool {
	switch string(raw) {
	case "true":
		return true
	case "false", "null":
		return false
	}
	if raw[0] == '"' {
		on, err := strconv.ParseBool(o.text(raw))
		if err != nil {
			o.failf("%w", err)
		}
		return on
	}
	return o.integer(raw) != 0
}

// undecided reports whether the oracle cannot say what a document means, or reads documents that are refused on
// purpose: keys that come twice, and nesting beyond what a server sends.
func undecided(doc []byte) bool { return unusual(json.NewDecoder(bytes.NewReader(doc)), 0) }

// unusual looks for keys that come twice, letter case aside, and for deep nesting.
func unusual(dec *json.Decoder, depth int) bool {
	token, err := dec.Token()
	if err != nil {
		return false
	}
	open, ok := token.(json.Delim)
	if !ok {
		return false
	}
	keys := map[string]bool{}
	for dec.More() {
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return false
			}
			folded := string(bytes.ToLower([]byte(key.(string))))
			if keys[folded] {
				return true
			}
			keys[folded] = true
		}
		if unusual(dec, depth+1) {
			return true
		}
		if depth > 200 {
			return true
		}
	}
	_, err = dec.Token()
	return err != nil && depth > 200
}

// agree fails the test unless err, the error of the code, and o's are both nil or both set. Documents that the oracle
// cannot judge may be refused.
func (o *oracle) agree(t *testing.T, doc []byte, err error) (compare bool) {
	t.Helper()
	if !json.Valid(doc) {
		if err == nil {
			t.Fatalf("%q is not JSON but was read", doc)
		}
		return false
	}
	if undecided(doc) {
		return false
	}
	if (err == nil) != (o.err == nil) {
		t.Fatalf("%s\nread with error %v, by the oracle with %v", doc, err, o.err)
	}
	return err == nil
}

func TestOracle(t *testing.T) {
	for _, name := range documents(t, "responses") {
		msg := document(t, "responses", name)
		if undecided(msg) && name != "fetch.attributes" {
			t.Errorf("%s cannot be judged", name)
		}
		if o := new(oracle); json.Valid(msg) {
			if o.response(msg); o.err != nil {
				t.Errorf("%s: %v", name, o.err)
			}
		}
	}
	for _, doc := range []string{`{"a":1,"A":2}`, `[{"x":{"a":1,"a":1}}]`} {
		if !undecided([]byte(doc)) {
			t.Errorf("%s is judged", doc)
		}
	}
	o := new(oracle)
	o.failf("first")
	o.failf("second")
	if o.err == nil || errors.Unwrap(o.err) != nil || o.err.Error() != "first" {
		t.Errorf("got %v, want the first error", o.err)
	}
}
