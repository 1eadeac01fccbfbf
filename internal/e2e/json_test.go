package e2e_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-json"
	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

type payload struct {
	Kind  string         `json:"kind"`
	Size  *big.Int       `json:"size,omitempty"`
	Share json.Number    `json:"share,omitempty"`
	Tags  []string       `json:"tags,omitempty"`
	More  map[string]any `json:"more,omitempty"`
}

// document is a row with JSON in all the forms in which it can be NULL.
type document struct {
	ID       int64
	Body     exawire.JSON[payload]
	Pointer  *exawire.JSON[payload]
	Nullable sql.Null[exawire.JSON[[]json.Number]]
}

const documentColumns = "ID DECIMAL(18,0), BODY VARCHAR(2000), POINTER VARCHAR(2000), NULLABLE VARCHAR(2000)"

func documents() []document {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	return []document{
		{
			1,
			exawire.JSON[payload]{V: payload{Kind: "a<b>&\u00fc\u2028", Size: huge, Share: "0.10000000000000000000000000001", Tags: []string{"x", ""}}},
			&exawire.JSON[payload]{V: payload{Kind: `"quoted" \`, More: map[string]any{"f": 1.5, "n": nil}}},
			sql.Null[exawire.JSON[[]json.Number]]{V: exawire.JSON[[]json.Number]{V: []json.Number{"1e400", "9007199254740993"}}, Valid: true},
		},
		{ID: 2},
	}
}

func documentTexts() [][]string {
	return [][]string{
		{`{"kind":"a<b>&` + "\u00fc" + `\u2028","size":123456789012345678901234567890,"share":0.10000000000000000000000000001,"tags":["x",""]}`, `{"kind":""}`},
		{`{"kind":"\"quoted\" \\","more":{"f":1.5,"n":null}}`, ""},
		{`[1e400,9007199254740993]`, ""},
	}
}

// documentServer has the documents as rows; an empty text is NULL there.
func documentServer(t *testing.T) (*exatest.Server, *exawire.Session) {
	t.Helper()
	srv, sess := tableServer(t, documentColumns)
	nullable := func(texts []string) exatest.Values {
		values := make([]*string, len(texts))
		for i := range texts {
			if texts[i] != "" {
				values[i] = &texts[i]
			}
		}
		return exatest.ValuesOf(values)
	}
	texts := documentTexts()
	srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns(documentColumns), exatest.ValuesOf([]int64{1, 2}), nullable(texts[0]), nullable(texts[1]), nullable(texts[2])))
	return srv, sess
}

var compareJSON = cmp.Comparer(func(a, b *big.Int) bool { return a == b || a != nil && b != nil && a.Cmp(b) == 0 })

func TestReadJSON(t *testing.T) {
	_, sess := documentServer(t)
	query := func() *exawire.Rows {
		rows, err := sess.Query(t.Context(), "SELECT")
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	got, err := exawire.Collect[document](query())
	if diff := cmp.Diff(documents(), got, compareJSON); err != nil || diff != "" {
		t.Errorf("Collect: %v (-want +got):\n%s", err, diff)
	}
	var scanned []document
	for row, err := range query().All() {
		if err != nil {
			t.Fatal(err)
		}
		d := document{Body: exawire.JSON[payload]{V: payload{Tags: []string{"left", "over"}}}}
		if err := row.Scan(&d.ID, &d.Body, &d.Pointer, &d.Nullable); err != nil {
			t.Fatal(err)
		}
		scanned = append(scanned, d)
	}
	if diff := cmp.Diff(documents(), scanned, compareJSON); diff != "" {
		t.Errorf("Scan (-want +got):\n%s", diff)
	}
}

func TestWriteJSON(t *testing.T) {
	texts, null := documentTexts(), "NULL"
	want := []string{
		strings.Join([]string{"1", texts[0][0], texts[1][0], texts[2][0]}, "|"),
		strings.Join([]string{"2", texts[0][1], null, null}, "|"),
	}
	docs := documents()
	args := func(d document) []any { return []any{d.ID, d.Body, d.Pointer, d.Nullable} }
	const insert = "INSERT INTO t VALUES (?, ?, ?, ?)"
	for name, write := range map[string]func(*exawire.Session) error{
		"Insert": func(sess *exawire.Session) error {
			_, err := exawire.Insert(t.Context(), sess, "t", slices.Values(docs))
			return err
		},
		"Exec": func(sess *exawire.Session) error {
			for _, d := range docs {
				if _, err := sess.Exec(t.Context(), insert, args(d)...); err != nil {
					return err
				}
			}
			return nil
		},
		"ExecRows": func(sess *exawire.Session) error {
			return onStmt(t, sess, nil, func(stmt *exawire.Stmt) error {
				_, err := stmt.ExecRows(t.Context(), exawire.WithoutErrors(slices.Values([][]any{args(docs[0]), args(docs[1])})))
				return err
			})
		},
		"ExecColumns": func(sess *exawire.Session) error {
			return onStmt(t, sess, nil, func(stmt *exawire.Stmt) error {
				_, err := stmt.ExecColumns(t.Context(),
					exawire.Values([]int64{1, 2}), exawire.Values([]exawire.JSON[payload]{docs[0].Body, docs[1].Body}),
					exawire.Values([]*exawire.JSON[payload]{docs[0].Pointer, docs[1].Pointer}),
					exawire.Values([]sql.Null[exawire.JSON[[]json.Number]]{docs[0].Nullable, docs[1].Nullable}))
				return err
			})
		},
	} {
		srv, sess := tableServer(t, documentColumns)
		srv.ForgetRequests()
		if err := write(sess); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, slices.Concat(sent(srv)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	_, sess := tableServer(t, documentColumns)
	_, err := sess.Exec(t.Context(), insert, 1, exawire.JSON[func()]{}, nil, nil)
	var param *exawire.ParamError
	if !errors.As(err, &param) || !strings.Contains(err.Error(), "JSON of func(): json: unsupported type: func()") {
		t.Errorf("a function as JSON: %v", err)
	}
}

// What cannot be read is an error of that value, with the place in the text and without the text.
func TestUnreadableJSON(t *testing.T) {
	const secret = "s3cret"
	type size struct {
		Size int8 `json:"size"`
	}
	sizes := func(sess *exawire.Rows) error {
		_, err := exawire.Collect[exawire.JSON[size]](sess)
		return err
	}
	numbers := func(sess *exawire.Rows) error {
		_, err := exawire.Collect[sql.Null[exawire.JSON[[]int]]](sess)
		return err
	}
	pointers := func(sess *exawire.Rows) error {
		_, err := exawire.Collect[*exawire.JSON[map[string]string]](sess)
		return err
	}
	nested := func(sess *exawire.Rows) error {
		_, err := exawire.Collect[exawire.JSON[map[string][]size]](sess)
		return err
	}
	inStruct := func(sess *exawire.Rows) error {
		_, err := exawire.Collect[exawire.JSON[struct {
			Sizes map[string]size `json:"sizes"`
		}]](sess)
		return err
	}
	bigInt := func(sess *exawire.Rows) error {
		_, err := exawire.Collect[exawire.JSON[big.Int]](sess)
		return err
	}
	timeOfDay := func(sess *exawire.Rows) error {
		_, err := exawire.Collect[exawire.JSON[time.Time]](sess)
		return err
	}
	for _, tt := range []struct {
		text string
		read func(*exawire.Rows) error
		want string
	}{
		{`{"size":1`, sizes, "not JSON: unexpected end at byte 9"},
		{secret, sizes, "not JSON: expected a value at byte 0"},
		{`{"size":1} ` + secret, sizes, "not JSON: "},
		{`{"size":01}`, sizes, "not JSON: "},
		{`{"size":300}`, sizes, `JSON of e2e_test.size: "size": the number before byte 11 does not go into int8`},
		{`{"size":"` + secret + `"}`, sizes, `JSON of e2e_test.size: "size": the string before byte`},
		{`[1,2.5]`, numbers, `JSON of []int: the number before byte 6 does not go into int`},
		{`{"` + secret + `":[{"size":1},{"size":true}]}`, nested, `JSON of map[string][]e2e_test.size: the bool before byte`},
		{`{"sizes":{"` + secret + `":{"size":true}}}`, inStruct, `"sizes": the bool before byte`},
		{`"` + secret + `"`, bigInt, "JSON of big.Int: the text does not go into it"},
		{`"` + secret + `"`, timeOfDay, "JSON of time.Time: the text does not go into it"},
		{`[1,]`, numbers, "not JSON: "},
		{`{"` + secret + `":7}`, pointers, "JSON of map[string]string: the number before byte"},
		{`5`, pointers, "JSON of map[string]string: the number before byte"},
	} {
		srv, sess := serve(t)
		srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("J VARCHAR(2000)"), exatest.ValuesOf([]string{`null`, tt.text})))
		rows, err := sess.Query(t.Context(), "SELECT")
		if err != nil {
			t.Fatal(err)
		}
		err = tt.read(rows)
		var scan *exawire.ScanError
		if !errors.As(err, &scan) || scan.Row != 1 || scan.Index != 0 || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.text, err, tt.want)
		}
		if strings.Contains(fmt.Sprint(err), secret) {
			t.Errorf("the error tells the value: %v", err)
		}
		checkUsable(t, sess)
	}
	srv, sess := serve(t)
	srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("J VARCHAR(2000)"), exatest.ValuesOf([]*string{nil})))
	rows, err := sess.Query(t.Context(), "SELECT")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exawire.One[exawire.JSON[any]](rows); !errors.Is(err, exawire.ErrNull) {
		t.Errorf("NULL into a JSON: %v", err)
	}
}

// What UnmarshalText makes refers to no byte of the text, and replaces what was there only if all is well.
func TestUnmarshalJSONText(t *testing.T) {
	var j exawire.JSON[map[string]json.RawMessage]
	text := []byte(`{"key":["value", 1]}`)
	if err := j.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	copy(text, bytes.Repeat([]byte("X"), len(text)))
	want := map[string]json.RawMessage{"key": json.RawMessage(`["value", 1]`)}
	if diff := cmp.Diff(want, j.V); diff != "" {
		t.Errorf("after the text was overwritten (-want +got):\n%s", diff)
	}
	if err := j.UnmarshalText([]byte(`{"other":1`)); err == nil {
		t.Error("half a text is no error")
	}
	if diff := cmp.Diff(want, j.V); diff != "" {
		t.Errorf("after an error (-want +got):\n%s", diff)
	}
	if err := j.UnmarshalText([]byte(`{"other":1}`)); err != nil || len(j.V) != 1 {
		t.Errorf("%v, %v: not replaced", j.V, err)
	}
}

// As a part of other JSON it is its value.
func TestJSONWithinJSON(t *testing.T) {
	type outer struct {
		Inner exawire.JSON[payload]   `json:"inner"`
		Maybe *exawire.JSON[[]string] `json:"maybe"`
	}
	v := outer{Inner: exawire.JSON[payload]{V: payload{Kind: "k", Tags: []string{"t"}}}}
	text, err := json.Marshal(v)
	if want := `{"inner":{"kind":"k","tags":["t"]},"maybe":null}`; err != nil || string(text) != want {
		t.Fatalf("%s, %v, want %s", text, err, want)
	}
	var back outer
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, back, compareJSON); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
}
