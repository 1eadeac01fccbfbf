package bulk_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest/fault"
)

// faulty is a line of the tables of faults: at which step of a transfer which side does what, and what comes of it.
type faulty struct {
	step, side, what string

	faults []fault.Fault
	set    func(w *world)             // what else is wrong
	from   func(w *world) bulk.Source // nil for 3000 rows that can be read once
	to     func(w *world) bulk.Target // nil for a writer
	opts   []bulk.Option
	with   func(w *world) bulk.Option // one more of them
	only   string                     // "plain" or "tls"

	hangs    bool          // for ever, until it is canceled
	want     string        // the error, see textOf; CTX is what the context says; "" of what hangs is that and aborted
	or       []string      // what the error may be as well, depending on who is faster
	took     time.Duration // until the error; of what hangs, after the end of the context
	within   time.Duration // how much sooner that may be
	succeeds bool          // although it hangs
	rows     bool          // the error may be one of exawire.Rows
	dead     bool          // the session is closed afterwards
	breaks   any           // what the call panics with; "Goexit" if it ends its goroutine
	is       error         // what the error matches
}

func (f *faulty) name() string { return f.step + ": " + f.side + " " + f.what }

// hangUp is what it says when the client hangs up.
var hangUp = regexp.MustCompile(`^ETL 00\d: [^;]*$`)

// aborted is what the database says when a statement is aborted.
const aborted = "execute: Client requested execution abort. (R0003)"

// What is said of a statement that has succeeded without a file.
const (
	notAsked = "request: the database did not ask for it"
	notMoved = "write: the statement ended before it was moved to its end"
	notEnded = "read: the statement ended before it was moved to its end"
)

const (
	database = "database"
	client   = "client"
)

// exportedText is what an EXPORT of the world writes.
var exportedText = strings.Repeat(strings.Repeat("x", 99)+"\n", exportRows)

// rows3000 is a reader that can be read once.
func rows3000() io.Reader { return struct{ io.Reader }{strings.NewReader(exportedText)} }

func TestFaultsOfImports(t *testing.T) {
	eachFault(t, importFaults(), func(w *world, f *faulty, e ending, opts []bulk.Option) {
		from := bulk.FromReader(rows3000())
		if f.from != nil {
			from = f.from(w)
		}
		c := w.run(e, func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			return bulk.Import(ctx, s, "T", from, opts...)
		})
		w.checkCall(f, e, "import", c)
		w.checkTable(f, c)
	})
}

// checkTable checks what an import has left behind.
func (w *world) checkTable(f *faulty, c call) {
	w.t.Helper()
	seen := slices.DeleteFunc(w.seen(), func(s string) bool { return s == "SELECT" })
	switch {
	case c.returned && c.err == nil:
		differ(w.t, "statements", []string{"transaction", "IMPORT", "COMMIT", "autocommit"}, seen)
		differ(w.t, "rows", c.result.Rows, w.table)
	case f.step == "commit" || f.step == "autocommit":
	case slices.Contains(seen, "COMMIT") || w.table != 0:
		w.t.Errorf("%d rows are in the table: %q", w.table, seen)
	case slices.Contains(seen, "IMPORT") && !f.dead && f.step != "rollback" && !slices.Contains(seen, "ROLLBACK"):
		w.t.Errorf("nothing was rolled back: %q", seen)
	}
	w.usable(f.dead)
}

func TestFaultsOfExports(t *testing.T) {
	eachFault(t, exportFaults(), func(w *world, f *faulty, e ending, opts []bulk.Option) {
		var got strings.Builder
		to := bulk.ToWriter(&got)
		if f.to != nil {
			to = f.to(w)
		}
		c := w.run(e, func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			return bulk.Export(ctx, s, "T", to, opts...)
		})
		w.checkCall(f, e, "export", c)
		if f.to == nil {
			if c.returned && c.err == nil {
				differ(w.t, "rows", exportRows, c.result.Rows)
				differ(w.t, "text", true, got.String() == exportedText)
			} else if !strings.HasPrefix(exportedText, got.String()) {
				w.t.Errorf("%d bytes that the database did not send", got.Len())
			}
		}
		w.usable(f.dead)
	})
}

