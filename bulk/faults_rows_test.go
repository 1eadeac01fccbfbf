package bulk_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

// line is a row of the world's table.
type line struct{ Text string }

// lines yields rows whose CSV has as many lines as the exported text, and then does something else.
func lines(n int, then func(yield func(line, error) bool)) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		for range n {
			if !yield(line{exportedText[:99]}, nil) {
				return
			}
		}
		if then != nil {
			then(yield)
		}
	}
}

// plainly leaves the encryption to the steps that it is about: rows are the same in other tables.
func plainly(table []faulty) (plain []faulty) {
	for _, f := range table {
		if f.step != "tls" {
			f.only = "plain"
		}
		plain = append(plain, f)
	}
	return plain
}

// describes has the world know the columns of its table.
func (w *world) describes() {
	w.srv.HandleSQL("SELECT * FROM T", exatest.Rows(exatest.Columns("TEXT VARCHAR(2000000) UTF8")))
}

// The faults of the database come out of typed imports as they do of others.
func TestFaultsOfImportRows(t *testing.T) {
	table := slices.DeleteFunc(slices.Concat(openingFaults(), importFaultsOfDatabase()), func(f faulty) bool { return f.from != nil })
	eachFault(t, plainly(table), func(w *world, f *faulty, e ending, opts []bulk.Option) {
		w.describes()
		c := w.run(e, func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			return bulk.ImportRows(ctx, s, "T", lines(exportRows, nil), opts...)
		})
		w.checkCall(f, e, "import", c)
		w.checkTable(f, c)
	})
}

// So they do of queries.
func TestFaultsOfQueries(t *testing.T) {
	eachFault(t, plainly(slices.Concat(openingFaults(), exportFaultsOfDatabase())), func(w *world, f *faulty, e ending, opts []bulk.Option) {
		w.describes()
		own := *f
		f = &own
		switch {
		case f.hangs:
			f.want, f.rows = "exawire: read rows: CTX", true // as for other rows
		case f.breaks == "Goexit":
			f.want, f.breaks = "a function has panicked or ended its goroutine", nil
		}
		n := int64(0)
		c := w.run(e, func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			for v, err := range bulk.ExportRows[line](ctx, s, "T", opts...) {
				switch {
				case err != nil:
					return bulk.Result{}, err
				case v.Text != exportedText[:99]:
					w.t.Errorf("row %d is %q", n, v.Text)
				}
				n++
			}
			return bulk.Result{Rows: n}, nil
		})
		w.checkCall(f, e, "export", c)
		if c.returned && c.err == nil {
			differ(w.t, "rows", exportRows, n)
		}
		w.usable(f.dead)
	})
}

// endlessly exports rows until nobody reads them.
func (w *world) endlessly() {
	w.srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(name string, to io.Writer) (int64, error) {
		for {
			if _, err := w.give(name, to); err != nil {
				return 0, err
			}
		}
	}))
}

