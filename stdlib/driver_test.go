package stdlib_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/stdlib"
)

func TestOpen(t *testing.T) {
	if !slices.Contains(sql.Drivers(), stdlib.DriverName) {
		t.Fatal("the driver is not registered")
	}
	srv := exatest.NewServer(t)
	db, err := sql.Open("exawire", srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Ping(); err != nil {
		t.Error(err)
	}
	if _, ok := db.Driver().(*stdlib.Driver); !ok {
		t.Errorf("the driver is a %T", db.Driver())
	}
	if n := len(srv.Requests("getAttributes")); n < 2 { // one ends the login
		t.Error("Ping has sent nothing")
	}
}

// What is wrong with a DSN is said by sql.Open, without a secret.
func TestWrongDSN(t *testing.T) {
	tests := map[string]string{
		"":                                       "exawire: ",
		"exa://sys:secret@host?autocomit=1":      "did you mean autocommit?",
		"exa:host:8563;user=sys;passwort=secret": "did you mean password?",
		"exa:host:8563;user=sys;password=secret;encyption=0": "did you mean",
		"exa:host:8563;user=sys;password=secret;fetchsize=x": "fetchsize",
	}
	for dsn, want := range tests {
		db, err := sql.Open("exawire", dsn)
		if err == nil {
			db.Close()
			t.Errorf("%q is accepted", dsn)
			continue
		}
		if text := err.Error(); !strings.Contains(text, want) || strings.Contains(text, "secret") {
			t.Errorf("%q: %q", dsn, text)
		}
		var e *exawire.ConfigError
		if !errors.As(err, &e) {
			t.Errorf("%q: %T", dsn, err)
		}
		if _, err := new(stdlib.Driver).Open(dsn); err == nil {
			t.Errorf("Open takes %q", dsn)
		}
	}
}

// The keys of exasol-driver-go, as that writes them.
func TestKeysOfVendor(t *testing.T) {
	const fingerprint = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, dsn := range []string{
		"exa:localhost:8563;user=sys;password=a\\;b;autocommit=0;compression=1;encryption=1;validateservercertificate=0;fetchsize=2000;querytimeout=30;clientname=me;clientversion=1.0;schema=S",
		"exa:localhost:8563;user=sys;password=a;certificatefingerprint=" + fingerprint + ";resultsetmaxrows=100;urlpath=/v1/databases/x?ticket=1",
		"exa:localhost:8563;accesstoken=abc",
		"exa:localhost:8563;refreshtoken=abc",
		"exa:localhost:8563;user=sys;password=a;encryption=0;validateservercertificate=0;autocommit=1;querytimeout=0;resultsetmaxrows=0",
	} {
		db, err := sql.Open("exawire", dsn)
		if err != nil {
			t.Errorf("%q: %v", dsn, err)
			continue
		}
		db.Close()
	}
}

// autocommit=0 means what it says: what nobody has committed stays open, and nothing is rolled back between two users.
func TestAutocommitOff(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("INSERT ...", exatest.RowCount(1))
	db, err := sql.Open("exawire", srv.DSN()+"&autocommit=0")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 2 {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(plain); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if got := srv.Statements(); !slices.Equal(got, []string{plain, "COMMIT", plain, "COMMIT"}) {
		t.Errorf("%q", got)
	}
}

// Nothing that is nil or of another kind makes a panic.
func TestNothing(t *testing.T) {
	if _, err := stdlib.OpenDB(nil); err == nil {
		t.Error("OpenDB takes nil")
	}
	if _, err := stdlib.OpenDB(&exawire.Config{}); err == nil {
		t.Error("OpenDB takes an empty Config")
	}
	for _, client := range []*exawire.Client{nil, {}} {
		c := stdlib.NewConnector(client)
		if _, err := c.Connect(t.Context()); err == nil {
			t.Error("a connector without a client connects")
		}
		if c.Driver() == nil {
			t.Error("no driver")
		}
		_ = fmt.Sprint(c)
		db := sql.OpenDB(c)
		if err := db.Ping(); err == nil {
			t.Error("a DB without a client works")
		}
		db.Close()
	}
	if _, err := (*stdlib.Driver)(nil).OpenConnector("exa://u:p@h"); err != nil {
		t.Error(err)
	}
	for what, dc := range map[string]any{"nil": nil, "a string": "conn", "a foreign conn": foreignConn{}, "a DB": new(sql.DB)} {
		if sess, err := stdlib.SessionOf(dc); err == nil || sess != nil {
			t.Errorf("SessionOf takes %s", what)
		}
	}
	_, db := serve(t)
	c, err := db.Driver().(driver.DriverContext).OpenConnector("exa://user:secret@host")
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %s", c, c, c); strings.Contains(text, "secret") {
		t.Errorf("%q", text)
	}
	dc := raw(t, pinned(t, db))
	var none context.Context
	calls := []error{dc.(driver.Pinger).Ping(none)}
	_, err = dc.(driver.ExecerContext).ExecContext(none, plain, nil)
	calls = append(calls, err)
	_, err = dc.(driver.QueryerContext).QueryContext(none, plain, nil)
	calls = append(calls, err)
	_, err = dc.(driver.ConnPrepareContext).PrepareContext(none, plain)
	calls = append(calls, err)
	_, err = dc.(driver.ConnBeginTx).BeginTx(none, driver.TxOptions{})
	calls = append(calls, err, dc.(driver.SessionResetter).ResetSession(none))
	for i, err := range calls {
		if err == nil || !strings.Contains(err.Error(), "context is nil") {
			t.Errorf("call %d without a context: %v", i, err)
		}
	}
}

type foreignConn struct{ driver.Conn }