// eachFault runs a test for each line of a table, plain and encrypted, with and without the end of a context.
func eachFault(t *testing.T, table []faulty, test func(w *world, f *faulty, e ending, opts []bulk.Option)) {
	for i := range table {
		f := &table[i]
		t.Run(f.name(), func(t *testing.T) {
			for _, way := range []string{"plain", "tls"} {
				switch {
				case f.only != "" && f.only != way:
					continue
				case way == "tls" && f.side == client && f.step != "read" && f.step != "write":
					continue // it happens before, behind or beside what is encrypted
				}
				encryption := bulk.EncryptionAuto
				if way == "tls" {
					encryption = bulk.EncryptionPinned
				}
				for _, e := range []ending{byItself, byCancel, byDeadline} {
					if f.hangs == (e == byItself) || e == byDeadline && way == "tls" {
						continue
					}
					t.Run(way+" "+e.String(), func(t *testing.T) {
						inWorld(t, func(t *testing.T, w *world) {
							w.inject(f.faults)
							if f.set != nil {
								f.set(w)
							}
							opts := append([]bulk.Option{bulk.Encrypt(encryption)}, f.opts...)
							if f.with != nil {
								opts = append(opts, f.with(w))
							}
							test(w, f, e, opts)
						})
					})
				}
			}
		})
	}
}

// checkCall compares what a call has come to with a line of the table.
func (w *world) checkCall(f *faulty, e ending, op string, c call) {
	w.t.Helper()
	want, text := f.want, textOf(op, c.err)
	if f.hangs && !f.succeeds {
		want = strings.ReplaceAll(cmp.Or(want, "CTX: "+aborted), "CTX", e.text())
		// The database hears of the abort, and that the client hangs up, at the same time.
		if words, ok := strings.CutPrefix(text, e.text()+": "); ok && hangUp.MatchString(words) {
			text = e.text() + ": " + aborted
		}
		if f.breaks == nil && f.step != "rollback" && !errors.Is(c.err, e.is()) {
			w.t.Errorf("the error is none of the context: %v", c.err)
		}
	}
	if slices.Contains(f.or, text) {
		text = want
	}
	switch {
	case f.breaks != nil:
		if c.returned || c.panic != f.breaks && (f.breaks != "Goexit" || c.panic != nil) {
			w.t.Errorf("returned: %t, panic: %v", c.returned, c.panic)
		}
	case !c.returned:
		w.t.Errorf("panic: %v", c.panic)
	default:
		differ(w.t, "error", want, text)
		if f.is != nil && !errors.Is(c.err, f.is) {
			w.t.Errorf("the error does not match %v", f.is)
		}
		var own *bulk.Error
		if c.err != nil && !errors.As(c.err, &own) && !f.rows {
			w.t.Errorf("the error is a %T", c.err)
		}
		if own != nil && (own.Open || own.Uncertain != strings.Contains(want, "may be committed")) {
			w.t.Errorf("open: %t, uncertain: %t", own.Open, own.Uncertain)
		}
	}
	sent := slices.ContainsFunc(w.seen(), func(s string) bool { return s == "IMPORT" || s == "EXPORT" })
	if sent && exawire.SafeToRetry(c.err) {
		w.t.Error("it is not safe to repeat what was sent")
	}
	took := c.took.Truncate(100 * time.Millisecond) // exatest waits a moment before it asks
	if f.hangs {
		took -= endAfter
	}
	linger := time.Duration(0)
	if op == "export" && !f.hangs && (c.err != nil || f.breaks != nil) {
		linger = time.Second / 2 // net/http waits before it hangs up on a request that it has not read
	}
	if took > f.took+linger || took < f.took-f.within {
		w.t.Errorf("it took %v, not %v", took, f.took)
	}
	if dead := w.sess.Err() != nil; dead != f.dead {
		w.t.Errorf("the session is closed: %t", dead)
	}
}
