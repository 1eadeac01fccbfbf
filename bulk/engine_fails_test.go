package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

var errDisk = errors.New("the disk is gone")

const grace = exawire.DefaultCancelGrace

// rolledBack is what the server has to see of an import that failed.
var rolledBack = []string{"autocommit false", "IMPORT", "ROLLBACK", "autocommit true"}

// usable checks that the session runs statements, with autocommit on.
func usable(t *testing.T, srv *exatest.Server, s *exawire.Session) {
	t.Helper()
	srv.HandleSQL("SELECT 1", exatest.RowCount(0))
	if _, err := s.Exec(context.Background(), "SELECT 1"); err != nil || !s.Attributes().Autocommit {
		t.Errorf("the session is not usable: %v, autocommit %t", err, s.Attributes().Autocommit)
	}
}

// A statement that fails before it asks for anything ends the tunnels.
func TestStatementFails(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		srv.HandleSQL("IMPORT ...", exatest.Exception("42000", "object T not found"))
		_, err := transferOf(s, opImport, []file{textFile("a.csv", "1\n", nil), textFile("b.csv", "2\n", nil)}).runInTransaction(t.Context())
		var sql *exawire.Error
		if !errors.As(err, &sql) || sql.SQLCode != "42000" || exawire.SafeToRetry(err) {
			t.Errorf("%v; safe to retry: %t", err, exawire.SafeToRetry(err))
		}
		if !strings.HasPrefix(err.Error(), "bulk: import: execute: object T not found") || strings.Contains(err.Error(), "file") {
			t.Errorf("error %v", err)
		}
		if diff := cmp.Diff(rolledBack, statements(srv)); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
		usable(t, srv, s)
	})
}

// A file that fails has no end on the wire, and the error has both sides.
func TestReaderFails(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		var got []string
		imports(srv, &got)
		_, err := transferOf(s, opImport, []file{textFile("a.csv", "1\n", nil), textFile("b.csv", "2\n", errDisk)}).runInTransaction(t.Context())
		var both *Error
		if !errors.As(err, &both) || both.SQL == nil || len(both.Files) != 1 || !errors.Is(err, errDisk) || both.Open {
			t.Fatalf("error %+v", err)
		}
		if diff := cmp.Diff(FileError{"b.csv", "read", errDisk}, *both.Files[0], cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" { //nolint:errorlint // the very same
			t.Errorf("file (-want +got):\n%s", diff)
		}
		if text := err.Error(); !strings.HasPrefix(text, "bulk: import: execute: ETL-5105: ") || !strings.HasSuffix(text, "; file b.csv: read: the disk is gone") {
			t.Errorf("error %v", err)
		}
		if diff := cmp.Diff(rolledBack, statements(srv)); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
		usable(t, srv, s)
	})
}

// noticing makes files notice what the database did to their tunnels before the answer of the statement counts.
func noticing(tr *transfer) *transfer {
	exec := tr.exec
	tr.exec = func(ctx context.Context, sql string) (int64, error) {
		defer synctest.Wait()
		return exec(ctx, sql)
	}
	return tr
}

// A database that fails in the middle hangs up, which is no news.
func TestStatementFailsMidway(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
			_, _ = content.Read(make([]byte, 2))
			return 0, &exatest.SQLError{Code: "42636", Text: "ETL-2105: row 1"}
		}))
		endless := file{name: "a.csv", suffix: ".csv", send: func(_ context.Context, to io.Writer) error {
			for {
				if _, err := to.Write(make([]byte, 1<<20)); err != nil {
					return fmt.Errorf("copying: %w", err)
				}
			}
		}}
		_, err := noticing(transferOf(s, opImport, []file{endless})).run(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), "bulk: import: execute: ETL-2105: row 1") || strings.Contains(err.Error(), "file") {
			t.Errorf("error %v", err)
		}
		usable(t, srv, s)
	})
}

// A database that does not trust the client says so to both.
func TestWrongKey(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		var got []string
		imports(srv, &got)
		tr := transferOf(s, opImport, []file{textFile("a.csv", "1\n", nil)}, Encrypt(EncryptionPinned))
		right := tr.sql
		tr.sql = func(places []place) string {
			places[0].pin = "sha256//" + strings.Repeat("A", 43) + "="
			return right(places)
		}
		_, err := noticing(tr).run(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), "bulk: import: execute: ETL-5105: ") || !strings.HasSuffix(err.Error(), "; file a.csv: tls: remote error: tls: bad certificate") {
			t.Errorf("error %v", err)
		}
		usable(t, srv, s)
	})
}

// The step of a file that knows better is kept.
func TestStepOfFile(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		var got []string
		imports(srv, &got)
		_, err := transferOf(s, opImport, []file{textFile("a.csv", "", &FileError{Step: "open", Err: errDisk})}).runInTransaction(t.Context())
		if err == nil || !strings.HasSuffix(err.Error(), "; file a.csv: open: the disk is gone") {
			t.Errorf("error %v", err)
		}
	})
}

func TestWriterFails(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
			_, err := io.WriteString(content, "1\n")
			return 1, err
		}))
		var got string
		_, err := transferOf(s, opExport, []file{keeping("a.csv", &got, errDisk)}).run(t.Context())
		if !errors.Is(err, errDisk) || !strings.HasSuffix(err.Error(), "; file a.csv: write: the disk is gone") {
			t.Errorf("error %v", err)
		}
		usable(t, srv, s)
	})
}

