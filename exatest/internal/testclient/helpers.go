package testclient

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
)

// Numbers are 0, 1, 2 and so on.
func Numbers(n int) []int64 {
	v := make([]int64, n)
	for i := range v {
		v[i] = int64(i)
	}
	return v
}

// Bubble runs fn with a server in virtual time.
func Bubble(t *testing.T, fn func(t *testing.T, srv *exatest.Server, c *Client), opts ...exatest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, append([]exatest.Option{exatest.WithNetwork(exatest.NewVirtualNetwork())}, opts...)...)
		srv.HandleSQL("HANG", exatest.Hang())
		srv.HandleSQL("SLOW", exatest.RowCount(1).After(time.Minute))
		srv.HandleSQL("FAST", exatest.RowCount(2))
		fn(t, srv, Connect(t, srv))
	})
}

// Abort is the message that aborts a command.
const Abort = `{"command":"abortQuery"}`

// Session starts a server for an example and logs a client in. Statements Q and BIG have results of 3 and of 1000 rows.
func Session(opts ...exatest.Option) (*exatest.Server, *Client) {
	srv, err := exatest.Start(opts...)
	if err != nil {
		panic(err)
	}
	srv.HandleSQL("Q", exatest.Rows(exatest.Columns("A INT, B VARCHAR(9)"), exatest.ValuesOf([]int{1, 2, 3}), exatest.ValuesOf([]string{"x", "y", "z"})))
	srv.HandleSQL("BIG", exatest.Rows(exatest.Columns("A INT"), exatest.ValuesOf(make([]int, 1000))))
	return srv, Connected(srv)
}

// Connected logs in a client that panics where one of a test would fail.
func Connected(srv *exatest.Server) *Client { return Connect(InExample(), srv) }

// InExample stands for the test in an example: it panics where a test would fail.
func InExample() testing.TB { return panicking{} }

type panicking struct{ testing.TB }

func (panicking) Helper()                           {}
func (panicking) Context() context.Context          { return context.Background() }
func (panicking) Cleanup(func())                    {}
func (panicking) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (panicking) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// LooseTB keeps what would have failed a test.
type LooseTB struct {
	testing.TB
	mu     sync.Mutex
	errors []string
}

// Errorf keeps an error.
func (l *LooseTB) Errorf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errors = append(l.errors, fmt.Sprintf(format, args...))
}

// Take returns the errors so far, and forgets them.
func (l *LooseTB) Take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := strings.Join(l.errors, "\n")
	l.errors = nil
	return text
}
