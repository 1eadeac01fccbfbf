package commands_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

// TestInvalidUTF8 puts a byte that is no UTF-8 into each text of each command, behind three characters of text. The texts
// are found by reflection, so that a new field is tested as well. The logins are tested with their credentials.
func TestInvalidUTF8(t *testing.T) {
	found, tested := map[string]bool{}, map[string]bool{}
	for _, r := range requests {
		if info, _ := commands.Lookup(r.cmd.CommandName()); info.Family == commands.FamilyLogin {
			continue
		}
		cmd := reflect.New(reflect.TypeOf(r.cmd)).Elem()
		cmd.Set(reflect.ValueOf(r.cmd))
		textPaths(cmd.Type(), cmd.Type().Name(), func(path string) { found[path] = true })
		texts(cmd, cmd.Type().Name(), func(path string, text reflect.Value) {
			tested[path] = true
			good := text.String()
			defer text.SetString(good)
			text.SetString("abc\xff")
			wantBadText(t, path, cmd.Interface().(commands.Command))
		})
	}
	if diff := cmp.Diff(found, tested); diff != "" || len(found) < 25 {
		t.Errorf("texts of commands and texts that were tested, %d (-want +got):\n%s", len(found), diff)
	}

	for name, cmd := range map[string]commands.Command{
		"raw field":  commands.Raw{Name: "new", Fields: map[string]any{"text": "abc\xff"}},
		"raw key":    commands.Raw{Name: "new", Fields: map[string]any{"abc\xff": 1}},
		"raw list":   commands.Raw{Name: "new", Fields: map[string]any{"list": []string{"", "abc\xff"}}},
		"raw nested": commands.Raw{Name: "new", Fields: map[string]any{"a": []any{1, map[string]any{"b": "abc\xff"}}}},
	} {
		wantBadText(t, name, cmd)
	}
	if _, err := commands.Append(nil, commands.Raw{Name: "abc\xff"}); err == nil {
		t.Error("raw command: no error")
	}
	for _, attr := range attributes(commands.CurrentSchema("abc\xff"), commands.NumericCharacters("\xff")) {
		_, err := commands.Append(nil, commands.Execute{}, attr)
		if err == nil || !strings.Contains(err.Error(), "attribute "+attr.Name()+" is not valid UTF-8") {
			t.Errorf("attribute %s: error %v", attr.Name(), err)
		}
	}
}

func wantBadText(t *testing.T, name string, cmd commands.Command) {
	t.Helper()
	got, err := commands.Append(nil, cmd)
	if err == nil {
		t.Errorf("%s: no error, but %s", name, got)
		return
	}
	if want := cmd.CommandName() + ": text is not valid UTF-8 at byte 3"; err.Error() != want {
		t.Errorf("%s: error %q, want %q", name, err, want)
	}
}

