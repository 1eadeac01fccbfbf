package commands_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

// fetched is what a test sees of an answer to fetch.
type fetched struct {
	NumRows    int64
	Data       string // the array alone
	Attributes string
	Exception  *commands.Exception
}

// endOfValue finds the end of the first JSON value of data, as a decoder of rows does.
func endOfValue(data []byte) (int, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	var v json.RawMessage
	if err := dec.Decode(&v); err != nil {
		return 0, err
	}
	return int(dec.InputOffset()), nil
}

// fetch reads a whole answer like the code that decodes rows: the head, the array, the tail. The attributes are those
// that were known before the array was read.
func fetch(msg []byte) (fetched, error) {
	f, err := commands.ParseFetch(msg)
	if err != nil {
		return fetched{}, err
	}
	attributes := string(f.RawAttributes)
	if f.Exception != nil {
		return fetched{Attributes: string(f.RawAttributes), Exception: f.Exception}, nil
	}
	end := 0
	if f.Data != nil {
		if end, err = endOfValue(f.Data); err != nil {
			return fetched{}, err
		}
	}
	if err := f.Finish(end); err != nil {
		return fetched{}, err
	}
	if f.Exception != nil {
		return fetched{}, errors.New("Finish overlooked an exception")
	}
	return fetched{NumRows: f.NumRows, Data: string(f.Data[:end]), Attributes: attributes}, nil
}

