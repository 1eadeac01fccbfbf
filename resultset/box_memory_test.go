package resultset_test

import (
	"database/sql/driver"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/exawire/exawire/resultset"
)

// Values share memory: rows cost few allocations. The limits are about one and a half times what is needed.
func TestRowsIntoAnyAllocate(t *testing.T) {
	batch := mixedBatch(t)
	dest, vals := make([]any, batch.NumColumns()), make([]driver.Value, batch.NumColumns())
	for i := range dest {
		dest[i] = new(any)
	}
	read := func(row func(*resultset.Rows) error) func(*resultset.Rows) error {
		return func(r *resultset.Rows) error {
			for r.Next() {
				if err := row(r); err != nil {
					return err
				}
			}
			return r.Err()
		}
	}
	for name, test := range map[string]struct {
		limit float64
		read  func(*resultset.Rows) error
	}{
		"Scan":         {benchRows / 2, read(func(r *resultset.Rows) error { return r.Scan(dest...) })},
		"DriverValues": {benchRows / 2, read(func(r *resultset.Rows) error { return r.DriverValues(vals) })},
		"Values":       {benchRows * 7 / 10, read(func(r *resultset.Rows) error { _, err := r.Values(); return err })},
		"Each": {benchRows * 7 / 10, func(r *resultset.Rows) error {
			for _, err := range resultset.Each[[]any](r) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
	} {
		n := testing.AllocsPerRun(2, func() {
			if err := test.read(resultset.RowsOver(batch)); err != nil {
				t.Fatal(err)
			}
		})
		if n > test.limit {
			t.Errorf("%s: %v allocations for %d rows, want %v at most", name, n, benchRows, test.limit)
		}
	}
}

// A value that is kept, and a row, keep little of their neighbours: no long text of another row.
func TestRowsIntoAnyKeepLittle(t *testing.T) {
	const size = 256 << 10
	tab := table{cols: cols("K", "S")}
	tab.cols[1].DataType = varchar(2_000_000)
	for i := range 100 {
		text := "short"
		if i%3 > 0 {
			text = strings.Repeat("x", size)
		}
		tab.rows = append(tab.rows, []string{fmt.Sprint(i), `"` + text + `"`})
	}
	for name, keep := range map[string]func(r *resultset.Rows, row int) (kept any, err error){
		"short text in a row": func(r *resultset.Rows, row int) (any, error) {
			vals, err := r.Values()
			if row == 30 {
				return vals, err
			}
			return nil, err
		},
		"text": func(r *resultset.Rows, row int) (kept any, err error) {
			var k any
			err = r.Scan(&k, &kept)
			if row == 30 {
				return kept, err
			}
			return nil, err
		},
	} {
		var kept []any
		before := heapInUse()
		func() {
			f := &fake{tb: t, table: tab, step: 100}
			r := f.rows(t.Context(), f.header(100, false), resultset.Options{})
			for row := 0; r.Next(); row++ {
				v, err := keep(r, row)
				if err != nil {
					t.Fatal(err)
				}
				if v != nil {
					kept = append(kept, v)
				}
			}
		}()
		if more := heapInUse() - before; more > size || len(kept) != 1 {
			t.Errorf("%s: %d values keep %d bytes", name, len(kept), more)
		}
		runtime.KeepAlive(kept)
	}
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
