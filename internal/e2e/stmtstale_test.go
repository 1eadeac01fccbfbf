package e2e_test

import (
	"errors"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// Statements of the cache that have gone out of date.

// An error by which the server rolls back may have taken what statements refer to along.
func TestStatementCacheAfterRollbacks(t *testing.T) {
	for code, kept := range map[string]bool{"22012": true, "27001": true, "40001": false, "40005": false, "40007": false} {
		srv, sess := serveCache(t, 0)
		srv.HandleSQL("DELETE", exatest.Exception(code, "no"))
		exec(t, sess, "INSERT x")
		if _, err := sess.Exec(t.Context(), "DELETE"); codeOf(err) != code {
			t.Errorf("error is %v", err)
		}
		exec(t, sess, "INSERT x")
		if got := len(srv.Requests("createPreparedStatement")) == 1; got != kept {
			t.Errorf("%s: kept is %v", code, got)
		}
	}
}

// A statement that failed is closed: it may be out of date.
func TestStatementCacheAfterFailure(t *testing.T) {
	srv, sess := serveCache(t, 0)
	srv.HandleSQL("INSERT x", exatest.Sequence(
		exatest.RowCount(1).Params(oneNumber...), exatest.Exception("27001", "constraint violation"), exatest.RowCount(1).Params(oneNumber...)))
	exec(t, sess, "INSERT x")
	if _, err := sess.Exec(t.Context(), "INSERT x", 1); codeOf(err) != "27001" {
		t.Errorf("error is %v", err)
	}
	exec(t, sess, "INSERT x", "INSERT x")
	checkTraffic(t, srv, "create INSERT x", "run 1", "run 1", "close 1", "create INSERT x", "run 2", "run 2")
}

// A server that has forgotten the handle has run nothing: the statement is prepared once more. The go-exasol-client does
// so too (G4), but returns the old error and closes the wrong handle.
func TestG4ForgottenHandle(t *testing.T) {
	srv, sess := serveCache(t, 0, exatest.WithLeniency()) // which knows the handles in truth
	forget := func(*exatest.Request) exatest.Response {
		return exatest.Exception("00000", "Statement handle not found: 1")
	}
	exec(t, sess, "INSERT x", "INSERT y")
	srv.ForgetRequests()
	srv.Handle("executePreparedStatement", forget).Once()
	exec(t, sess, "INSERT x", "INSERT x")
	checkTraffic(t, srv, "run 1", "create INSERT x", "run 3", "close 2", "run 3")

	// Only once: a server that forgets everything is not asked for ever.
	srv.Handle("executePreparedStatement", forget)
	if _, err := sess.Exec(t.Context(), "INSERT x", 1); codeOf(err) != "00000" {
		t.Errorf("error is %v", err)
	}
	checkTraffic(t, srv, "run 3", "create INSERT x", "run 4")
}

// No other error makes a statement run again, above all none that merely mentions a handle.
func TestStatementsAreNotRunTwice(t *testing.T) {
	for name, answer := range map[string]exatest.Response{
		"constraint":        exatest.Exception("27001", "constraint violation"),
		"script":            exatest.Exception("43000", `"Statement handle not found" caught in script`),
		"function":          exatest.Exception("22002", "VM error: Statement handle not found"),
		"collision":         exatest.Exception("40001", "Statement handle not found, transaction rollback"),
		"object is gone":    exatest.Exception("42000", "object T not found"),
		"connection is cut": exatest.Drop(),
	} {
		t.Run(name, func(t *testing.T) {
			srv, sess := serveCache(t, 0, exatest.WithLeniency())
			exec(t, sess, "INSERT x")
			srv.ForgetRequests()
			srv.Handle("executePreparedStatement", func(*exatest.Request) exatest.Response { return answer }).Once()
			if _, err := sess.Exec(t.Context(), "INSERT x", 1); err == nil || exawire.SafeToRetry(err) {
				t.Errorf("error is %v", err)
			}
			if n := len(srv.Requests("executePreparedStatement")); n != 1 {
				t.Errorf("the statement was sent %d times", n)
			}
		})
	}
}

// Another session made the column wider: an argument that does not fit the description that was kept is checked against
// a new one before it is refused.
func TestStatementCacheStaleParameters(t *testing.T) {
	srv, sess := serveCache(t, 0)
	srv.HandleSQL("INSERT x", exatest.RowCount(1).Params(exatest.Columns(`"" VARCHAR(3)`)...))
	if _, err := sess.Exec(t.Context(), "INSERT x", "abc"); err != nil {
		t.Fatal(err)
	}
	srv.HandleSQL("INSERT x", exatest.RowCount(1).Params(exatest.Columns(`"" VARCHAR(5)`)...))
	for _, text := range []string{"abcde", "abcde"} {
		if _, err := sess.Exec(t.Context(), "INSERT x", text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	checkTraffic(t, srv, "create INSERT x", "run 1", "close 1", "create INSERT x", "run 2", "run 2")
	var param *exawire.ParamError
	if _, err := sess.Exec(t.Context(), "INSERT x", "abcdef"); !errors.As(err, &param) || !exawire.SafeToRetry(err) {
		t.Errorf("error is %v", err)
	}
	checkTraffic(t, srv, "close 2", "create INSERT x", "close 3")
	if _, err := sess.Exec(t.Context(), "INSERT x", "a", "b"); err == nil || !exawire.SafeToRetry(err) {
		t.Errorf("error is %v", err)
	}
}

// A handle that the server gives out a second time no longer runs what it was first given for.
func TestStatementCacheHandleGivenOutAgain(t *testing.T) {
	srv, sess := serveCache(t, 0, exatest.WithLeniency())
	exec(t, sess, "INSERT x")
	srv.Handle("createPreparedStatement", func(*exatest.Request) exatest.Response {
		return exatest.Raw(`{"status":"ok","responseData":{"statementHandle":1,"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}}`)
	}).Once()
	stmt, err := sess.Prepare(t.Context(), "DELETE FROM t")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close(t.Context())
	srv.ForgetRequests()
	exec(t, sess, "INSERT x")
	checkTraffic(t, srv, "create INSERT x", "run 2")
}
