package e2e_test

import (
	"bytes"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

// copyRows reads rows of T from one statement and inserts them into T again. It returns what was sent.
func copyRows[T any](t *testing.T, columns string, values ...any) string {
	t.Helper()
	srv, sess := tableServer(t, columns)
	data := make([]exatest.Values, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case []string:
			data[i] = exatest.ValuesOf(v)
		case []int64:
			data[i] = exatest.ValuesOf(v)
		}
	}
	srv.HandleSQL("SELECT rows", exatest.Rows(exatest.Columns(columns), data...))
	rows, err := sess.Query(t.Context(), "SELECT rows")
	if err != nil {
		t.Fatal(err)
	}
	all, err := resultset.Collect[T](rows)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exawire.Insert(t.Context(), sess, "t", func(yield func(T) bool) {
		for _, v := range all {
			if !yield(v) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	var sent []string
	for _, r := range srv.Requests("executePreparedStatement") {
		sent = append(sent, string(bytes.TrimSpace(r.Field("data"))))
	}
	return strings.Join(sent, " ")
}

// textUUID reads and writes itself as text with dashes.
type textUUID struct{ text string }

func (u *textUUID) UnmarshalText(text []byte) error       { u.text = string(text); return nil }
func (u *textUUID) MarshalText() (text []byte, err error) { return []byte(u.text), nil }

// What is read from a HASHTYPE is written to one.
func TestHashtypeFromEachToInsert(t *testing.T) {
	const columns = "H HASHTYPE(16 BYTE)"
	const digits = "550e8400e29b11d4a716446655440000"
	want := `[["` + digits + `",null]]`
	type row[V any] struct{ H V }
	for name, got := range map[string]string{
		"[]byte":           copyRows[row[[]byte]](t, columns, []string{digits}),
		"string":           copyRows[row[*string]](t, columns, []string{digits}),
		"any":              copyRows[row[any]](t, columns, []string{digits}),
		"Null of []byte":   copyRows[row[sql.Null[[]byte]]](t, columns, []string{digits}),
		"pointer to bytes": copyRows[row[*[]byte]](t, columns, []string{digits}),
		"NullString":       copyRows[row[sql.NullString]](t, columns, []string{digits}),
		"text methods":     copyRows[row[*textUUID]](t, columns, []string{digits}),
	} {
		if want := strings.Replace(want, ",null", "", 1); got != want {
			t.Errorf("%s: sent %s, want %s", name, got, want)
		}
	}
}

// A struct with an embedded value that has methods is read and written by its fields.
func TestEmbeddedScalars(t *testing.T) {
	type event struct {
		ID int64
		time.Time
	}
	type note struct {
		sql.NullString
		Event event `exa:"-"`
		ID    int64
	}
	type nested struct {
		event
		sql.NullString
	}
	const moment = "2024-06-18 17:22:13.123000"
	for name, tt := range map[string][2]string{
		"time.Time": {
			copyRows[event](t, "ID DECIMAL(18,0), TIME TIMESTAMP", []int64{7}, []string{moment}), `[[7],["` + moment + `"]]`,
		},
		"sql.NullString": {
			copyRows[note](t, "NULLSTRING VARCHAR(10), ID DECIMAL(18,0)", []string{"a"}, []int64{7}), `[["a"],[7]]`,
		},
		"nested": {
			copyRows[nested](t, "TIME TIMESTAMP, ID DECIMAL(18,0), NULLSTRING VARCHAR(10)", []string{moment}, []int64{7}, []string{"a"}),
			`[["` + moment + `"],[7],["a"]]`,
		},
	} {
		if tt[0] != tt[1] {
			t.Errorf("%s: sent %s, want %s", name, tt[0], tt[1])
		}
	}
}
