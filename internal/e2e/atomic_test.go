package e2e_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

// course returns what was sent since the last ForgetRequests, without what belongs to preparing.
func course(srv *exatest.Server) []string {
	var steps []string
	for _, r := range srv.Requests("") {
		switch r.Command {
		case "execute":
			steps = append(steps, r.SQL)
		case "setAttributes":
			steps = append(steps, string(r.Raw))
		case "executePreparedStatement":
			steps = append(steps, "rows")
		}
	}
	return steps
}

var errSource = errors.New("the source broke")

func TestAtomic(t *testing.T) {
	atomic := []exawire.WriteOption{exawire.Atomic(), exawire.ChunkRows(10)}
	insert := func(n int) func(context.Context, *exawire.Session) (int64, error) {
		return func(ctx context.Context, sess *exawire.Session) (int64, error) {
			return exawire.Insert(ctx, sess, "t", items(n), atomic...)
		}
	}
	committed := []string{autocommitOff, "rows", "rows", "rows", "COMMIT", autocommitOn}
	undone := []string{autocommitOff, "rows", "rows", "ROLLBACK", autocommitOn}
	for _, tt := range []struct {
		name   string
		write  func(context.Context, *exawire.Session) (int64, error)
		fail   int // the chunk that the server refuses, from 1 on
		commit exatest.Response
		want   []string
		err    *exawire.WriteError // but for Err
		cause  error
	}{
		{name: "all rows", write: insert(25), want: committed},
		{name: "one statement", write: insert(9), want: []string{"rows"}},
		{name: "nothing", write: insert(0)},
		{name: "columns", write: func(ctx context.Context, sess *exawire.Session) (n int64, err error) {
			ids, names := make([]int, 25), make([]string, 25)
			err = onStmt(t, sess, atomic, func(stmt *exawire.Stmt) error {
				n, err = stmt.ExecColumns(ctx, exawire.Values(ids), exawire.Values(names))
				return err
			})
			return n, err
		}, want: committed},
		{name: "columns in one statement", write: func(ctx context.Context, sess *exawire.Session) (n int64, err error) {
			ids, names := make([]int, 10), make([]string, 10)
			err = onStmt(t, sess, atomic, func(stmt *exawire.Stmt) error {
				n, err = stmt.ExecColumns(ctx, exawire.Values(ids), exawire.Values(names))
				return err
			})
			return n, err
		}, want: []string{"rows"}},
		{
			name: "a chunk is refused", write: insert(25), fail: 2, want: undone,
			err: &exawire.WriteError{First: 10, Last: 20, RowCount: 10, RolledBack: true},
		},
		{
			name: "the first chunk is refused", write: insert(25), fail: 1, want: []string{autocommitOff, "rows", "ROLLBACK", autocommitOn},
			err: &exawire.WriteError{Last: 10, RolledBack: true},
		},
		{
			name: "the source fails", write: func(ctx context.Context, sess *exawire.Session) (int64, error) {
				return exawire.InsertEach(ctx, sess, "t", func(yield func(item, error) bool) {
					for v := range items(25) {
						if !yield(v, nil) {
							return
						}
					}
					yield(item{}, errSource)
				}, atomic...)
			}, want: undone, err: &exawire.WriteError{First: 20, Last: 25, RowCount: 20, RolledBack: true, Stopped: "source"}, cause: errSource,
		},
		{
			name: "the source of rows fails", write: func(ctx context.Context, sess *exawire.Session) (n int64, err error) {
				err = onStmt(t, sess, atomic, func(stmt *exawire.Stmt) error {
					n, err = stmt.ExecRows(ctx, failingRows(25))
					return err
				})
				return n, err
			}, want: undone, err: &exawire.WriteError{First: 20, Last: 25, RowCount: 20, RolledBack: true, Stopped: "source"}, cause: errSource,
		},
		{
			name: "the commit is refused", write: insert(25), commit: exatest.Exception("40001", "GlobalTransactionRollback"),
			want: []string{autocommitOff, "rows", "rows", "rows", "COMMIT", "ROLLBACK", autocommitOn},
			err:  &exawire.WriteError{First: 0, Last: 25, RolledBack: true},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, sess := tableServer(t, itemColumns)
			chunks := 0
			srv.HandleSQL("INSERT INTO t...", exatest.Func(func(r *exatest.Request) exatest.Response {
				if len(r.Params) == 0 {
					return exatest.Pass()
				}
				if chunks++; chunks == tt.fail {
					return exatest.Exception("27002", "constraint violation")
				}
				return exatest.Pass()
			}))
			srv.HandleSQL("COMMIT", tt.commit)
			srv.ForgetRequests()
			n, err := tt.write(t.Context(), sess)
			if diff := cmp.Diff(tt.want, course(srv)); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if !sess.Attributes().Autocommit {
				t.Error("autocommit is off")
			}
			checkUsable(t, sess)
			if tt.err == nil {
				rows := 0
				for _, m := range sent(srv) {
					rows += len(m)
				}
				if err != nil || n != int64(rows) {
					t.Errorf("%d rows of %d, %v", n, rows, err)
				}
				return
			}
			var batch *exawire.WriteError
			if !errors.As(err, &batch) || n != 0 || tt.cause != nil && !errors.Is(err, tt.cause) || tt.cause == nil && codeOf(err) == "" {
				t.Fatalf("%d rows, error %v", n, err)
			}
			got := *batch
			got.Err = nil
			if diff := cmp.Diff(*tt.err, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// Atomic would end what others have begun.
func TestAtomicIsRefused(t *testing.T) {
	srv, sess := tableServer(t, itemColumns)
	insert := func() error {
		_, err := exawire.Insert(t.Context(), sess, "t", items(3), exawire.Atomic())
		return err
	}
	tx, err := sess.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	srv.ForgetRequests()
	if err := insert(); !errors.Is(err, exawire.ErrTxOpen) || !exawire.SafeToRetry(err) {
		t.Errorf("in a transaction: %v", err)
	}
	if n := len(srv.Requests("")); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if _, err := exawire.Insert(t.Context(), sess, "t", items(3)); err != nil {
		t.Error(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := sess.SetAttributes(t.Context(), exawire.Autocommit(false)); err != nil {
		t.Fatal(err)
	}
	if err := insert(); !errors.Is(err, exawire.ErrTxOpen) {
		t.Errorf("without autocommit: %v", err)
	}
	err = onStmt(t, sess, []exawire.WriteOption{exawire.Atomic()}, func(stmt *exawire.Stmt) error {
		_, err := stmt.ExecColumns(t.Context(), exawire.Values([]int{1}), exawire.Values([]string{"a"}))
		return err
	})
	if !errors.Is(err, exawire.ErrTxOpen) {
		t.Errorf("columns without autocommit: %v", err)
	}
}

// Without Atomic a failure inside a transaction says that the rows before it are in the open transaction.
func TestBatchErrorInTransaction(t *testing.T) {
	srv, sess := tableServer(t, itemColumns)
	srv.HandleSQL("INSERT INTO t...", exatest.Func(func(r *exatest.Request) exatest.Response {
		if len(r.Params) > 0 && r.Params[0].Len() < 10 {
			return exatest.Exception("27002", "constraint violation")
		}
		return exatest.Pass()
	}))
	tx, err := sess.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = exawire.Insert(t.Context(), sess, "t", items(15), exawire.ChunkRows(10))
	var batch *exawire.WriteError
	if !errors.As(err, &batch) || batch.Autocommit || batch.RolledBack || batch.First != 10 || batch.Last != 15 || batch.RowCount != 10 {
		t.Errorf("error is %+v", err)
	}
	const text = "exawire: rows 11 to 15 failed, 10 rows were changed before in the open transaction: executePreparedStatement: constraint violation"
	if !strings.HasPrefix(err.Error(), text) {
		t.Errorf("error is %q, want %q", err, text)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
}

// A sequence that panics leaves neither a transaction nor a prepared statement behind.
func TestAtomicPanic(t *testing.T) {
	srv, sess := tableServer(t, itemColumns)
	srv.ForgetRequests()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = exawire.Insert(t.Context(), sess, "t", func(yield func(item) bool) {
			for v := range items(25) {
				yield(v)
			}
			panic("source")
		}, exawire.Atomic(), exawire.ChunkRows(10))
	}()
	if diff := cmp.Diff([]string{autocommitOff, "rows", "rows", "ROLLBACK", autocommitOn}, course(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	checkUsable(t, sess)
}

// However the context ends, the session stays usable, the error matches the context's, and it says what was written.
func TestInsertCancelled(t *testing.T) {
	endless := func(at int, cancel func()) func(func(item) bool) {
		return func(yield func(item) bool) {
			for i := 0; ; i++ {
				if i == at {
					cancel()
				}
				if !yield(item{int64(i), "x"}) {
					return
				}
			}
		}
	}
	for _, tt := range []struct {
		name   string
		at     int  // row before which the context is cancelled; -1: while the second chunk runs
		atomic bool // with the option
		want   exawire.WriteError
		steps  []string
	}{
		{name: "at once", at: 0, want: exawire.WriteError{Autocommit: true}},
		{name: "within a chunk", at: 15, want: exawire.WriteError{First: 10, Last: 15, RowCount: 10, Autocommit: true}, steps: []string{"rows"}},
		{name: "between chunks", at: 20, want: exawire.WriteError{First: 20, Last: 20, RowCount: 20, Autocommit: true}, steps: []string{"rows", "rows"}},
		{name: "within a statement", at: -1, want: exawire.WriteError{First: 10, Last: 20, RowCount: 10, Autocommit: true}, steps: []string{"rows", "rows"}},
		{
			name: "between chunks, atomic", at: 20, atomic: true, want: exawire.WriteError{First: 20, Last: 20, RowCount: 20, RolledBack: true},
			steps: []string{autocommitOff, "rows", "rows", "ROLLBACK", autocommitOn},
		},
		{
			name: "within a statement, atomic", at: -1, atomic: true, want: exawire.WriteError{First: 10, Last: 20, RowCount: 10, RolledBack: true},
			steps: []string{autocommitOff, "rows", "rows", "ROLLBACK", autocommitOn},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				handleTable(srv, itemColumns)
				sess := connect(t, client)
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errSource)
				defer cancel()
				chunks := 0
				srv.HandleSQL("INSERT INTO t...", exatest.Func(func(r *exatest.Request) exatest.Response {
					if len(r.Params) > 0 {
						chunks++
					}
					if chunks == 2 && tt.at < 0 {
						return exatest.Hang()
					}
					return exatest.Pass()
				}))
				opts := []exawire.WriteOption{exawire.ChunkRows(10)}
				if tt.atomic {
					opts = append(opts, exawire.Atomic())
				}
				srv.ForgetRequests()
				want := context.Canceled
				if tt.at < 0 {
					want = context.DeadlineExceeded
				}
				_, err := exawire.Insert(ctx, sess, "t", endless(tt.at, cancel), opts...)
				var batch *exawire.WriteError
				if !errors.As(err, &batch) || !errors.Is(err, want) || errors.Is(err, exawire.ErrSessionClosed) {
					t.Fatalf("error is %v", err)
				}
				if errors.Is(want, context.DeadlineExceeded) && !errors.Is(err, errSource) {
					t.Errorf("error %v does not match the cause", err)
				}
				got := *batch
				got.Err = nil
				if tt.at >= 0 {
					tt.want.Stopped = "context" // no statement was running
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.steps, course(srv)); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
				if opened, closed := len(prepared(srv)), len(srv.Requests("closePreparedStatement")); opened != closed {
					t.Errorf("%d statements were prepared and %d closed", opened, closed)
				}
				if !sess.Attributes().Autocommit {
					t.Error("autocommit is off")
				}
				checkUsable(t, sess)
			})
		})
	}
}

// A server that goes away in the middle: the rows of a transaction are gone with it, and those that were committed are
// not.
func TestInsertSessionLost(t *testing.T) {
	for _, atomic := range []bool{false, true} {
		srv, sess := tableServer(t, itemColumns)
		chunks := 0
		srv.HandleSQL("INSERT INTO t...", exatest.Func(func(r *exatest.Request) exatest.Response {
			if len(r.Params) == 0 {
				return exatest.Pass()
			}
			if chunks++; chunks == 2 {
				return exatest.Drop()
			}
			return exatest.Pass()
		}))
		opts := []exawire.WriteOption{exawire.ChunkRows(10)}
		if atomic {
			opts = append(opts, exawire.Atomic())
		}
		_, err := exawire.Insert(t.Context(), sess, "t", items(25), opts...)
		var batch *exawire.WriteError
		if !errors.As(err, &batch) || !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) {
			t.Fatalf("error is %v", err)
		}
		if batch.First != 10 || batch.Last != 20 || batch.RowCount != 10 || batch.Autocommit == atomic || batch.RolledBack != atomic {
			t.Errorf("atomic %v: error is %+v", atomic, batch)
		}
	}
}

// The rows of a query can be inserted through the session that reads them.
func TestInsertEachFromQuery(t *testing.T) {
	srv, sess := tableServer(t, itemColumns)
	ids, names := make([]int64, 3000), make([]string, 3000)
	for i := range ids {
		ids[i], names[i] = int64(i), "x"
	}
	srv.HandleSQL("SELECT id, name FROM old", exatest.Rows(exatest.Columns(itemColumns), exatest.ValuesOf(ids), exatest.ValuesOf(names)))
	rows, err := sess.Query(t.Context(), "SELECT id, name FROM old")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := exawire.InsertEach(t.Context(), sess, "t", each(rows), exawire.ChunkRows(700)); n != 3000 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	got := slices.Concat(sent(srv)...)
	if len(got) != 3000 || got[2999] != "2999|x" {
		t.Errorf("%d rows arrived", len(got))
	}
}

func each(rows *exawire.Rows) func(func(item, error) bool) { return resultset.Each[item](rows) }
