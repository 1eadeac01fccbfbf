package resultset_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// initial is text that keeps its first letter.
type initial struct{ letter byte }

func (i *initial) UnmarshalText(text []byte) error {
	if len(text) != 2 {
		return errors.New("not two letters")
	}
	i.letter = text[0]
	return nil
}

// An sql.Null of any type takes what the type takes: by methods, by a type with the same underlying one, in structs and
// alone.
func TestNullOfAnyType(t *testing.T) {
	type label string
	type row struct {
		Initial sql.Null[initial]
		Label   sql.Null[label]
		Scanner sql.Null[accumulating]
	}
	tab := table{cols: []commands.ColumnInfo{column("INITIAL", varchar(9)), column("LABEL", varchar(9)), column("SCANNER", varchar(9))}}
	var want []row
	for i := range 300 {
		text, null := fmt.Sprintf("%c1", 'a'+i%20), i%3 == 0
		if null {
			tab.rows = append(tab.rows, []string{"null", "null", "null"})
			want = append(want, row{})
			continue
		}
		tab.rows = append(tab.rows, []string{strconv.Quote(text), strconv.Quote(text), strconv.Quote(text)})
		want = append(want, row{
			sql.Null[initial]{V: initial{text[0]}, Valid: true},
			sql.Null[label]{V: label(text), Valid: true},
			sql.Null[accumulating]{V: accumulating{[]any{text}}, Valid: true},
		})
	}
	f := &fake{tb: t, table: tab, step: 50}
	got, err := resultset.Collect[row](f.rows(t.Context(), f.header(10, true), resultset.Options{}))
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(initial{}, accumulating{})); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}

	bad := &fake{tb: t, table: table{cols: tab.cols[:1], rows: [][]string{{`"ab"`}, {`"abc"`}}}}
	r := bad.rows(t.Context(), bad.header(2, false), resultset.Options{})
	v := sql.Null[initial]{V: initial{'z'}, Valid: true}
	for n := 0; r.Next(); n++ {
		err := r.Scan(&v)
		if n == 1 {
			contains(t, err, "not two letters")
			if v.Valid || v.V.letter != 0 {
				t.Errorf("after an error: %v", v)
			}
			if err := r.Scan((*sql.Null[initial])(nil)); err == nil {
				t.Error("a nil pointer is no error")
			}
		} else if err != nil || v.V.letter != 'a' {
			t.Errorf("row %d: %v, %v", n, v, err)
		}
	}
	if _, err := resultset.Collect[sql.Null[label]](of(t, cols("A"), 1)); err != nil {
		t.Errorf("a number as text: %v", err)
	}
	if _, err := resultset.Collect[sql.Null[chan int]](of(t, cols("A"), 1)); err == nil {
		t.Error("a channel takes a number")
	}
}
