package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

// TestImportRowsUndone: whatever is wrong with the rows, nothing is committed, and the session goes on.
func TestImportRowsUndone(t *testing.T) {
	broken := errors.New("the source is broken")
	for _, n := range []int{0, 5, manyItems} {
		for _, c := range []struct {
			name string
			last iter.Seq2[item, error]
			want string
		}{
			{"source", items(n, broken), fmt.Sprintf("bulk: import: read: row %d: the source is broken", n+1)},
			{
				"value", func(yield func(item, error) bool) {
					_ = items(n, nil)
					for v, err := range items(n, nil) {
						if !yield(v, err) {
							return
						}
					}
					yield(item{1e18, ""}, nil)
				},
				fmt.Sprintf(`bulk: import: read: parameter 1 of 2 "ID", row %d: int64 to DECIMAL(18,0): value out of range: more than 18 digits before the point`, n+1),
			},
		} {
			d := newTyped(t, itemColumns)
			_, err := bulk.ImportRows(t.Context(), d.sess, "t", c.last)
			if diff := cmp.Diff(c.want, fmt.Sprint(err)); diff != "" {
				t.Errorf("%s after %d rows (-want +got):\n%s", c.name, n, diff)
			}
			if param := (*exawire.ParamError)(nil); c.name == "source" && !errors.Is(err, broken) || c.name == "value" && (!errors.As(err, &param) || param.Row != int64(n)) {
				t.Errorf("%s after %d rows: %v", c.name, n, err)
			}
			if slices.Contains(d.statements(), "COMMIT") || n == manyItems && !slices.Contains(d.statements(), "ROLLBACK") {
				t.Errorf("%s after %d rows: statements %q", c.name, n, d.statements())
			}
			if err := d.sess.Ping(t.Context()); err != nil {
				t.Errorf("%s after %d rows: the session does not go on: %v", c.name, n, err)
			}
		}
	}
}

// TestImportRowsTheDatabaseFails: the sequence stops soon, and the error is that of the database.
func TestImportRowsTheDatabaseFails(t *testing.T) {
	d := newTyped(t, itemColumns)
	d.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
		_, err := content.Read(make([]byte, 100))
		return 0, errors.Join(&exatest.SQLError{Code: "42636", Text: "constraint violation - not null"}, err)
	}))
	taken := 0
	_, err := bulk.ImportRows(t.Context(), d.sess, "t", func(yield func(item, error) bool) {
		for yield(item{1, strings.Repeat("x", 100)}, nil) {
			taken++
		}
	})
	var own *exawire.Error
	if !errors.As(err, &own) || own.SQLCode != "42636" {
		t.Errorf("%v", err)
	}
	if taken == 0 {
		t.Error("no row was taken")
	}
	if slices.Contains(d.statements(), "COMMIT") {
		t.Errorf("statements %q", d.statements())
	}
}

func TestImportRowsCanceled(t *testing.T) {
	for _, n := range []int{1, manyItems} {
		d := newTyped(t, itemColumns)
		ctx, cancel := context.WithCancel(t.Context())
		cause := false
		_, err := bulk.ImportRows(ctx, d.sess, "t", func(yield func(item, error) bool) {
			for v, err := range items(n, nil) {
				if !yield(v, err) {
					cause = true
					return
				}
			}
			cancel()
			for yield(item{}, nil) {
				runtime.Gosched()
			}
			cause = true
		})
		if !errors.Is(err, context.Canceled) || !cause {
			t.Errorf("%d rows: %v", n, err)
		}
		if slices.Contains(d.statements(), "COMMIT") {
			t.Errorf("%d rows: statements %q", n, d.statements())
		}
		if err := d.sess.Ping(t.Context()); err != nil {
			t.Errorf("%d rows: the session does not go on: %v", n, err)
		}
	}
}

// TestImportRowsPanic: a panic of the sequence, and the end of its goroutine, go on and leave nothing behind.
func TestImportRowsPanic(t *testing.T) {
	for _, n := range []int{1, manyItems} {
		for _, end := range []func(){func() { panic("of the sequence") }, runtime.Goexit} {
			d := newTyped(t, itemColumns)
			done := make(chan any)
			go func() {
				defer func() { done <- recover() }()
				_, _ = bulk.ImportRows(t.Context(), d.sess, "t", func(yield func(item, error) bool) {
					for v, err := range items(n, nil) {
						if !yield(v, err) {
							return
						}
					}
					end()
				})
				done <- "it has returned"
			}()
			if got := <-done; got != nil && got != "of the sequence" {
				t.Error(got)
			}
			if slices.Contains(d.statements(), "COMMIT") {
				t.Errorf("%d rows: statements %q", n, d.statements())
			}
			if err := d.sess.Ping(t.Context()); err != nil {
				t.Errorf("%d rows: the session does not go on: %v", n, err)
			}
		}
	}
}

// TestImportRowsProgressPanics: a panic of another function of the caller's comes out where it was called.
func TestImportRowsProgressPanics(t *testing.T) {
	d := newTyped(t, itemColumns)
	defer func() {
		if got := recover(); got != "of the report" {
			t.Error(got)
		}
		if err := d.sess.Ping(t.Context()); err != nil {
			t.Errorf("the session does not go on: %v", err)
		}
	}()
	_, err := bulk.ImportRows(t.Context(), d.sess, "t", items(manyItems, nil), bulk.OnProgress(func(bulk.Progress) { panic("of the report") }))
	t.Error("it has returned", err)
}
