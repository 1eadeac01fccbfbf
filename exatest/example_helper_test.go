package exatest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/exawire/exawire/exatest"
)

// exampleSession starts a server and logs a client in. Statements Q and BIG have results of 3 and of 1000 rows.
func exampleSession(opts ...exatest.Option) (*exatest.Server, *client) {
	srv, err := exatest.Start(opts...)
	if err != nil {
		panic(err)
	}
	srv.HandleSQL("Q", exatest.Rows(exatest.Columns("A INT, B VARCHAR(9)"), exatest.ValuesOf([]int{1, 2, 3}), exatest.ValuesOf([]string{"x", "y", "z"})))
	srv.HandleSQL("BIG", exatest.Rows(exatest.Columns("A INT"), exatest.ValuesOf(make([]int, 1000))))
	return srv, exampleClient(srv)
}

// exampleClient logs in a client that panics where one of a test would fail.
func exampleClient(srv *exatest.Server) *client { return connect(exampleTB{}, srv) }

type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                           {}
func (exampleTB) Context() context.Context          { return context.Background() }
func (exampleTB) Cleanup(func())                    {}
func (exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (exampleTB) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
