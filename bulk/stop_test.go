package bulk_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

// bubble runs a test in virtual time with a session to a server whose IMPORT and EXPORT wait for the client.
func bubble(t *testing.T, test func(t *testing.T, sess *exawire.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, exatest.WithNetwork(vn), exatest.WithPlaintext())
		srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
			_, err := io.Copy(io.Discard, content)
			return 0, err
		}))
		srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
			for {
				if _, err := content.Write(make([]byte, 1<<16)); err != nil {
					return 0, err
				}
			}
		}))
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		cfg.DialContext = vn.DialContext
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		sess, err := client.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer sess.Close(context.Background())
		test(t, sess)
	})
}

var errEnough = errors.New("enough")

// started is a pipe whose other end nobody uses. It cancels when it is first used, and waits then.
type started struct {
	net.Conn
	cancel func()
	back   atomic.Int32 // calls that have returned
	closed atomic.Int32
}

func (s *started) Close() error {
	s.closed.Add(1)
	return s.Conn.Close()
}

func (s *started) Read(b []byte) (int, error) {
	s.cancel()
	defer s.back.Add(1)
	return s.Conn.Read(b)
}

func (s *started) Write(b []byte) (int, error) {
	s.cancel()
	defer s.back.Add(1)
	return s.Conn.Write(b)
}

// A canceled transfer closes what it has opened, and ends what a caller's connection is doing by a deadline. Nobody waits
// for ever, and the session can be used.
func TestCancelEndsReadsAndWrites(t *testing.T) {
	type call func(ctx context.Context, s *exawire.Session, c *started) error
	for name, do := range map[string]call{
		"reader": func(ctx context.Context, s *exawire.Session, c *started) error {
			_, err := bulk.Import(ctx, s, "T", bulk.FromReader(c))
			return err
		},
		"opened": func(ctx context.Context, s *exawire.Session, c *started) error {
			_, err := bulk.Import(ctx, s, "T", bulk.FromOpen("x", func(context.Context) (io.ReadCloser, error) { return c, nil }))
			return err
		},
		"writer": func(ctx context.Context, s *exawire.Session, c *started) error {
			_, err := bulk.Export(ctx, s, "T", bulk.ToWriter(c))
			return err
		},
		"created": func(ctx context.Context, s *exawire.Session, c *started) error {
			_, err := bulk.Export(ctx, s, "T", bulk.ToCreate("x", func(context.Context) (io.WriteCloser, error) { return c, nil }))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, sess *exawire.Session) {
				ctx, cancel := context.WithCancelCause(t.Context())
				ours, theirs := net.Pipe()
				c := &started{Conn: ours, cancel: func() { cancel(errEnough) }}
				err := do(ctx, sess, c)
				if !errors.Is(err, context.Canceled) && !errors.Is(err, errEnough) {
					t.Errorf("%v", err)
				}
				synctest.Wait() // nothing is left that reads or writes
				want := int32(0)
				if name == "opened" || name == "created" {
					want = 1
				}
				same(t, "closed", want, c.closed.Load())
				same(t, "returned", int32(1), c.back.Load())
				_ = theirs.Close()
				_ = ours.Close()
				if err := sess.Ping(context.Background()); err != nil {
					t.Errorf("ping: %v", err)
				}
			})
		})
	}
}

// A reader that has returned is not touched any more: no deadline is set by a transfer that is over.
func TestNoDeadlineAfterSuccess(t *testing.T) {
	d := newDoor(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.WriteString("1\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := bulk.Import(ctx, d.sess, "T", bulk.FromReader(r)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := r.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the reader says %v", err)
	}
}