func TestParseFetch(t *testing.T) {
	failed := &commands.Exception{Text: "no", SQLCode: "42000"}
	tests := []struct {
		name string
		msg  string
		want fetched
	}{
		{"as servers send it", `{"status":"ok","responseData":{"numRows":2,"data":[[1,2],["a","b"]]}}`, fetched{NumRows: 2, Data: `[[1,2],["a","b"]]`}},
		{"data before numRows", `{"status":"ok","responseData":{"data":[[1,2]],"numRows":2}}`, fetched{NumRows: 2, Data: `[[1,2]]`}},
		{"status behind the data", `{"responseData":{"numRows":1,"data":[[1]]},"status":"ok"}`, fetched{NumRows: 1, Data: `[[1]]`}},
		{
			"attributes behind the data", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"attributes":{"openTransaction":1}}`,
			fetched{NumRows: 1, Data: `[[1]]`, Attributes: `{"openTransaction":1}`},
		},
		{
			"attributes before the data", `{"attributes":{"openTransaction":1},"status":"ok","responseData":{"numRows":1,"data":[[1]]}}`,
			fetched{NumRows: 1, Data: `[[1]]`, Attributes: `{"openTransaction":1}`},
		},
		{
			"unknown keys everywhere", `{"a":[],"status":"ok","responseData":{"b":{"data":[]},"numRows":1,"c":1,"data":[[1]],"d":"]","e":{}},"f":{"status":"error"}}`,
			fetched{NumRows: 1, Data: `[[1]]`},
		},
		{
			"white space", " { \"status\" : \"ok\" , \"responseData\" : { \"numRows\" : 1 , \"data\" :\n[ [ 1 ] ] \t} } \r\n",
			fetched{NumRows: 1, Data: `[ [ 1 ] ]`},
		},
		{"brackets in text", `{"status":"ok","responseData":{"numRows":1,"data":[["]}\"]"]]}}`, fetched{NumRows: 1, Data: `[["]}\"]"]]`}},
		{"no rows", `{"status":"ok","responseData":{"numRows":0}}`, fetched{}},
		{"no rows, null data", `{"status":"ok","responseData":{"numRows":0,"data":null}}`, fetched{}},
		{"no rows, empty data", `{"status":"ok","responseData":{"numRows":0,"data":[]}}`, fetched{Data: `[]`}},
		{"no rows, empty columns", `{"status":"ok","responseData":{"numRows":0,"data":[[],[]]}}`, fetched{Data: `[[],[]]`}},
		{"no payload", `{"status":"ok"}`, fetched{}},
		{"null payload", `{"status":"ok","responseData":null}`, fetched{}},
		{
			"null exception and attributes", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"exception":null,"attributes":null}`,
			fetched{NumRows: 1, Data: `[[1]]`},
		},
		{"exception", `{"status":"error","exception":{"text":"no","sqlCode":"42000"}}`, fetched{Exception: failed}},
		{
			"exception before the data", `{"status":"ok","exception":{"text":"no","sqlCode":"42000"},"responseData":{"numRows":1,"data":[[1]]}}`,
			fetched{Exception: failed},
		},
		{
			"error behind the data", `{"responseData":{"numRows":1,"data":[[1]]},"exception":{"text":"no","sqlCode":"42000"},"status":"error"}`,
			fetched{Exception: failed},
		},
		{
			"exception behind the data", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"exception":{"text":"no","sqlCode":"42000"}}`,
			fetched{Exception: failed},
		},
		{"error behind data that ok came before", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"status":"error"}`, fetched{Exception: &commands.Exception{
			Text: "the server reported an error without saying which", SQLCode: "00000",
		}}},
		{
			"attributes that end like data", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"attributes":{"x":[[1]]}}`,
			fetched{NumRows: 1, Data: `[[1]]`, Attributes: `{"x":[[1]]}`},
		},
		{
			"attributes and more behind the data", `{"status":"ok","responseData":{"numRows":1,"data":[[1]],"x":0},"attributes":{"x":1},"y":[{"z":[]}]}`,
			fetched{NumRows: 1, Data: `[[1]]`, Attributes: `{"x":1}`},
		},
		{
			"attributes on both sides", `{"attributes":{"x":1},"status":"ok","responseData":{"numRows":1,"data":[[1]]} , "attributes" : {"x":2} }`,
			fetched{NumRows: 1, Data: `[[1]]`, Attributes: `{"x":2}`},
		},
		{
			"attributes in attributes", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"attributes":{"attributes":{"x":1}}}`,
			fetched{NumRows: 1, Data: `[[1]]`, Attributes: `{"attributes":{"x":1}}`},
		},
		{
			"attributes as a value", `{"status":"ok","responseData":{"numRows":1,"data":[["attributes"]]},"attributes":{"currentSchema":"attributes"}}`,
			fetched{NumRows: 1, Data: `[["attributes"]]`, Attributes: `{"currentSchema":"attributes"}`},
		},
		{
			"attributes in a text", `{"status":"ok","responseData":{"numRows":1,"data":[[",\"attributes\":{\"x\":1}}"]]}}`,
			fetched{NumRows: 1, Data: `[[",\"attributes\":{\"x\":1}}"]]`},
		},
		{
			"attributes in the payload", `{"status":"ok","responseData":{"numRows":1,"data":[[1]],"attributes":{"x":1}}}`,
			fetched{NumRows: 1, Data: `[[1]]`},
		},
		{
			"a key with an escaped quote", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"x\",\"attributes":{"x":1}}`,
			fetched{NumRows: 1, Data: `[[1]]`},
		},
		{"rows announced with an exception", `{"status":"error","exception":{"text":"no","sqlCode":"42000"},"responseData":{"numRows":1}}`, fetched{
			Exception: failed,
		}},
		{"error without exception", `{"status":"error","responseData":{"numRows":1,"data":[[1]]}}`, fetched{Exception: &commands.Exception{
			Text: "the server reported an error without saying which", SQLCode: "00000",
		}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			msg := []byte(test.msg)
			got, err := fetch(msg)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			msg = bytes.TrimRight(msg, " \r\n")
			for n := range msg {
				if got, err := fetch(msg[:n:n]); err == nil {
					t.Errorf("the first %d of %d bytes were read as %+v", n, len(msg), got)
				}
			}
		})
	}
}

func TestParseFetchDocuments(t *testing.T) {
	for name, want := range map[string]fetched{
		"fetch":            {NumRows: 3, Data: `[[1,2,3],["a","b]}","c"]]`},
		"fetch.attributes": {NumRows: 1, Data: `[[1],["\u005d\""]]`, Attributes: `{"openTransaction":false}`},
		"fetch.norows":     {},
		"fetch.error":      {Exception: &commands.Exception{Text: "Invalid result set handle 7 (Session: 1825312482065121281)", SQLCode: "00000"}},
	} {
		msg := document(t, "responses", name)
		got, err := fetch(msg)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for n := range msg {
			if got, err := fetch(msg[:n:n]); err == nil {
				t.Errorf("%s: the first %d of %d bytes were read as %+v", name, n, len(msg), got)
			}
		}
	}
}

func TestParseFetchErrors(t *testing.T) {
	tests := []struct{ name, msg, want string }{
		{"nothing", ``, "unexpected end"},
		{"null", `null`, "expected an object"},
		{"no status", `{"responseData":{"numRows":0}}`, "no status"},
		{"no status behind the data", `{"responseData":{"numRows":1,"data":[[1]]}}`, "no status"},
		{"unknown status", `{"status":"fine","responseData":{"numRows":1,"data":[[1]]}}`, "neither ok nor error"},
		{"status changed behind the data", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"status":"fine"}`, "neither ok nor error"},
		{"negative numRows", `{"status":"ok","responseData":{"numRows":-1,"data":[[1]]}}`, "numRows is -1"},
		{"negative numRows behind the data", `{"status":"ok","responseData":{"data":[[1]],"numRows":-1}}`, "numRows is -1"},
		{"numRows as text", `{"status":"ok","responseData":{"numRows":"1","data":[[1]]}}`, "numRows"},
		{"rows without data", `{"status":"ok","responseData":{"numRows":1}}`, "1 rows are announced but there is no data"},
		{"rows with null data", `{"status":"ok","responseData":{"numRows":1,"data":null}}`, "1 rows are announced but there is no data"},
		{"data without numRows", `{"status":"ok","responseData":{"data":[[1]]}}`, "no numRows"},
		{"payload as a list", `{"status":"ok","responseData":[]}`, "expected an object"},
		{"exception that ends like data behind it", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"exception":{"x":[[]]}}`, "an exception follows the data"},
		{"attributes that end like data behind it", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"\u0061ttributes":{"x":[[]]}}`, "attributes follow the data unseen"},
		{"malformed tail", `{"status":"ok","responseData":{"numRows":1,"data":[[1]],}}`, "expected a key"},
		{"malformed value in the tail", `{"status":"ok","responseData":{"numRows":1,"data":[[1]],"x":tru}}`, "expected true"},
		{"comma forgotten", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]"x":1}}`, "expected ',' or '}'"},
		{"second value", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]}}{}`, "unexpected data"},
		{"one bracket too many", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]]}}`, "expected ',' or '}'"},
		{"one brace too many", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]}}}`, "unexpected data"},
		{"malformed escape in the tail", `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"x":"\udc0g"}`, "malformed escape"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := fetch([]byte(test.msg))
			if err == nil {
				t.Fatalf("no error, but %+v", got)
			}
			if !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "fetch answer: ") {
				t.Errorf("error %q does not say %q", err, "fetch answer: ... "+test.want)
			}
		})
	}
}

