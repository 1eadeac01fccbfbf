package resultset_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// Base is embedded.
type Base struct {
	ID      int64
	Created time.Time `exa:"CREATED_AT"`
}

type named struct {
	Base
	Name    *string `exa:"name"`
	Skipped func()  `exa:"-"`
	private int
}

type shadowing struct {
	Base
	ID string
}

type hidden struct{ Inner int }

type promoted struct {
	hidden
	Outer int
}

func cols(names ...string) []commands.ColumnInfo {
	var c []commands.ColumnInfo
	for _, n := range names {
		c = append(c, column(n, decimalType(18, 0)))
	}
	return c
}

// of opens rows over columns that all have the row number as their value, times the number of the column from 1.
func of(tb testing.TB, c []commands.ColumnInfo, n int) *resultset.Rows {
	tb.Helper()
	t := table{cols: c}
	for i := range n {
		var row []string
		for j := range c {
			row = append(row, fmt.Sprint(i*(j+1)))
		}
		t.rows = append(t.rows, row)
	}
	f := &fake{tb: tb, table: t, step: 1000}
	return f.rows(tb.Context(), f.header(n, false), resultset.Options{})
}

func TestStructByName(t *testing.T) {
	f := &fake{tb: t, table: table{
		cols: []commands.ColumnInfo{column("CREATED_AT", typed(commands.Timestamp)), column("NAME", varchar(10)), column("id", decimalType(18, 0))},
		rows: [][]string{{`"2024-06-18 00:00:00.000000"`, `"x"`, `1`}, {`"2024-06-19 00:00:00.000000"`, `null`, `2`}},
	}}
	got, err := resultset.Collect[named](f.rows(t.Context(), f.header(2, false), resultset.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	want := []named{
		{Base: Base{1, time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC)}, Name: ptr("x"), private: 0},
		{Base: Base{2, time.Date(2024, 6, 19, 0, 0, 0, 0, time.UTC)}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(named{}), cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Skipped" }, cmp.Ignore())); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestMapping(t *testing.T) {
	type ab struct{ A, B int }
	type tags struct {
		Upper int `exa:"A"`
		Lower int `exa:"a"`
	}
	type ignored struct {
		A int
		X int `exa:"-"`
		b int
	}
	_ = ignored{b: 0} // printed below
	collect := func(r *resultset.Rows, err error, v any) (string, error) { return fmt.Sprintf("%+v", v), err }
	as := map[string]func(*resultset.Rows, ...resultset.MapOption) (string, error){
		"ab": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[ab](r, o...)
			return collect(r, err, v)
		},
		"tags": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[tags](r, o...)
			return collect(r, err, v)
		},
		"ignored": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[ignored](r, o...)
			return collect(r, err, v)
		},
		"shadowing": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[shadowing](r, o...)
			return collect(r, err, v)
		},
		"promoted": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[promoted](r, o...)
			return collect(r, err, v)
		},
		"twice": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[struct {
				A int
				B int `exa:"A"`
			}](r, o...)
			return collect(r, err, v)
		},
		"folded": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[struct {
				X int `exa:"aB"`
				Y int `exa:"Ab"`
			}](r, o...)
			return collect(r, err, v)
		},
		"hidden tag": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[struct {
				A int
				b int `exa:"B"`
			}](r, o...)
			return collect(r, err, v)
		},
		"pointer": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[struct {
				*Base
				A int
			}](r, o...)
			return collect(r, err, v)
		},
		"no fields": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[struct{ a int }](r, o...)
			return collect(r, err, v)
		},
		"bad field": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[struct {
				A int
				B chan int
			}](r, o...)
			return collect(r, err, v)
		},
		"int": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[int](r, o...)
			return collect(r, err, v)
		},
		"any": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[any](r, o...)
			return collect(r, err, v)
		},
		"[]any": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[[]any](r, o...)
			return collect(r, err, v)
		},
		"null": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[sql.Null[int]](r, o...)
			return collect(r, err, v)
		},
		"map": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[map[string]int](r, o...)
			return collect(r, err, v)
		},
		"map of any": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[map[string]any](r, o...)
			return collect(r, err, v)
		},
		"slice": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[[]int](r, o...)
			return collect(r, err, v)
		},
		"struct pointer": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[*ab](r, o...)
			var all []ab
			for _, p := range v {
				all = append(all, *p)
			}
			return collect(r, err, all)
		},
		"struct pointer pointer": func(r *resultset.Rows, o ...resultset.MapOption) (string, error) {
			v, err := resultset.Collect[**ab](r, o...)
			return collect(r, err, v)
		},
	}
	lax, byPos := resultset.Lax(), resultset.ByPosition()
	tests := []struct {
		as      string
		columns []string
		options []resultset.MapOption
		want    string // or part of the error, if it begins with "error: "
	}{
		{"ab", []string{"A", "B"}, nil, "[{A:0 B:0} {A:1 B:2}]"},
		{"ab", []string{"b", "a"}, nil, "[{A:0 B:0} {A:2 B:1}]"},
		{"ab", []string{"X", "Y"}, []resultset.MapOption{byPos}, "[{A:0 B:0} {A:1 B:2}]"},
		{"ab", []string{"A"}, nil, `error: field B: no column "B"`},
		{"ab", []string{"A", "B", "C"}, nil, `error: no field for "C"; the tag`},
		{"ab", []string{"A", "C"}, []resultset.MapOption{lax}, "[{A:0 B:0} {A:1 B:0}]"},
		{"ab", []string{}, []resultset.MapOption{lax}, "[]"},
		{"ab", []string{"A"}, []resultset.MapOption{byPos}, "error: 2 fields for 1 columns"},
		{"ab", []string{"A", "B", "C"}, []resultset.MapOption{byPos}, "error: 2 fields for 3 columns"},
		{"ab", []string{"X"}, []resultset.MapOption{byPos, lax}, "[{A:0 B:0} {A:1 B:0}]"},
		{"ab", []string{"X", "Y", "Z"}, []resultset.MapOption{lax, byPos}, "[{A:0 B:0} {A:1 B:2}]"},
		{"ab", []string{"A", "B", "B"}, nil, `error: columns 2 "B" and 3 "B" both match`},
		{"ab", []string{"A", "B", "B"}, []resultset.MapOption{lax}, `error: columns 2 "B" and 3 "B" both match`},
		{"ab", []string{"A", "a", "B"}, nil, `error: no field for "a"; the tag`},
		{"ab", []string{"A", "b", "b"}, nil, `error: both match`},
		{"tags", []string{"a", "A"}, nil, "[{Upper:0 Lower:0} {Upper:2 Lower:1}]"},
		{"tags", []string{"A"}, nil, `error: field Lower: no column "a"`},
		{"ignored", []string{"A"}, nil, "[{A:0 X:0 b:0} {A:1 X:0 b:0}]"},
		{"shadowing", []string{"CREATED_AT", "ID"}, nil, `error: column 1 of 2 "CREATED_AT"`},
		{"promoted", []string{"INNER", "OUTER"}, nil, "[{hidden:{Inner:0} Outer:0} {hidden:{Inner:1} Outer:2}]"},
		{"twice", []string{"A"}, nil, `error: fields A and B have the same name "A"`},
		{"folded", []string{"AB"}, nil, `error: column 1 "AB" belongs to the fields X and Y`},
		{"hidden tag", []string{"A"}, nil, "error: field b has a tag but is not exported"},
		{"pointer", []string{"A"}, nil, "error: field Base: embedded pointers are not supported"},
		{"no fields", []string{"A"}, nil, "error: no exported fields"},
		{"bad field", []string{"A", "B"}, nil, `error: column 2 of 2 "B"`},
		{"int", []string{"A"}, nil, "[0 1]"},
		{"int", []string{"A", "B"}, nil, "error: 2 columns for one value"},
		{"int", []string{}, nil, "error: the statement gives no rows"},
		{"int", []string{}, []resultset.MapOption{lax}, "error: the statement gives no rows"},
		{"int", []string{"A", "B"}, []resultset.MapOption{lax}, "[0 1]"},
		{"any", []string{"A"}, nil, "[0 1]"},
		{"[]any", []string{"A", "B"}, nil, "[[0 0] [1 2]]"},
		{"null", []string{"A"}, nil, "[{V:0 Valid:true} {V:1 Valid:true}]"},
		{"map", []string{"A"}, nil, "error: scan into map[string]int: rows go into structs, pointers to structs, map[string]any, []any, and types of one column"},
		{"map of any", []string{"A", "B"}, nil, "[map[A:0 B:0] map[A:1 B:2]]"},
		{"map of any", []string{"A", "a", "B", "A"}, nil, `error: columns 1 and 4 have the same name "A"`},
		{"map of any", []string{"A", "A"}, []resultset.MapOption{lax}, `error: columns 1 and 2 have the same name "A"`},
		{"struct pointer", []string{"A", "B"}, nil, "[{A:0 B:0} {A:1 B:2}]"},
		{"struct pointer", []string{"A"}, nil, `error: field B: no column "B"`},
		{"struct pointer", []string{"A"}, []resultset.MapOption{lax}, "[{A:0 B:0} {A:1 B:0}]"},
		{"struct pointer pointer", []string{"A", "B"}, nil, "error: scan into **resultset_test.ab: rows go into structs"},
		{"slice", []string{"A"}, nil, "error: scan into []int: rows go into structs"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.as, tt.columns, len(tt.options)), func(t *testing.T) {
			for range 2 { // the second time from the cache
				rows := 2
				if len(tt.columns) == 0 {
					rows = 0
				}
				got, err := as[tt.as](of(t, cols(tt.columns...), rows), tt.options...)
				if wantErr, ok := cutPrefix(tt.want, "error: "); ok {
					contains(t, err, wantErr)
					if scanErr := (*resultset.ScanError)(nil); !errors.As(err, &scanErr) {
						t.Errorf("error %v is no ScanError", err)
					}
				} else if err != nil || got != tt.want {
					t.Errorf("got %s, %v; want %s", got, err, tt.want)
				}
			}
		})
	}
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}

