package exawire_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// purge is the code under test: it deletes old customers and reports whether it was allowed to.
func purge(ctx context.Context, sess *exawire.Session) (allowed bool, err error) {
	_, err = sess.Exec(ctx, "DELETE FROM customers")
	var exaErr *exawire.Error
	if errors.As(err, &exaErr) && exaErr.SQLCode == "42500" {
		return false, nil
	}
	return err == nil, err
}

// Test your own code without a database. In a test NewServer starts the server and closes it at the end.
func Example_testing() {
	srv, err := exatest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.HandleSQL("DELETE FROM customers", exatest.Exception("42500", "insufficient privileges"))

	ctx := context.Background()
	sess, err := exawire.Connect(ctx, srv.DSN())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sess.Close(ctx)
	allowed, err := purge(ctx, sess)
	fmt.Println(allowed, err)
	for _, r := range srv.Requests("execute") {
		fmt.Println("sent:", r.SQL)
	}
	// Output:
	// false <nil>
	// sent: DELETE FROM customers
}

// The test of README.md.
func TestPurgeNotAllowed(t *testing.T) {
	ctx := t.Context()
	srv := exatest.NewServer(t)
	srv.HandleSQL("DELETE FROM customers", exatest.Exception("42500", "insufficient privileges").After(10*time.Millisecond))
	sess, err := exawire.Connect(ctx, srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close(ctx)
	if allowed, err := purge(ctx, sess); allowed || err != nil {
		t.Errorf("allowed %v, error %v", allowed, err)
	}
}

// The test of docs/testing.md in virtual time: an hour of waiting takes none.
func TestPurgeDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, exatest.WithNetwork(vn))
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
		srv.HandleSQL("DELETE FROM customers", exatest.RowCount(1).After(2*time.Hour))

		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		_, err = purge(ctx, sess)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Hour {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
		if err := sess.Err(); err != nil {
			t.Errorf("session is not usable: %v", err)
		}
	})
}
