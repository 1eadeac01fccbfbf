package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
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
		asked := make(chan struct{})
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
			go func() { _, _ = s.Exec(ctx, sql) }()
			<-asked
			return 1, nil
		}
		_, err := tr.run(t.Context())
		check(t, err, "bulk: import: file a.csv: write: the statement ended before it was moved to its end")
		_ = s.Close(context.Background())
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
func TestCodeOfUserBreaks(t *testing.T) {
	type value struct{ text string }
	for name, test := range map[string]struct {
		breaks func()
		want   any
	}{
		"panic":  {func() { panic(value{"out"}) }, value{"out"}},
		"Goexit": {runtime.Goexit, nil},
	} {
		for place, made := range map[string]func() ([]file, []Option){
			"reader": func() ([]file, []Option) {
				return []file{{suffix: ".csv", send: func(context.Context, io.Writer) error { test.breaks(); return nil }}}, nil
			},
			"range": func() ([]file, []Option) {
				return []file{{suffix: ".parquet", size: 4, ranges: readerAtFunc(func([]byte, int64) (int, error) { test.breaks(); return 0, nil })}}, nil
			},
			"progress": func() ([]file, []Option) {
				slow := func(ctx context.Context, to io.Writer) error {
					_, _ = to.Write(make([]byte, 1<<20))
					<-ctx.Done()
					return ctx.Err()
				}
				return []file{{suffix: ".csv", send: slow}}, []Option{OnProgress(func(Progress) { test.breaks() })}
			},
		} {
			t.Run(name+" in a "+place, func(t *testing.T) {
				bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
					var got []string
					imports(srv, &got)
					files, opts := made()
					returned, broke := false, any(nil)
					ended := make(chan struct{})
					go func() {
						defer close(ended)
						defer func() { broke = recover() }()
						_, _ = transferOf(s, opImport, files, opts...).runInTransaction(context.Background())
						returned = true
					}()
					<-ended
					if returned || broke != test.want {
						t.Errorf("returned: %t, panic: %v", returned, broke)
					}
					if diff := cmp.Diff(rolledBack, statements(srv)); diff != "" {
						t.Errorf("statements (-want +got):\n%s", diff)
					}
					usable(t, srv, s)
				})
			})
		}
	}
}

type readerAtFunc func(b []byte, at int64) (int, error)

func (f readerAtFunc) ReadAt(b []byte, at int64) (int, error) { return f(b, at) }

// In a transaction of the caller's, the caller has to end it.
func TestTransactionOfCaller(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		var got []string
		imports(srv, &got)
		tx, err := s.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := transferOf(s, opImport, []file{textFile("a.csv", "1\n", nil)}).runInTransaction(t.Context()); err != nil {
			t.Error(err)
		}
		_, err = transferOf(s, opImport, []file{textFile("b.csv", "1\n", errDisk)}).runInTransaction(t.Context())
		var both *Error
		if !errors.As(err, &both) || !both.Open || !strings.HasSuffix(err.Error(), "file b.csv: read: the disk is gone; the transaction is still open: roll it back") {
			t.Errorf("error %v", err)
		}
		_, err = transferOf(s, opImport, []file{textFile("c.csv", "1\n", nil)}, Encrypt(17)).runInTransaction(t.Context())
		if !errors.As(err, &both) || both.Open {
			t.Errorf("open, but nothing was sent: %v", err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"autocommit false", "IMPORT", "IMPORT", "ROLLBACK", "autocommit true"}, statements(srv)); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
	})
}

func TestCommitFails(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		var got []string
		imports(srv, &got)
		srv.HandleSQL("COMMIT", exatest.Exception("40001", "transaction collision: automatic transaction rollback"))
		_, err := transferOf(s, opImport, []file{textFile("a.csv", "1\n", nil)}).runInTransaction(t.Context())
		var sql *exawire.Error
		if !errors.As(err, &sql) || sql.SQLCode != "40001" || exawire.SafeToRetry(err) {
			t.Errorf("error %v; safe to retry: %t", err, exawire.SafeToRetry(err))
		}
	})
}

// The session breaks while the statement runs.
func TestSessionBreaks(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		var got []string
		imports(srv, &got)
		srv.Inject(fault.CutAnswer().On("execute"))
		_, err := transferOf(s, opImport, []file{textFile("a.csv", "1\n", nil)}).runInTransaction(t.Context())
		if !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) {
			t.Errorf("error %v", err)
		}
	})
}

