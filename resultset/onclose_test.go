package resultset_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/resultset"
)

// TestOnClose closes rows in every way there is.
func TestOnClose(t *testing.T) {
	tests := []struct {
		name string
		end  func(r *resultset.Rows, cancel context.CancelFunc)
	}{
		{"Close", func(r *resultset.Rows, _ context.CancelFunc) { _ = r.Close() }},
		{"Close after a row", func(r *resultset.Rows, _ context.CancelFunc) {
			r.Next()
			_ = r.Close()
		}},
		{"cursor to the end", func(r *resultset.Rows, _ context.CancelFunc) {
			for r.Next() {
			}
		}},
		{"batches to the end", func(r *resultset.Rows, _ context.CancelFunc) {
			for range r.Batches() {
			}
		}},
		{"leaving a loop", func(r *resultset.Rows, _ context.CancelFunc) {
			for range r.All() {
				break
			}
		}},
		{"a panic in a loop", func(r *resultset.Rows, _ context.CancelFunc) {
			defer func() { _ = recover() }()
			for range r.All() {
				panic("boom")
			}
		}},
		{"an error of Collect", func(r *resultset.Rows, _ context.CancelFunc) { _, _ = resultset.Collect[bool](r) }},
		{"a context that has ended, and Close", func(r *resultset.Rows, cancel context.CancelFunc) {
			cancel()
			_ = r.Close()
		}},
		{"a context that has ended, and the loop", func(r *resultset.Rows, cancel context.CancelFunc) {
			cancel()
			for range r.All() {
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f := &fake{tb: t, table: numbered(35)}
			r := f.rows(ctx, f.header(4, true), resultset.Options{})
			var calls []string
			call := func(name string) func() {
				return func() {
					f.checkClosed(1)
					calls = append(calls, name)
				}
			}
			r.OnClose(call("first"))
			r.OnClose(nil)
			r.OnClose(call("second"))
			test.end(r, cancel)
			if diff := cmp.Diff([]string{"first", "second"}, calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			_ = r.Close()
			r.OnClose(call("late"))
			if diff := cmp.Diff([]string{"first", "second", "late"}, calls); diff != "" {
				t.Errorf("calls after the end (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnCloseOfNothing(t *testing.T) {
	for _, r := range []*resultset.Rows{nil, {}} {
		called := 0
		r.OnClose(func() { called++ })
		r.OnClose(nil)
		_ = r.Close()
		if called != 1 {
			t.Errorf("called %d times", called)
		}
	}
}

// TestOnClosePanics checks that a function which panics keeps no other one from being called, and that the rows are closed.
func TestOnClosePanics(t *testing.T) {
	f := &fake{tb: t, table: numbered(35)}
	f.onClose = func(context.Context) error { return errors.New("not closed") }
	r := f.rows(t.Context(), f.header(4, true), resultset.Options{})
	var calls []string
	r.OnClose(func() {
		calls = append(calls, "first")
		panic("boom")
	})
	r.OnClose(func() {
		calls = append(calls, "second")
		r.OnClose(func() { calls = append(calls, "from within") })
	})
	func() {
		defer func() {
			if value := recover(); value != "boom" {
				t.Errorf("recovered %v", value)
			}
		}()
		_ = r.Close()
	}()
	if diff := cmp.Diff([]string{"first", "second", "from within"}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if err := r.Close(); err == nil {
		t.Error("the error of the first Close is lost")
	}
	if len(calls) != 3 {
		t.Errorf("calls after a second Close: %v", calls)
	}
}
