package jsonscan_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/jsonscan"
)

// read turns a document into nested Go values by way of the scanner alone.
func read(s *jsonscan.Scanner) (any, error) {
	kind, err := s.Kind()
	if err != nil {
		return nil, err
	}
	switch kind {
	case jsonscan.Null:
		return nil, s.Null()
	case jsonscan.Bool:
		return s.Bool()
	case jsonscan.Number:
		return s.Int64()
	case jsonscan.String:
		return s.Text()
	case jsonscan.Array:
		list := []any{}
		err := s.Array(func(i int) error {
			if i != len(list) {
				return fmt.Errorf("index %d of element %d", i, len(list))
			}
			v, err := read(s)
			list = append(list, v)
			return err
		})
		return list, err
	}
	object := map[string]any{}
	err = s.Object(func(key []byte) error {
		name := string(key)
		v, err := read(s)
		object[name] = v
		return err
	})
	return object, err
}

func TestScanner(t *testing.T) {
	tests := []struct {
		name, doc string
		want      any
	}{
		{"null", "null", nil},
		{"booleans", "[true,false]", []any{true, false}},
		{"integers", "[0,-0,1,-1,9223372036854775807,-9223372036854775808]", []any{
			int64(0), int64(0), int64(1), int64(-1), int64(1<<63 - 1), int64(-1 << 63),
		}},
		{"empty", ` [ [ ] , { } , "" ] `, []any{[]any{}, map[string]any{}, ""}},
		{"white space", "\t{\r\n \"a\" : [ 1 , 2 ] , \"b\" : null } \n", map[string]any{"a": []any{int64(1), int64(2)}, "b": nil}},
		{"duplicate keys", `{"a":1,"a":2}`, map[string]any{"a": int64(2)}},
		{"escaped key", `{"\u0061\n":1}`, map[string]any{"a\n": int64(1)}},
		{"escapes", `"\"\\\/\b\f\n\r\t\u00e9\u20AC"`, "\"\\/\b\f\n\r\t\u00e9\u20ac"},
		{"surrogate pair", `"a\ud83d\ude00b"`, "a\U0001F600b"},
		{"half a surrogate pair", `["\ud83d","\ud83dx","\ud83d\n","\ud83d\u0041","a\ude00b","\ud83d\ud83d","\ud83d\ud83d\ude00"]`, []any{
			"\ufffd", "\ufffdx", "\ufffd\n", "\ufffdA", "a\ufffdb", "\ufffd\ufffd", "\ufffd\U0001F600",
		}},
		{"not UTF-8", "[\"\xff\",\"a\xc3\",\"\xc3\\n\xa9\",\"\xc0\xaf\",\"\xed\xa0\x80\",\"\xf0\x9f\x98b\"]", []any{
			"\ufffd", "a\ufffd", "\ufffd\n\ufffd", "\ufffd\ufffd", "\ufffd\ufffd\ufffd", "\ufffd\ufffd\ufffdb",
		}},
		{"a key that is not Unicode", "{\"a\xff\\ud800\":1}", map[string]any{"a\ufffd\ufffd": int64(1)}},
		{"raw non-BMP", "\"a\U0001F600b\"", "a\U0001F600b"},
		{"NUL escape", `"\u0000"`, "\x00"},
		{"long text", `"` + strings.Repeat("0123456789", 20) + `\n` + strings.Repeat("\u00fc", 50) + `"`, strings.Repeat("0123456789", 20) + "\n" + strings.Repeat("\u00fc", 50)},
		{"delete is no control character", "\"\x7f\"", "\x7f"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			buf := []byte(tt.doc)
			s := jsonscan.New(buf)
			got, err := read(s)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.End(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
			if string(buf) != tt.doc {
				t.Errorf("the scanner changed the document to %q", buf)
			}
			if !jsonscan.Valid(buf) {
				t.Errorf("Valid(%q) = false", buf)
			}
			for n := range len(strings.TrimSpace(tt.doc)) {
				cut := []byte(strings.TrimSpace(tt.doc)[:n])
				if jsonscan.Valid(cut) && tt.doc[0] != '-' && (tt.doc[0] < '0' || tt.doc[0] > '9') {
					t.Errorf("Valid(%q) = true", cut)
				}
			}
		})
	}
}