// TestErrorInTheMiddle has a value that does not fit in every row and column: the rows before it arrive, whatever the
// size of the blocks.
func TestErrorInTheMiddle(t *testing.T) {
	type abc struct{ A, B, C int8 }
	const n = 400
	for at := range n {
		for col := range 3 {
			tab := table{cols: cols("A", "B", "C")}
			for i := range n {
				row := []string{fmt.Sprint(i % 100), fmt.Sprint(i % 100), fmt.Sprint(i % 100)}
				if i >= at {
					row[col] = "null"
				}
				if i > at {
					row = []string{"null", "null", "null"}
				}
				tab.rows = append(tab.rows, row)
			}
			f := &fake{tb: t, table: tab, step: 150}
			r := f.rows(t.Context(), f.header(30, true), resultset.Options{})
			i := 0
			for v, err := range resultset.Each[abc](r) {
				if i == at {
					scanErr := (*resultset.ScanError)(nil)
					if !errors.As(err, &scanErr) || !errors.Is(err, resultset.ErrNull) || scanErr.Index != col || scanErr.Row != int64(at) || scanErr.Go != "int8" {
						t.Fatalf("row %d: error %v, want ErrNull in column %d", i, err, col)
					}
				} else if want := int8(i % 100); err != nil || v != (abc{want, want, want}) {
					t.Fatalf("row %d is %v, %v", i, v, err)
				}
				i++
			}
			if i != at+1 || r.Err() == nil {
				t.Fatalf("%d pairs, want %d and the error", i, at+1)
			}
			f.checkClosed(1)
		}
	}
}

