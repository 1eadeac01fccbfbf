package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
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
