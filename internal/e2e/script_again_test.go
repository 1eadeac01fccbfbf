package e2e_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// An iterator over a script can be used once. What a first loop has read and not run stays unrun.
func TestScriptAgain(t *testing.T) {
	// Three statements of which two go into a message: when the first loop is left, the third is waiting.
	long := "INSERT /* " + strings.Repeat("x", 5000) + " */ 1"
	script := strings.Repeat(long+";\n", 5)
	for name, opts := range map[string][]exawire.ScriptOption{"one by one": nil, "batched": {exawire.Grouped(100)}} {
		for leave, read := range map[string]int{"left at once": 1, "left later": 3, "read to its end": 100} {
			t.Run(name+", "+leave, func(t *testing.T) {
				srv, sess := serve(t, exatest.WithMaxMessageSize(1<<16))
				srv.HandleSQL("INSERT...", exatest.RowCount(1))
				seq := sess.RunScript(t.Context(), strings.NewReader(script), opts...)
				n := 0
				for _, err := range seq {
					if err != nil {
						t.Fatal(err)
					}
					if n++; n == read {
						break
					}
				}
				srv.ForgetRequests()
				for range 2 {
					var errs []error
					for _, err := range seq {
						errs = append(errs, err)
					}
					if len(errs) != 1 || errs[0] == nil {
						t.Errorf("again: %v", errs)
					}
				}
				if sent := names(srv); len(sent) != 0 {
					t.Errorf("sent %v", sent)
				}
			})
		}
	}
}

// A loop inside the loop gets the error alone: the outer one goes on.
func TestScriptAgainInside(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("INSERT", exatest.RowCount(1))
	seq := sess.RunScript(t.Context(), strings.NewReader("INSERT; INSERT; INSERT"))
	n := 0
	for _, err := range seq {
		if err != nil {
			t.Fatalf("statement %d: %v", n, err)
		}
		n++
		if err := last(seq); err == nil {
			t.Errorf("the loop inside has no error")
		}
	}
	split := exawire.SplitSQL(strings.NewReader("A; B; C"))
	for _, err := range split {
		if err != nil {
			t.Fatalf("statement %d: %v", n, err)
		}
		n++
		if err := last(split); err == nil {
			t.Errorf("the loop inside has no error")
		}
	}
	if n != 6 {
		t.Errorf("%d statements", n)
	}
}

// Rows that were sent and rolled back were sent.
func TestSafeToRetryAfterRollback(t *testing.T) {
	for name, tt := range map[string]struct {
		fail int // row that cannot be sent
		safe bool
	}{"the first row": {0, true}, "a later one": {5, false}} {
		t.Run(name, func(t *testing.T) {
			srv, sess := serve(t)
			srv.HandleSQL("INSERT ?", exatest.RowCount(1).Params(exatest.Columns(`"" DECIMAL(18,0)`)...))
			st, err := sess.Prepare(t.Context(), "INSERT ?")
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close(t.Context())
			srv.ForgetRequests()
			_, err = st.With(exawire.Atomic(), exawire.ChunkRows(2)).ExecRows(t.Context(), exawire.WithoutErrors(func(yield func([]any) bool) {
				for i := range 10 {
					var v any = i
					if i == tt.fail {
						v = "not a number"
					}
					if !yield([]any{v}) {
						return
					}
				}
			}))
			var batch *exawire.WriteError
			if !errors.As(err, &batch) || exawire.SafeToRetry(err) != tt.safe || exawire.SafeToRetry(batch) != tt.safe {
				t.Errorf("SafeToRetry is %t, of the WriteError %t: %v", exawire.SafeToRetry(err), exawire.SafeToRetry(batch), err)
			}
			if sent := len(srv.Requests("")) > 0; sent == tt.safe || batch.RolledBack == tt.safe {
				t.Errorf("rolled back: %t, sent %v", batch.RolledBack, names(srv))
			}
		})
	}
}