func TestScannerRefuses(t *testing.T) {
	for _, doc := range []string{
		"", " ", "nul", "nulL", "tru", "True", "falsee", "+1", "-", "--1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e1", "0x1", "NaN", "Infinity",
		"[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{", "}", "{1:2}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1 "b":2}`, `{"a" 1}`, `{"a":1]`, `{,}`,
		`"`, `"a`, `"\`, `"\"`, `"\u`, `"\u12`, `"\u123`, `"\u123g"`, `"\x41"`, `"\'"`, `"\U0041"`, "\"\n\"", "\"\x00\"", "\"\x1f\"", `'a'`,
		`"\ud83d`, `"\ud83d\u"`, `"\ud83d\ude0"`, `"\ud83d\ude0g"`, "\"\xff", "\"\xff\n\"", "\"\xff\\x\"",
		"1 2", "null null", "[] []", "\xef\xbb\xbfnull", "nu\x00ll", "[1]\x00", "/**/1", "\v1", "\u00a01",
		strings.Repeat("[", jsonscan.MaxDepth+1) + strings.Repeat("]", jsonscan.MaxDepth+1),
	} {
		if jsonscan.Valid([]byte(doc)) {
			t.Errorf("Valid(%q) = true", doc)
		}
		for _, pad := range []string{"", strings.Repeat("x", 100)} { // the fast and the slow end of a buffer
			quoted := strings.HasPrefix(doc, `"`) && len(doc) > 1 && strings.HasSuffix(doc, `"`) && pad == ""
			s := jsonscan.New([]byte(doc + pad))
			if text, err := s.Text(); err == nil && quoted {
				t.Errorf("Text of %q = %q", doc, text)
			}
		}
	}
}

func TestScannerReadsOnlyWhatIsAsked(t *testing.T) {
	tests := []struct {
		name, doc string
		read      func(s *jsonscan.Scanner) error
	}{
		{"integer for text", "1", func(s *jsonscan.Scanner) error { _, err := s.Text(); return err }},
		{"text for integer", `"1"`, func(s *jsonscan.Scanner) error { _, err := s.Int64(); return err }},
		{"fraction for integer", "1.0", func(s *jsonscan.Scanner) error { _, err := s.Int64(); return err }},
		{"exponent for integer", "1e3", func(s *jsonscan.Scanner) error { _, err := s.Int64(); return err }},
		{"too large", "9223372036854775808", func(s *jsonscan.Scanner) error { _, err := s.Int64(); return err }},
		{"too small", "-9223372036854775809", func(s *jsonscan.Scanner) error { _, err := s.Int64(); return err }},
		{"far too large", "18446744073709551616", func(s *jsonscan.Scanner) error { _, err := s.Int64(); return err }},
		{"negative for unsigned", "-1", func(s *jsonscan.Scanner) error { _, err := s.Uint64(); return err }},
		{"too large for unsigned", "18446744073709551616", func(s *jsonscan.Scanner) error { _, err := s.Uint64(); return err }},
		{"null for boolean", "null", func(s *jsonscan.Scanner) error { _, err := s.Bool(); return err }},
		{"boolean for null", "true", func(s *jsonscan.Scanner) error { return s.Null() }},
		{"array for object", "[]", func(s *jsonscan.Scanner) error { return s.Object(nil) }},
		{"object for array", "{}", func(s *jsonscan.Scanner) error { return s.Array(nil) }},
		{"too large a float", "1e400", func(s *jsonscan.Scanner) error { _, err := s.Float64(); return err }},
		{"value not consumed", "[1]", func(s *jsonscan.Scanner) error { return s.Array(func(int) error { return nil }) }},
		{"key not consumed", `{"a":1}`, func(s *jsonscan.Scanner) error { return s.Object(func([]byte) error { return nil }) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var syntax *jsonscan.SyntaxError
			if err := tt.read(jsonscan.New([]byte(tt.doc))); !errors.As(err, &syntax) {
				t.Errorf("error = %v, want a SyntaxError", err)
			} else if syntax.Offset < 0 || syntax.Offset > len(tt.doc) {
				t.Errorf("offset %d of a document of %d bytes", syntax.Offset, len(tt.doc))
			}
		})
	}
}