// What users' errors match decides nothing: not whether a statement was sent, nor by whom it was stopped.
func TestErrorsOfUsers(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
			_, err := io.ReadAll(content)
			time.Sleep(time.Hour)
			return 0, err
		}))
		unsent := &exawire.UnsupportedError{What: "something else"}
		_, err := transferOf(s, opImport, []file{textFile("a.csv", "1\n", unsent)}).runInTransaction(t.Context())
		if exawire.SafeToRetry(err) || !errors.Is(err, exawire.ErrUnsupported) {
			t.Errorf("safe to retry: %t; %v", exawire.SafeToRetry(err), err)
		}
		time.Sleep(time.Hour)
	})
	whole := &Error{Op: opImport, Files: []*FileError{{Step: "read", Err: errDisk}}, sent: true}
	var protocol *exawire.ProtocolError
	var unsupported *exawire.UnsupportedError
	if errors.As(whole, &protocol) || errors.As(&Error{Op: opImport}, &unsupported) || errors.Is(whole, exawire.ErrSessionClosed) || errors.Is(&Error{Op: opImport}, exawire.ErrUnsupported) {
		t.Error("a mark can be seen")
	}
}

func TestErrorTexts(t *testing.T) {
	saidOnce := fmt.Errorf("bulk: %w", errors.New("said once"))
	file := func(name string) *FileError { return &FileError{name, "read", errDisk} }
	for want, e := range map[string]*Error{
		"bulk: import: file a: read: the disk is gone":      {Op: opImport, Files: []*FileError{file("a")}},
		"bulk: export: said once; read: the disk is gone":   {Op: opExport, SQL: saidOnce, Files: []*FileError{file("")}},
		"bulk: import: read: one; two; three":               {Op: opImport, Files: []*FileError{{"", "read", errors.Join(errors.New("one\r\ntwo"), errors.New("three"))}}},
		`bulk: import: file "a\nb": read: the disk is gone`: {Op: opImport, Files: []*FileError{file("a\nb")}},
		"bulk: import: file a: read":                        {Op: opImport, Files: []*FileError{{"a", "read", nil}}},
		"bulk: import: session is closed":                   {Op: opImport, SQL: exawire.ErrSessionClosed},
		"bulk: import: file a: read: the disk is gone; file b: read: the disk is gone; file c: read: the disk is gone; and 2 more files": {Op: opImport, Files: []*FileError{file("a"), file("b"), file("c"), file("d"), file("e")}},
		"bulk: import: file a: read: the disk is gone; the transaction is still open: roll it back":                                      {Op: opImport, Files: []*FileError{file("a")}, Open: true},
	} {
		check(t, e, want)
	}
	check(t, file("a"), "bulk: file a: read: the disk is gone")
}

// Reports do not come too often, one at a time, and the last one says that it is over.
func TestProgress(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		var got []string
		imports(srv, &got)
		rows := int64(0)
		drip := file{name: "a.csv", suffix: ".csv", size: 40 << 20, rows: func() int64 { return 7 }, send: func(_ context.Context, to io.Writer) error {
			for range 40 {
				if _, err := to.Write(make([]byte, 1<<20)); err != nil {
					return err
				}
				time.Sleep(25 * time.Millisecond)
			}
			time.Sleep(time.Second)
			return nil
		}}
		var reports []Progress
		var times []time.Duration
		start := time.Now()
		_, err := transferOf(s, opImport, []file{drip}, OnProgress(func(p Progress) {
			reports, times = append(reports, p), append(times, time.Since(start))
			time.Sleep(time.Millisecond)
		})).runInTransaction(t.Context())
		check(t, err, "")
		if len(reports) < 8 || len(reports) > 13 {
			t.Errorf("%d reports of a second and one without news", len(reports))
		}
		for i, p := range reports {
			last := i == len(reports)-1
			if p.Done != last || p.Files[0].Bytes != p.Bytes || p.Files[0].Size != 40<<20 || i > 0 && p.Bytes < reports[i-1].Bytes {
				t.Errorf("report %d: %+v", i, p)
			}
			if !last && p.Rows != 7 || last && (p.Rows != rows || p.Bytes != 40<<20 || !p.Files[0].Done) {
				t.Errorf("report %d: %+v", i, p)
			}
			if i > 0 && !last && times[i]-times[i-1] < 100*time.Millisecond {
				t.Errorf("reports %v and %v after the start", times[i-1], times[i])
			}
		}
		synctest.Wait()
	})
}
