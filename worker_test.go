package exawire_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	exatls "github.com/exawire/exawire/tls"
)

// worker runs a test of the worker of docs/errors.md in virtual time.
func worker(t *testing.T, set func(*exawire.Config), test func(t *testing.T, srv *exatest.Server, client *exawire.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, exatest.WithNetwork(vn))
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		cfg.DialContext = vn.DialContext
		set(cfg)
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		test(t, srv, client)
	})
}

// What only a person can mend ends the worker at once.
func TestWorkerNeedsPerson(t *testing.T) {
	for name, tt := range map[string]struct {
		set  func(*exawire.Config)
		want any
	}{
		"password":    {func(cfg *exawire.Config) { cfg.Password = "wrong" }, new(*exawire.Error)},
		"fingerprint": {func(cfg *exawire.Config) { cfg.CertificateFingerprint = strings.Repeat("ab", 32) }, new(*exatls.FingerprintError)},
		"authority":   {func(cfg *exawire.Config) { cfg.CertificateFingerprint = "" }, new(*exatls.VerifyError)},
	} {
		t.Run(name, func(t *testing.T) {
			worker(t, tt.set, func(t *testing.T, _ *exatest.Server, client *exawire.Client) {
				ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
				defer cancel()
				err := workOn(ctx, client, make(chan int))
				if !errors.As(err, tt.want) || ctx.Err() != nil {
					t.Errorf("error is %v", err)
				}
			})
		})
	}
}

// A database that is away is waited for, and so is one that goes away during the handshake.
func TestWorkerWaits(t *testing.T) {
	for op, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"dial": func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("nobody there") },
		"tls": func(context.Context, string, string) (net.Conn, error) {
			conn, peer := net.Pipe()
			go func() {
				peer.Read(make([]byte, 64))
				peer.Close()
			}()
			return conn, nil
		},
	} {
		t.Run(op, func(t *testing.T) {
			worker(t, func(cfg *exawire.Config) { cfg.DialContext = dial }, func(t *testing.T, _ *exatest.Server, client *exawire.Client) {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				err := workOn(ctx, client, make(chan int))
				var failed *exawire.ConnectError
				if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &failed) || failed.Op != op || strings.Contains(err.Error(), "\n") {
					t.Errorf("error is %v", err)
				}
			})
		})
	}
}

// A worker without a job notices that its context has ended.
func TestWorkerEnds(t *testing.T) {
	worker(t, func(*exawire.Config) {}, func(t *testing.T, _ *exatest.Server, client *exawire.Client) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := workOn(ctx, client, make(chan int)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
	})
}

// A job that costs a session each time is given up.
func TestWorkerGivesUpJob(t *testing.T) {
	worker(t, func(*exawire.Config) {}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		srv.HandleSQL("UPDATE jobs...", exatest.RowCount(1).Params(exatest.Columns(`"" DECIMAL(18,0)`)...))
		struck := srv.Inject(fault.CutRequest().On("executePreparedStatement"))
		jobs := make(chan int, 1)
		jobs <- 7
		err := workOn(t.Context(), client, jobs)
		if !errors.Is(err, exawire.ErrSessionClosed) || struck.Count() != 5 {
			t.Errorf("after %d runs: %v", struck.Count(), err)
		}
	})
}