// Sequences and loops of the caller's that fail, hang, panic or end their goroutine.
func TestFaultsOfSequencesAndLoops(t *testing.T) {
	imports := func(rows func(ctx context.Context) iter.Seq2[line, error]) func(w *world, ctx context.Context, s *exawire.Session) (bulk.Result, error) {
		return func(w *world, ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			return bulk.ImportRows(ctx, s, "T", rows(ctx))
		}
	}
	exports := func(each func(ctx context.Context, n int) (more bool)) func(w *world, ctx context.Context, s *exawire.Session) (bulk.Result, error) {
		return func(w *world, ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			n := 0
			for _, err := range bulk.ExportRows[line](ctx, s, "T") {
				if n++; err != nil {
					return bulk.Result{}, err
				}
				if !each(ctx, n) {
					break
				}
			}
			return bulk.Result{}, nil
		}
	}
	then := func(n int, end func(ctx context.Context, yield func(line, error) bool)) func(w *world, ctx context.Context, s *exawire.Session) (bulk.Result, error) {
		return imports(func(ctx context.Context) iter.Seq2[line, error] {
			return lines(n, func(yield func(line, error) bool) { end(ctx, yield) })
		})
	}
	for name, test := range map[string]struct {
		faulty
		do func(w *world, ctx context.Context, s *exawire.Session) (bulk.Result, error)
	}{
		"sequence fails at once":                    {faulty{want: "read: row 1: the disk is gone", is: errDisk}, then(0, func(_ context.Context, yield func(line, error) bool) { yield(line{}, errDisk) })},
		"sequence fails after much":                 {faulty{want: "read: row 30001: the disk is gone", is: errDisk}, then(30_000, func(_ context.Context, yield func(line, error) bool) { yield(line{}, errDisk) })},
		"sequence panics at once":                   {faulty{breaks: errDisk}, then(0, func(context.Context, func(line, error) bool) { panic(errDisk) })},
		"sequence panics after much":                {faulty{breaks: errDisk}, then(30_000, func(context.Context, func(line, error) bool) { panic(errDisk) })},
		"sequence ends its goroutine":               {faulty{breaks: "Goexit"}, then(30_000, func(context.Context, func(line, error) bool) { _, _ = goexit() })},
		"sequence waits for the context":            {faulty{hangs: true, want: "CTX"}, then(0, func(ctx context.Context, _ func(line, error) bool) { <-ctx.Done() })},
		"sequence waits for the context after much": {faulty{hangs: true}, then(30_000, func(ctx context.Context, _ func(line, error) bool) { <-ctx.Done() })},
		"sequence is slow": {faulty{took: 30 * time.Minute}, imports(func(context.Context) iter.Seq2[line, error] {
			return func(yield func(line, error) bool) {
				for range 30 {
					time.Sleep(time.Minute)
					for v := range lines(1000, nil) {
						if !yield(v, nil) {
							return
						}
					}
				}
			}
		})},
		"loop is left":               {faulty{}, exports(func(_ context.Context, n int) bool { return n < 100 })},
		"loop is left at once":       {faulty{}, exports(func(context.Context, int) bool { return false })},
		"loop panics":                {faulty{breaks: errDisk}, exports(func(context.Context, int) bool { panic(errDisk) })},
		"loop ends its goroutine":    {faulty{breaks: "Goexit"}, exports(func(context.Context, int) bool { _, _ = goexit(); return false })},
		"loop waits for the context": {faulty{hangs: true, want: "exawire: read rows: CTX", rows: true}, exports(func(ctx context.Context, _ int) bool { <-ctx.Done(); return true })},
		"loop is slow":               {faulty{hangs: true, want: "exawire: read rows: CTX", rows: true, took: time.Minute, within: time.Minute}, exports(func(context.Context, int) bool { time.Sleep(time.Minute); return true })},
		"rows are not read": {faulty{hangs: true, succeeds: true}, func(w *world, ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			rows, err := bulk.Query(ctx, s, "T")
			if err != nil {
				return bulk.Result{}, err
			}
			<-ctx.Done()
			return bulk.Result{}, rows.Close()
		}},
		"rows are closed at once": {faulty{}, func(w *world, ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			rows, err := bulk.Query(ctx, s, "T")
			if err != nil {
				return bulk.Result{}, err
			}
			return bulk.Result{}, errors.Join(rows.Close(), rows.Close())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			op := "export"
			if strings.HasPrefix(name, "sequence") {
				op = "import"
			}
			for _, e := range []ending{byItself, byCancel, byDeadline} {
				if test.hangs == (e == byItself) {
					continue
				}
				inWorld(t, func(t *testing.T, w *world) {
					w.describes()
					w.endlessly()
					c := w.run(e, func(ctx context.Context, s *exawire.Session) (bulk.Result, error) { return test.do(w, ctx, s) })
					w.checkCall(&test.faulty, e, op, c)
					if op == "import" {
						w.checkTable(&test.faulty, c)
					} else {
						w.usable(false)
					}
				})
			}
		})
	}
}