// TestValuesDoNotShareMemory changes what a value points to: the next ones must not notice.
func TestValuesDoNotShareMemory(t *testing.T) {
	type row struct {
		P *int
		B []byte
		U *upper
		L lower
	}
	c := []commands.ColumnInfo{small, small, small, small}
	for i, name := range []string{"P", "B", "U", "L"} {
		c[i].Name = name
	}
	n := 0
	for v, err := range resultset.Each[row](of(t, c, 2000)) {
		if err != nil {
			t.Fatal(err)
		}
		if *v.P != n || string(v.B) != fmt.Sprint(2*n) || v.U.got != int64(3*n) || v.L.text != fmt.Sprint(4*n) {
			t.Fatalf("row %d is %d %s %v %v", n, *v.P, v.B, v.U, v.L)
		}
		*v.P, v.B[0], v.U.got, v.L.text = -1, 'x', nil, "x"
		n++
	}
	if n != 2000 {
		t.Errorf("%d rows, want 2000", n)
	}
}

// accumulating is a Scanner that keeps what it had.
type accumulating struct{ all []any }

func (a *accumulating) Scan(src any) error {
	a.all = append(a.all, src)
	return nil
}

func TestScannersStartFromZero(t *testing.T) {
	got, err := resultset.Collect[accumulating](of(t, cols("A"), 100))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if diff := cmp.Diff([]any{int64(i)}, v.all); diff != "" {
			t.Fatalf("row %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestScanFunctionWithSeveralTypes(t *testing.T) {
	type ab struct{ A, B int }
	type a struct{ A int }
	n := 0
	for row, err := range of(t, cols("A", "B"), 300).All() {
		if err != nil {
			t.Fatal(err)
		}
		both, err := resultset.Scan[ab](row)
		if err != nil || both != (ab{n, 2 * n}) {
			t.Fatalf("row %d: %v, %v", n, both, err)
		}
		if _, err := resultset.Scan[a](row); err == nil {
			t.Fatal("a column without a field")
		}
		one, err := resultset.Scan[a](row, resultset.Lax())
		if err != nil || one != (a{n}) {
			t.Fatalf("row %d: %v, %v", n, one, err)
		}
		vals, err := resultset.Scan[[]any](row)
		if err != nil || vals[1] != int64(2*n) {
			t.Fatalf("row %d: %v, %v", n, vals, err)
		}
		v, err := row.Value(1)
		if err != nil || v != int64(2*n) {
			t.Fatalf("row %d: %v, %v", n, v, err)
		}
		n++
	}
}

func TestKnownStructsAreBounded(t *testing.T) {
	type a struct {
		A int `exa:"A"`
	}
	for i := range 3000 {
		if _, err := resultset.Collect[a](of(t, cols("A", fmt.Sprint("X", i)), 0), resultset.Lax()); err != nil {
			t.Fatal(err)
		}
		if n := resultset.KnownTargets(); n > 1000 {
			t.Fatalf("%d structs are known", n)
		}
	}
}
