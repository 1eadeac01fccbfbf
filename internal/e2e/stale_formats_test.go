package e2e_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/google/go-cmp/cmp"
)

// whileFormatsChange runs send at a moment when another goroutine's statement is under way that changes the format of
// dates, so that what send has written before it got the session is in the old format.
func whileFormatsChange(t *testing.T, opts []exatest.Option, send func(t *testing.T, srv *exatest.Server, sess *exawire.Session, stmt *exawire.Stmt) error) (data []string, err error) {
	t.Helper()
	bubble(t, nil, opts, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		day := exatest.Columns("D DATE")
		srv.HandleSQL("INSERT...", exatest.RowCount(1).Params(day...))
		srv.HandleSQL("SELECT * FROM T", exatest.Rows(day))
		srv.HandleSQL("ALTER SESSION...", exatest.OK().Attribute("dateFormat", "DD.MM.YYYY").After(time.Minute))
		stmt, err2 := sess.Prepare(t.Context(), "INSERT INTO T VALUES (?)")
		if err2 != nil {
			t.Fatal(err2)
		}
		defer stmt.Close(t.Context())
		srv.ForgetRequests()
		err = send(t, srv, sess, stmt)
		for _, r := range srv.Requests("executePreparedStatement") {
			data = append(data, string(r.Field("data")))
		}
		checkUsable(t, sess)
	})
	return data, err
}

// alter changes the format, and returns when that is under way.
func alter(t *testing.T, sess *exawire.Session) {
	go func() {
		if _, err := sess.Exec(context.Background(), "ALTER SESSION SET NLS_DATE_FORMAT='DD.MM.YYYY'"); err != nil {
			t.Errorf("alter: %v", err)
		}
	}()
	synctest.Wait()
}

var someDay = time.Date(2024, 3, 7, 0, 0, 0, 0, time.UTC)

// A single row is written anew when the session is free, in the format that it has then.
func TestFormatChangesBeforeExec(t *testing.T) {
	for name, send := range map[string]func(context.Context, *exawire.Session, *exawire.Stmt) error{
		"Stmt.Exec": func(ctx context.Context, _ *exawire.Session, st *exawire.Stmt) error {
			_, err := st.Exec(ctx, someDay)
			return err
		},
		"Stmt.Query": func(ctx context.Context, _ *exawire.Session, st *exawire.Stmt) error {
			rows, err := st.Query(ctx, someDay)
			if err != nil {
				return err
			}
			return rows.Close()
		},
		"Exec": func(ctx context.Context, s *exawire.Session, _ *exawire.Stmt) error {
			_, err := s.Exec(ctx, "INSERT INTO T VALUES (?)", someDay)
			return err
		},
		"ExecutePreparedStatement": func(ctx context.Context, s *exawire.Session, st *exawire.Stmt) error {
			return closeResult(s.ExecutePreparedStatement(ctx, 1, st.Params(), []exawire.ParamColumn{exawire.Values([]time.Time{someDay})}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := whileFormatsChange(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, stmt *exawire.Stmt) error {
				if name == "Exec" { // from the cache, so that it is written before it waits
					if _, err := sess.Exec(t.Context(), "INSERT INTO T VALUES (?)", someDay); err != nil {
						t.Fatal(err)
					}
					srv.ForgetRequests()
				}
				alter(t, sess)
				return send(t.Context(), sess, stmt)
			})
			if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff([]string{`[["07.03.2024"]]`}, data); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
}

// Rows of a chunk that was written already are not there any more: none of them is sent in the wrong format.
func TestFormatChangesBeforeChunk(t *testing.T) {
	type row struct{ D time.Time }
	days := func(t *testing.T, sess *exawire.Session) func(yield func([]any) bool) {
		return func(yield func([]any) bool) {
			if yield([]any{someDay}) {
				alter(t, sess)
			}
		}
	}
	for name, send := range map[string]func(*testing.T, *exawire.Session, *exawire.Stmt) error{
		"ExecRows": func(t *testing.T, s *exawire.Session, st *exawire.Stmt) error {
			_, err := st.With(exawire.ChunkRows(1)).ExecRows(t.Context(), exawire.WithoutErrors(func(yield func([]any) bool) {
				alter(t, s)
				yield([]any{someDay})
			}))
			return err
		},
		"ExecRows, at the end": func(t *testing.T, s *exawire.Session, st *exawire.Stmt) error {
			_, err := st.ExecRows(t.Context(), exawire.WithoutErrors(days(t, s)))
			return err
		},
		"ExecColumns": func(t *testing.T, s *exawire.Session, st *exawire.Stmt) error {
			alter(t, s)
			_, err := st.ExecColumns(t.Context(), exawire.Values([]time.Time{someDay}))
			return err
		},
		"Insert": func(t *testing.T, s *exawire.Session, _ *exawire.Stmt) error {
			_, err := exawire.Insert(t.Context(), s, "T", func(yield func(row) bool) {
				alter(t, s)
				yield(row{someDay})
			})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := whileFormatsChange(t, nil, func(t *testing.T, _ *exatest.Server, sess *exawire.Session, stmt *exawire.Stmt) error {
				return send(t, sess, stmt)
			})
			var batch *exawire.WriteError
			if !errors.As(err, &batch) || !strings.Contains(err.Error(), "formats of the session have changed") || !exawire.SafeToRetry(err) {
				t.Errorf("error is %v", err)
			}
			if len(data) > 0 {
				t.Errorf("%v was sent", data)
			}
		})
	}
}

// Only formats count: a statement of another goroutine that changes other attributes is none of the business of one who
// waits, whatever the session's time zone is.
func TestOtherAttributesChangeBeforeChunk(t *testing.T) {
	zone := exatest.WithSessionAttribute("timezone", "EUROPE/BERLIN")
	data, err := whileFormatsChange(t, []exatest.Option{zone}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, stmt *exawire.Stmt) error {
		srv.HandleSQL("OPEN", exatest.OK().Attribute("currentSchema", "X").Attribute("queryTimeout", 9).After(time.Minute))
		go sess.Exec(context.Background(), "OPEN")
		synctest.Wait()
		_, err := stmt.ExecColumns(t.Context(), exawire.Values([]time.Time{someDay}))
		return err
	})
	if err != nil || len(data) != 1 {
		t.Errorf("%v, %v", data, err)
	}
	data, err = whileFormatsChange(t, []exatest.Option{zone}, func(t *testing.T, _ *exatest.Server, sess *exawire.Session, stmt *exawire.Stmt) error {
		_, err := stmt.With(exawire.ChunkRows(1), exawire.Atomic()).ExecRows(t.Context(), exawire.WithoutErrors(slices.Values([][]any{{someDay}, {someDay}, {someDay}})))
		return err
	})
	if err != nil || len(data) != 3 {
		t.Errorf("atomic: %v, %v", data, err)
	}
}

// The command that goes before a statement may be the first to tell of another format.
func TestFormatChangesBehindBarrier(t *testing.T) {
	data, err := whileFormatsChange(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, stmt *exawire.Stmt) error {
		abortTooLate(t, srv, sess)
		srv.Handle("getAttributes", func(*exatest.Request) exatest.Response {
			return exatest.OK().Attribute("dateFormat", "DD.MM.YYYY")
		}).Once()
		_, err := stmt.Exec(t.Context(), someDay)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{`[["07.03.2024"]]`}, data); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}
