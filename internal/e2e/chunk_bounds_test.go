package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/exawire/exawire"
)

// No chunk passes any of the bounds, and no row is lost, doubled or moved.
func TestChunkBounds(t *testing.T) {
	const rows = 600
	write := map[string]func(*exawire.Session, ...exawire.WriteOption) error{
		"Insert": func(sess *exawire.Session, opts ...exawire.WriteOption) error {
			_, err := exawire.Insert(t.Context(), sess, "t", items(rows), opts...)
			return err
		},
		"ExecRows": func(sess *exawire.Session, opts ...exawire.WriteOption) error {
			return onStmt(t, sess, opts, func(stmt *exawire.Stmt) error {
				_, err := stmt.ExecRows(t.Context(), exawire.WithoutErrors(func(yield func([]any) bool) {
					for v := range items(rows) {
						if !yield([]any{v.ID, v.Name}) {
							return
						}
					}
				}))
				return err
			})
		},
		"ExecColumns": func(sess *exawire.Session, opts ...exawire.WriteOption) error {
			var ids []int64
			var names []string
			for v := range items(rows) {
				ids, names = append(ids, v.ID), append(names, v.Name)
			}
			return onStmt(t, sess, opts, func(stmt *exawire.Stmt) error {
				_, err := stmt.ExecColumns(t.Context(), exawire.Values(ids), exawire.Values(names))
				return err
			})
		},
	}
	for _, tt := range []struct {
		opts        []exawire.WriteOption
		rows, bytes int // bounds
		messages    int // at most
	}{
		{nil, 10_000, 1 << 20, 1},
		{[]exawire.WriteOption{exawire.ChunkRows(143)}, 143, 1 << 20, 5},
		{[]exawire.WriteOption{exawire.ChunkRows(1)}, 1, 1 << 20, rows},
		{[]exawire.WriteOption{exawire.ChunkBytes(2500)}, 10_000, 2500, 5},
		{[]exawire.WriteOption{exawire.ChunkBytes(1)}, 1, 1 << 20, rows},
		{[]exawire.WriteOption{exawire.ChunkBytes(2500), exawire.ChunkRows(50)}, 50, 2500, 12},
		{[]exawire.WriteOption{exawire.ChunkBytes(-1), exawire.ChunkRows(-1)}, 10_000, 1 << 20, 1},
	} {
		for name, insert := range write {
			srv, sess := tableServer(t, itemColumns)
			if err := insert(sess, tt.opts...); err != nil {
				t.Fatal(err)
			}
			requests, messages, next := srv.Requests("executePreparedStatement"), sent(srv), 0
			for i, message := range messages {
				if size := len(requests[i].Raw); size > tt.bytes || len(message) > tt.rows {
					t.Errorf("%s: a message has %d rows and %d bytes, more than %d or %d", name, len(message), size, tt.rows, tt.bytes)
				}
				for _, row := range message {
					if want := fmt.Sprintf("%d|n%d", next, next); row != want {
						t.Fatalf("%s: row %d is %q", name, next, row)
					}
					next++
				}
			}
			if next != rows || len(messages) > tt.messages {
				t.Errorf("%s: %d rows arrived in %d messages, not %d in at most %d", name, next, len(messages), rows, tt.messages)
			}
		}
	}
}

// onStmt runs f with a statement for the two columns of T.
func onStmt(t testing.TB, sess *exawire.Session, opts []exawire.WriteOption, f func(*exawire.Stmt) error) error {
	t.Helper()
	stmt, err := sess.Prepare(context.Background(), "INSERT INTO t VALUES (?, ?)")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close(context.Background())
	return f(stmt.With(opts...))
}

// Rows are taken from the source no faster than they are sent, however large they are.
func TestInsertHugeRows(t *testing.T) {
	srv, sess := tableServer(t, "TEXT VARCHAR(2000000) UTF8")
	const size, most = 100_000, 1 << 20
	type text struct{ Text string }
	taken, ahead := 0, 0
	_, err := exawire.Insert(t.Context(), sess, "t", func(yield func(text) bool) {
		for taken < 60 {
			row := text{strings.Repeat(string(rune('a'+taken%26)), size)}
			if taken < 30 {
				row.Text = "small"
			}
			if !yield(row) {
				return
			}
			taken++
			arrived := 0
			for _, r := range srv.Requests("executePreparedStatement") {
				arrived += r.Params[0].Len()
			}
			ahead = max(ahead, taken-arrived)
		}
	}, exawire.ChunkBytes(most))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range srv.Requests("executePreparedStatement") {
		if len(r.Raw) > most {
			t.Errorf("a message has %d bytes", len(r.Raw))
		}
	}
	if want := 30 + most/size + 4; ahead > want {
		t.Errorf("%d rows were waiting, %d would fill a message and a block", ahead, want)
	}
}

// Closing a Stmt closes those that With made of it.
func TestStmtWithIsTheSameStatement(t *testing.T) {
	srv, _, stmt := insertServer(t)
	with := stmt.With(exawire.ChunkRows(1))
	if err := with.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := stmt.Exec(t.Context(), 1, "a"); !errors.Is(err, exawire.ErrStmtClosed) {
		t.Errorf("error is %v", err)
	}
	if err := stmt.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := len(srv.Requests("closePreparedStatement")); n != 1 {
		t.Errorf("%d statements were closed", n)
	}
}
