package firsttest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

func TestInCity(t *testing.T) {
	srv := exatest.NewServer(t) // closed when the test ends
	want := []Customer{{ID: 1, Name: "ann"}, {ID: 2, Name: "bob"}}
	srv.HandleSQL("SELECT id, name FROM customers...", exatest.RowsOf(want)).WithParams("Bern").Expect()

	got, err := InCity(t.Context(), connect(t, srv), "Bern")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("customers are %v", got)
	}
}

// connect opens a session that is closed when the test ends.
func connect(t *testing.T, srv *exatest.Server) *exawire.Session {
	t.Helper()
	sess, err := exawire.Connect(t.Context(), srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sess.Close(context.Background()) })
	return sess
}

func TestInCityRefused(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("SELECT id, name FROM customers...", exatest.Exception("42500", "insufficient privileges"))

	_, err := InCity(t.Context(), connect(t, srv), "Bern")
	var exaErr *exawire.Error
	if !errors.As(err, &exaErr) || exaErr.SQLCode != "42500" {
		t.Errorf("error is %v", err)
	}
}

func TestInCityConnectionLost(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("SELECT id, name FROM customers...", exatest.RowsOf([]Customer{{ID: 1, Name: "ann"}}))
	srv.Inject(fault.CutMiddle().On("executePreparedStatement").Once())

	_, err := InCity(t.Context(), connect(t, srv), "Bern")
	if !errors.Is(err, exawire.ErrSessionClosed) {
		t.Errorf("error is %v", err)
	}
}

func TestInCityWithSQL(t *testing.T) {
	backend, err := exasqlite.New()
	if err != nil {
		t.Fatal(err)
	}
	srv := exatest.NewServer(t, exatest.WithBackend(backend)) // closes the backend too
	sess := connect(t, srv)
	for _, sql := range []string{
		"CREATE SCHEMA shop",
		"CREATE TABLE customers (id DECIMAL(18,0), name VARCHAR(40), city VARCHAR(40))",
		"INSERT INTO customers VALUES (2, 'bob', 'Bern'), (1, 'ann', 'Bern'), (3, 'cid', 'Ulm')",
	} {
		if _, err := sess.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}

	got, err := InCity(t.Context(), sess, "Bern")
	if err != nil {
		t.Fatal(err)
	}
	if want := []Customer{{ID: 1, Name: "ann"}, {ID: 2, Name: "bob"}}; !slices.Equal(got, want) {
		t.Errorf("customers are %v", got)
	}
}