// Attributes that are too long to be found from behind, and end with a list as the data does, are found all the same.
func TestFetchLongAttributes(t *testing.T) {
	attributes := `{"currentSchema":"` + strings.Repeat("S", 5000) + `","list":[1]}`
	f, err := fetch([]byte(`{"status":"ok","responseData":{"numRows":1,"data":[["a"]]},"attributes":` + attributes + `}`))
	if err != nil || f.Attributes != attributes {
		t.Errorf("%v, %v", f, err)
	}
}

// TestFinishWrongPlace tells Finish every wrong end of the data, within the message and without.
func TestFinishWrongPlace(t *testing.T) {
	for _, msg := range []string{
		`{"status":"ok","responseData":{"numRows":2,"data":[[1,2],["a","b"]]},"attributes":{}}`,
		`{"status":"ok","responseData":{"data":[[1,2],["a","b"]],"numRows":2}}`,
		`{"status":"ok","responseData":{"numRows":0}}`,
	} {
		whole, err := fetch([]byte(msg))
		if err != nil {
			t.Fatal(err)
		}
		for consumed := -len(msg); consumed <= 2*len(msg); consumed++ {
			f, err := commands.ParseFetch([]byte(msg))
			if err != nil {
				t.Fatal(err)
			}
			err = f.Finish(consumed)
			if right := consumed == len(whole.Data); right != (err == nil) {
				t.Errorf("%s: Finish(%d) where the data has %d bytes: %v", msg, consumed, len(whole.Data), err)
			}
		}
	}
}