func TestScannerNumbers(t *testing.T) {
	s := jsonscan.New([]byte(`[18446744073709551615, -0, 1.5e3]`))
	var got []any
	err := s.Array(func(i int) error {
		if i < 2 {
			n, err := s.Uint64()
			got = append(got, n)
			return err
		}
		f, err := s.Float64()
		got = append(got, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{uint64(1<<64 - 1), uint64(0), 1500.0}, got); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func TestSkipReturnsTheValue(t *testing.T) {
	doc := ` { "a" : [ 1 , { "b" : "]" } ] , "c" : 2 } `
	s := jsonscan.New([]byte(doc))
	var got []string
	err := s.Object(func(key []byte) error {
		raw, err := s.Skip()
		got = append(got, string(key), string(raw))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", `[ 1 , { "b" : "]" } ]`, "c", "2"}, got); diff != "" {
		t.Errorf("keys and values (-want +got):\n%s", diff)
	}
}

func TestSkipDepth(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, jsonscan.MaxDepth/2) + strings.Repeat("]}", jsonscan.MaxDepth/2)
	if _, err := jsonscan.New([]byte(deep)).Skip(); err != nil {
		t.Errorf("Skip of depth %d: %v", jsonscan.MaxDepth, err)
	}
	if _, err := jsonscan.New([]byte("[" + deep + "]")).Skip(); err == nil {
		t.Errorf("Skip of depth %d passed", jsonscan.MaxDepth+1)
	}
	s := jsonscan.New([]byte(`[{"a":` + deep + "}]"))
	err := s.Array(func(int) error {
		return s.Object(func([]byte) error {
			_, err := s.Skip()
			return err
		})
	})
	if err == nil {
		t.Error("Skip of what is too deep inside of what is walked passed")
	}
	hostile := []byte(strings.Repeat("[", 1<<20))
	if n := testing.AllocsPerRun(1, func() { jsonscan.Valid(hostile) }); n > 2 {
		t.Errorf("%v allocations for deep nesting", n)
	}
}

func TestObjectRest(t *testing.T) {
	doc := []byte(`{"data":[[1],[2]] , "numRows":1}}`)
	s := jsonscan.NewAt(doc, len(`{"data":[[1],[2]]`))
	var keys []string
	err := s.ObjectRest(func(key []byte) error {
		keys = append(keys, string(key))
		_, err := s.Skip()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"numRows"}, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if s.Pos() != len(doc)-1 {
		t.Errorf("position %d, want that of the last bracket", s.Pos())
	}
	s.SetPos(1 << 30)
	if err := s.End(); err != nil {
		t.Errorf("End behind the end: %v", err)
	}
}

func ExampleScanner() {
	doc := []byte(`{"status":"ok","attributes":{"autocommit":true},"responseData":{"numRows":3,"data":[[1,2,3]]}}`)
	s := jsonscan.New(doc)
	err := s.Object(func(key []byte) error {
		if string(key) == "status" {
			text, err := s.Text()
			fmt.Println("status:", text)
			return err
		}
		name := string(key)
		raw, err := s.Skip()
		fmt.Printf("%s: %d bytes\n", name, len(raw))
		return err
	})
	fmt.Println(err)
	// Output:
	// status: ok
	// attributes: 19 bytes
	// responseData: 30 bytes
	// <nil>
}