// texts visits the strings that v holds. Bytes are not text.
func texts(v reflect.Value, path string, visit func(path string, text reflect.Value)) {
	switch v.Kind() {
	case reflect.String:
		visit(path, v)
	case reflect.Pointer:
		if !v.IsNil() {
			texts(v.Elem(), path, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			texts(v.Index(i), path, visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			texts(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	}
}

// textPaths visits the paths of the strings that a type can hold.
func textPaths(t reflect.Type, path string, visit func(path string)) {
	switch t.Kind() {
	case reflect.String:
		visit(path)
	case reflect.Pointer, reflect.Slice:
		textPaths(t.Elem(), path, visit)
	case reflect.Struct:
		for field := range t.Fields() {
			textPaths(field.Type, path+"."+field.Name, visit)
		}
	}
}

// TestText sends text that needs escapes, and text that general encoders like to escape without need.
func TestText(t *testing.T) {
	for _, sql := range []string{
		"", `"`, `\`, `\"`, "a\nb\rc\td\be\ff", "\x00\x01\x1f\x7f", "<a href='x'>&amp;</a>", "Z\u00fcrich \u20ac \U0001f600 \u2028 \u2029 \ufffd", "'; DROP TABLE T --",
	} {
		cmds := []commands.Command{
			commands.Execute{SQLText: sql},
			commands.ExecuteBatch{SQLTexts: []string{sql}},
			commands.GetHosts{HostIP: sql},
			commands.TablesFilter{Schema: &sql, TableTypes: []string{sql}},
			commands.Raw{Name: "x" + sql, Fields: map[string]any{"text": sql}},
		}
		for _, cmd := range cmds {
			msg, err := commands.Append(nil, cmd, commands.CurrentSchema(sql))
			if err != nil {
				t.Errorf("%T with %q: %v", cmd, sql, err)
				continue
			}
			var got map[string]any
			if err := json.Unmarshal(msg, &got); err != nil {
				t.Errorf("%T with %q: %v in %s", cmd, sql, err, msg)
				continue
			}
			if schema := got["attributes"].(map[string]any)["currentSchema"]; schema != sql {
				t.Errorf("%T: attribute %q arrives as %q", cmd, sql, schema)
			}
			for _, key := range []string{"sqlText", "hostIp", "schema", "text"} {
				if text, ok := got[key]; ok && text != sql {
					t.Errorf("%T: %q arrives as %q", cmd, sql, text)
				}
			}
			for _, key := range []string{"sqlTexts", "tableTypes"} {
				if list, ok := got[key]; ok && list.([]any)[0] != sql {
					t.Errorf("%T: %q arrives as %q", cmd, sql, list)
				}
			}
			for _, html := range []string{`\u003c`, `\u003e`, `\u0026`, `\u003C`, `\u003E`} {
				if strings.Contains(string(msg), html) {
					t.Errorf("%T escapes HTML: %s", cmd, msg)
				}
			}
		}
	}
}

func TestAttributesOnTheWire(t *testing.T) {
	tests := []struct {
		attrs []commands.Attribute
		want  string
	}{
		{nil, `{"command":"getAttributes"}`},
		{attributes(commands.Autocommit(false)), `{"command":"getAttributes","attributes":{"autocommit":false}}`},
		{attributes(commands.CurrentSchema("")), `{"command":"getAttributes","attributes":{"currentSchema":""}}`},
		{attributes(commands.NumericCharacters(",.")), `{"command":"getAttributes","attributes":{"numericCharacters":",."}}`},
		{attributes(commands.ResultSetMaxRows(0)), `{"command":"getAttributes","attributes":{"resultSetMaxRows":0}}`},
		{attributes(commands.QueryTimeout(0), commands.FeedbackInterval(0)), `{"command":"getAttributes","attributes":{"queryTimeout":0,"feedbackInterval":0}}`},
		{
			attributes(commands.SnapshotTransactions(false), commands.TimestampUTC(false)),
			`{"command":"getAttributes","attributes":{"snapshotTransactionsEnabled":false,"timestampUtcEnabled":false}}`,
		},
		{
			attributes(commands.Autocommit(true), commands.CurrentSchema("A"), commands.Autocommit(false), commands.CurrentSchema("A"), commands.QueryTimeout(0)),
			`{"command":"getAttributes","attributes":{"autocommit":false,"currentSchema":"A","queryTimeout":0}}`,
		},
	}
	for _, test := range tests {
		got, err := commands.Append(nil, commands.GetAttributes{}, test.attrs...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, string(got)); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
	}
}

// TestSeconds: times on the wire are whole seconds. A fraction stays to be refused, so that no limit becomes another, or none.
func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 1: "0.000000001", time.Millisecond: "0.001", time.Second - 1: "0.999999999", time.Second: "1", 90 * time.Second: "90",
		1500 * time.Millisecond: "1.5", time.Hour + time.Nanosecond: "3600.000000001", math.MaxInt64: "9223372036.854775807",
		-1: "-0.000000001", -time.Second: "-1", -1500 * time.Millisecond: "-1.5", math.MinInt64: "-9223372036.854775808",
	} {
		for _, attr := range []commands.Attribute{commands.QueryTimeout(d), commands.FeedbackInterval(d)} {
			if attr.JSON() != want {
				t.Errorf("%s of %s is sent as %s, want %s", attr.Name(), d, attr.JSON(), want)
			}
		}
	}
}

func TestAttribute(t *testing.T) {
	a := commands.ResultSetMaxRows(-5)
	if a.Name() != "resultSetMaxRows" || a.JSON() != "-5" || a.String() != "resultSetMaxRows=-5" || a.Since() != commands.V2 {
		t.Errorf("got %q, %q, %q, %s", a.Name(), a.JSON(), a, a.Since())
	}
	if a != commands.ResultSetMaxRows(-5) || a == commands.ResultSetMaxRows(5) {
		t.Error("attributes do not compare by name and value")
	}
	if since := commands.Autocommit(true).Since(); since != commands.V1 {
		t.Errorf("autocommit is there since %s", since)
	}
}

func TestAppendErrors(t *testing.T) {
	one := attributes(commands.Autocommit(true))
	tests := []struct {
		name  string
		cmd   commands.Command
		attrs []commands.Attribute
		want  string
	}{
		{"attributes of login", commands.Login{ProtocolVersion: 5}, one, "login carries no attributes"},
		{"attributes of loginToken", commands.LoginToken{ProtocolVersion: 5}, one, "loginToken carries no attributes"},
		{"attributes of subLogin", commands.SubLogin{ProtocolVersion: 5}, one, "subLogin carries no attributes"},
		{"attributes of subLoginToken", commands.SubLoginToken{ProtocolVersion: 5}, one, "subLoginToken carries no attributes"},
		{"attributes of abortQuery", commands.AbortQuery{}, one, "abortQuery carries no attributes"},
		{"attributes of a raw abortQuery", commands.Raw{Name: "abortQuery"}, one, "abortQuery carries no attributes"},
		{"zero attribute", commands.Execute{}, attributes(one[0], commands.Attribute{}), "an attribute is empty"},
		{"raw command", commands.Raw{Name: "new", Fields: map[string]any{"command": "execute"}}, nil, `"command" is written by the session`},
		{"raw attributes", commands.Raw{Name: "new", Fields: map[string]any{"attributes": nil}}, one, `"attributes" is written by the session`},
		{"raw channel", commands.Raw{Name: "new", Fields: map[string]any{"c": make(chan int)}}, nil, "new: "},
		{"raw infinity", commands.Raw{Name: "new", Fields: map[string]any{"f": math.Inf(1)}}, nil, "new: "},
		{"fewer columns than parameters", commands.ExecutePreparedStatement{Columns: params(decimal(1, 0))}, nil, "0 columns of values for 1 parameters"},
		{"more columns than parameters", commands.ExecutePreparedStatement{Data: [][]byte{nil}}, nil, "1 columns of values for 0 parameters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := commands.Append(nil, test.cmd, test.attrs...)
			if err == nil {
				t.Fatalf("no error, but %s", got)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
}

func TestRaw(t *testing.T) {
	tests := []struct {
		cmd   commands.Raw
		attrs []commands.Attribute
		want  string
	}{
		{commands.Raw{Name: "getNews"}, nil, `{"command":"getNews"}`},
		{commands.Raw{Name: "getNews", Fields: map[string]any{}}, attributes(commands.Autocommit(false)), `{"command":"getNews","attributes":{"autocommit":false}}`},
		{
			commands.Raw{Name: "getNews", Fields: map[string]any{"since": 1, "kinds": []string{"<a>", "b"}, "all": nil, "deep": map[string]any{"x": json.RawMessage(`[1e400]`)}}},
			attributes(commands.CurrentSchema("MART")),
			`{"command":"getNews","attributes":{"currentSchema":"MART"},"all":null,"deep":{"x":[1e400]},"kinds":["<a>","b"],"since":1}`,
		},
	}
	for _, test := range tests {
		got, err := commands.Append([]byte("kept"), test.cmd, test.attrs...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff("kept"+test.want, string(got)); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
	}
}

// TestAppendAllocates: requests that are sent often cost nothing when the buffer is large enough.
func TestAppendAllocates(t *testing.T) {
	buf := make([]byte, 0, 1024)
	var cmd commands.Command = commands.ExecuteBatch{SQLTexts: []string{"SELECT 1", "SELECT 'x'"}}
	attr := commands.Autocommit(true)
	if n := testing.AllocsPerRun(100, func() { buf, _ = commands.Append(buf[:0], cmd, attr) }); n > 2 {
		t.Errorf("%.0f allocations", n)
	}
}

// A filter that is nil is not sent; an empty text and an empty list are.
func TestAppendFilters(t *testing.T) {
	for want, cmd := range map[string]commands.Command{
		`{"command":"getTables"}`:                                              commands.TablesFilter{},
		`{"command":"getTables","schema":"","tableTypes":[]}`:                  commands.TablesFilter{Schema: new(""), TableTypes: []string{}},
		`{"command":"getTables","table":"a\"b","tableTypes":["TABLE","VIEW"]}`: commands.TablesFilter{Table: new(`a"b`), TableTypes: []string{"TABLE", "VIEW"}},
		`{"command":"getColumns","schema":"s","table":"t","column":"c","tableTypes":[]}`: commands.ColumnsFilter{
			Schema: new("s"), Table: new("t"), Column: new("c"), TableTypes: []string{},
		},
		`{"command":"getKeywords"}`: commands.GetKeywords{},
	} {
		got, err := commands.Append(nil, cmd)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