// A database that does not notice is stopped after the grace. That this fails the statement is no news, unless it costs the
// session.
func TestDatabaseDoesNotNotice(t *testing.T) {
	for name, test := range map[string]struct {
		aborts bool
		most   time.Duration
		want   string
	}{
		"can be aborted":    {true, grace, "bulk: import: file a.csv: read: the disk is gone"},
		"cannot be aborted": {false, 2 * grace, "bulk: import: session is closed: the server did not end the statement within Config.CancelGrace; file a.csv: read: the disk is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
				srv.HandleSQL("IMPORT ...", exatest.Func(func(r *exatest.Request) exatest.Response {
					return exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
						_, err := io.ReadAll(content)
						if test.aborts {
							<-r.Context().Done()
						} else {
							time.Sleep(time.Hour)
						}
						return 0, err
					})
				}))
				start := time.Now()
				_, err := transferOf(s, opImport, []file{textFile("a.csv", "1\n", errDisk)}).runInTransaction(t.Context())
				check(t, err, test.want)
				if errors.Is(err, context.Canceled) || exawire.SafeToRetry(err) || errors.Is(err, exawire.ErrSessionClosed) == test.aborts {
					t.Errorf("canceled: %t; safe to retry: %t; %v", errors.Is(err, context.Canceled), exawire.SafeToRetry(err), err)
				}
				if took := time.Since(start).Truncate(time.Second); took < grace || took > test.most {
					t.Errorf("it took %v", took)
				}
				if test.aborts {
					usable(t, srv, s)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// A statement that succeeds without the files has lost them.
func TestStatementSucceedsWithout(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		srv.HandleSQL("IMPORT ...", exatest.RowCount(2))
		_, err := transferOf(s, opImport, []file{textFile("a.csv", "1\n", nil), textFile("", "2\n", nil)}).runInTransaction(t.Context())
		check(t, err, "bulk: import: file a.csv: request: the database did not ask for it; file number 2: request: the database did not ask for it")
		if diff := cmp.Diff(rolledBack, statements(srv)); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
	})
}

// A statement that succeeds while a file is on its way has lost the rest of it.
func TestStatementSucceedsTooSoon(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		asked, ended := make(chan struct{}), make(chan struct{})
		srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
			_, err := content.Read(make([]byte, 2))
			return 1, err
		}))
		slow := file{name: "a.csv", suffix: ".csv", send: func(ctx context.Context, to io.Writer) error {
			close(asked)
			_, _ = to.Write(make([]byte, 1<<20))
			<-ctx.Done()
			return ctx.Err()
		}}
		tr := transferOf(s, opImport, []file{slow})
		tr.exec = func(ctx context.Context, sql string) (int64, error) {
			go func() {
				defer close(ended)
				_, _ = s.Exec(ctx, sql)
			}()
			<-asked
			return 1, nil
		}
		_, err := tr.run(t.Context())
		check(t, err, "bulk: import: file a.csv: write: the statement ended before it was moved to its end")
		<-ended
	})
}

// When the context ends, the statement is aborted and the files are told, whatever they are doing.
func TestContextEnds(t *testing.T) {
	for name, test := range map[string]struct {
		read func(ctx context.Context) // until it ends
		most time.Duration
	}{
		"a reader that is told":  {func(ctx context.Context) { <-ctx.Done() }, 0},
		"a reader that is stuck": {func(context.Context) { time.Sleep(time.Hour) }, 2 * grace},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
				var got []string
				imports(srv, &got)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				stuck := file{name: "a.csv", suffix: ".csv", send: func(ctx context.Context, _ io.Writer) error {
					test.read(ctx)
					return errDisk
				}}
				start := time.Now()
				_, err := transferOf(s, opImport, []file{stuck}).runInTransaction(ctx)
				if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errDisk) {
					t.Errorf("error %v", err)
				}
				if took := time.Since(start) - time.Minute; took < 0 || took > test.most {
					t.Errorf("it took %v after the end", took)
				}
				if diff := cmp.Diff(rolledBack, statements(srv)); diff != "" {
					t.Errorf("statements (-want +got):\n%s", diff)
				}
				usable(t, srv, s)
				time.Sleep(time.Hour)
			})
		})
	}
}

// So it is while the tunnels are opened, and before.
func TestContextEndsEarly(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		ctx, cancel := context.WithCancelCause(t.Context())
		tr := transferOf(s, opImport, []file{textFile("a.csv", "1\n", nil)})
		f, err := tr.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f.cfg.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			cancel(errDisk)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		moved := f.move(ctx, tr.exec)
		check(t, moved, "bulk: import: context canceled: the disk is gone")
		if !errors.Is(moved, context.Canceled) || !exawire.SafeToRetry(moved) {
			t.Errorf("error %v, safe to retry: %t", moved, exawire.SafeToRetry(moved))
		}
		srv.ForgetRequests()
		if _, err := tr.runInTransaction(ctx); !errors.Is(err, context.Canceled) || len(srv.Requests("")) > 0 {
			t.Errorf("error %v, %d requests", err, len(srv.Requests("")))
		}
	})
}

// A panic of the user's code comes out of the call, and so does runtime.Goexit, and nothing is left of the import.
// In a transaction of the caller's, the caller has to end it.
// The session breaks while the statement runs.
// What users' errors match decides nothing: not whether a statement was sent, nor by whom it was stopped.
// Reports do not come too often, one at a time, and the last one says that it is over.
