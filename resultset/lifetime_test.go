package resultset_test

import (
	"strings"
	"testing"

	"github.com/exawire/exawire/resultset"
)

// useBatch calls all methods of a batch that can return an error, and returns the first method without one.
func useBatch(b *resultset.Batch) (without string) {
	check := func(name string, err error) {
		if (err == nil || !strings.Contains(err.Error(), "not valid any more")) && without == "" {
			without = name
		}
	}
	_, err := b.Int64(0)
	check("Int64", err)
	_, err = b.Decimal(0)
	check("Decimal", err)
	_, err = b.Float64(0)
	check("Float64", err)
	_, err = b.Bool(0)
	check("Bool", err)
	_, err = b.Time(0)
	check("Time", err)
	_, err = b.YearMonth(0)
	check("YearMonth", err)
	_, err = b.DaySecond(0)
	check("DaySecond", err)
	_, err = b.Text(1)
	check("Text", err)
	_, err = b.Value(0, 0)
	check("Value", err)
	if b.Len() != 0 || b.NumColumns() != 0 || b.Columns() != nil || b.Start() != 0 {
		check("Len", nil)
	}
	return without
}

// A batch that is kept beyond its turn fails, in later turns and behind the loop, and never shows the rows of another one.
func TestBatchesBeyondTheirTurn(t *testing.T) {
	for _, inline := range []int{0, 4, 25} {
		for _, prefetch := range prefetches {
			f := &fake{tb: t, table: numbered(25), step: 2}
			rows := f.rows(t.Context(), f.header(inline, inline < 25), resultset.Options{Prefetch: prefetch})
			var kept, clones []*resultset.Batch
			next := int64(0)
			for b, err := range rows.Batches() {
				if err != nil {
					t.Fatal(err)
				}
				for i, old := range kept {
					if name := useBatch(old); name != "" {
						t.Fatalf("%d inline, prefetch %d: in turn %d %s of batch %d has no error", inline, prefetch, len(kept), name, i)
					}
					if name := useBatch(old.Clone()); name != "" {
						t.Fatalf("%d inline, prefetch %d: %s of a clone of batch %d has no error", inline, prefetch, name, i)
					}
				}
				if ids, err := b.Int64(0); err != nil || ids.Values[0] != next || b.Start() != next {
					t.Fatalf("%d inline, prefetch %d: batch of row %d: %v, %v", inline, prefetch, next, ids, err)
				}
				next += int64(b.Len())
				kept, clones = append(kept, b), append(clones, b.Clone())
			}
			if next != 25 {
				t.Errorf("%d inline, prefetch %d: %d rows", inline, prefetch, next)
			}
			for i, old := range kept {
				if name := useBatch(old); name != "" {
					t.Errorf("%d inline, prefetch %d: %s of batch %d has no error behind the loop", inline, prefetch, name, i)
				}
				if ids, err := clones[i].Int64(0); err != nil || ids.Values[0] != clones[i].Start() {
					t.Errorf("%d inline, prefetch %d: clone %d: %v, %v", inline, prefetch, i, ids, err)
				}
			}
		}
	}
}

// So does a batch whose rows were closed within the loop.
func TestBatchOfClosedRows(t *testing.T) {
	for _, inline := range []int{4, 25} {
		f := &fake{tb: t, table: numbered(25)}
		rows := f.rows(t.Context(), f.header(inline, inline < 25), resultset.Options{})
		for b, err := range rows.Batches() {
			if err != nil {
				t.Fatal(err)
			}
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
			if name := useBatch(b); name != "" {
				t.Errorf("%d inline: %s has no error", inline, name)
			}
		}
	}
}

// A batch that was over is as good as a new one for a Decoder.
func TestDecodeIntoBatchThatIsOver(t *testing.T) {
	f := &fake{tb: t, table: numbered(5)}
	var kept *resultset.Batch
	for b, err := range f.rows(t.Context(), f.header(5, false), resultset.Options{}).Batches() {
		if err != nil {
			t.Fatal(err)
		}
		kept = b
	}
	if _, err := resultset.NewDecoder(cols("A"), resultset.Formats{}).Decode(kept, []byte(`[[7]]`), 0, 1); err != nil {
		t.Fatal(err)
	}
	if v, err := kept.Value(0, 0); v != int64(7) || err != nil {
		t.Errorf("%v, %v", v, err)
	}
}

// A row that is kept beyond its batch fails in the turns of the next one, and behind the loop.
func TestRowsBeyondTheirTurn(t *testing.T) {
	f := &fake{tb: t, table: numbered(25), step: 2}
	var kept []resultset.Row
	number := int64(0)
	check := func(row resultset.Row) {
		t.Helper()
		_, valueErr := row.Value(0)
		_, valuesErr := row.Values()
		_, scanErr := resultset.Scan[[]any](row)
		var id int64
		var text string
		for name, err := range map[string]error{"Value": valueErr, "Values": valuesErr, "Scan": row.Scan(&id, &text), "the function Scan": scanErr} {
			if err == nil || !strings.Contains(err.Error(), "not valid any more") {
				t.Fatalf("%s at row %d: %v", name, number, err)
			}
		}
		if row.Number() != -1 {
			t.Fatalf("at row %d one that was kept has the number %d", number, row.Number())
		}
	}
	for row, err := range f.rows(t.Context(), f.header(0, true), resultset.Options{}).All() {
		if err != nil {
			t.Fatal(err)
		}
		if row.Number() != number {
			t.Fatalf("row %d has the number %d", number, row.Number())
		}
		if number++; number%2 == 1 { // the first of its batch
			for _, old := range kept {
				check(old)
			}
		}
		kept = append(kept, row)
	}
	for _, row := range append(kept, resultset.Row{}) {
		check(row)
	}
}

func TestLifetime(t *testing.T) {
	f := &fake{tb: t, table: numbered(25)}
	r := f.rows(t.Context(), f.header(0, true), resultset.Options{})
	var kept *resultset.Batch
	var stale []resultset.Row
	for b, err := range r.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		if kept == nil {
			kept = b.Clone()
		}
	}
	s, err := kept.Text(1)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.String(9); got != "row 9" {
		t.Errorf("kept text is %q", got)
	}
	r = f.rows(t.Context(), f.header(25, false), resultset.Options{})
	for row, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		stale = append(stale, row)
	}
	for _, row := range append(stale, resultset.Row{}) {
		if _, err := row.Values(); err == nil {
			t.Error("a row of closed rows has values")
		}
		if _, err := row.Value(0); err == nil {
			t.Error("a row of closed rows has a value")
		}
		if _, err := resultset.Scan[record](row); err == nil {
			t.Error("a row of closed rows could be scanned")
		}
		if row.Number() != -1 {
			t.Errorf("a row of closed rows has the number %d", row.Number())
		}
	}
}
