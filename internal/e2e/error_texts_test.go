package e2e_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
)

// told is what a case of TestErrorTexts has to make an error with.
type told struct {
	*testing.T
	srv    *exatest.Server
	client *exawire.Client
	sess   *exawire.Session
}

// ended returns a context that ends after a second.
func (t told) ended() context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	t.Cleanup(cancel)
	return ctx
}

// refuses makes the server refuse a statement, whether it is run or prepared.
func (t told) refuses(sql, code, text string) {
	t.srv.HandleSQL(sql, exatest.Exception(code, text))
}

// TestErrorTexts is about the words: each prefix once, positions as people count them, the statement where it is known, what
// was waited for, and what to do about it. Every text is provoked.
func TestErrorTexts(t *testing.T) {
	var (
		sessionID = regexp.MustCompile(`Session: \d+`)
		pin       = regexp.MustCompile(`[0-9a-f]{64}`)
	)
	for _, tt := range []struct {
		name string
		err  func(t told) error
		want string
	}{
		{"refused", func(t told) error {
			t.refuses("SELECT...", "42000", "object NOSUCH not found")
			_, err := t.sess.Query(t.Context(), "SELECT A\nFROM NOSUCH -- comment")
			return err
		}, "exawire: execute: object NOSUCH not found (Session: 7) (42000), in: SELECT A FROM NOSUCH"},
		{"refused with data", func(t told) error {
			t.refuses("INSERT...", "27002", "constraint violation")
			_, err := t.sess.Exec(t.Context(), "INSERT INTO T VALUES ('Bob', 17)")
			return err
		}, "exawire: execute: constraint violation (Session: 7) (27002), in: INSERT INTO T VALUES (..."},
		{"refused with a secret", func(t told) error {
			t.refuses("CREATE...", "42500", "insufficient privileges")
			_, err := t.sess.Exec(t.Context(), `CREATE USER bob IDENTIFIED BY "secret"`)
			return err
		}, "exawire: execute: insufficient privileges (Session: 7) (42500), in: CREATE USER ..."},
		{"refused to prepare", func(t told) error {
			t.refuses("SELECT...", "42000", "syntax error, unexpected ':'")
			_, err := t.sess.Query(t.Context(), "SELECT A FROM T WHERE A = :id", 7)
			return err
		}, "exawire: createPreparedStatement: syntax error, unexpected ':' (Session: 7) (42000), in: SELECT A FROM T WHERE A = :id; write ? for a parameter, not :name"},
		{"another placeholder", func(t told) error {
			t.refuses("SELECT...", "42000", "syntax error, unexpected '$'")
			_, err := t.sess.Query(t.Context(), "SELECT A FROM T WHERE A = $1", 7)
			return err
		}, "exawire: createPreparedStatement: syntax error, unexpected '$' (Session: 7) (42000), in: SELECT A FROM T WHERE A = $...; write ? for a parameter, not $1"},
		{"a placeholder in braces", func(t told) error {
			t.refuses("SELECT...", "42000", "syntax error, unexpected '{'")
			_, err := t.sess.Query(t.Context(), "SELECT A FROM T WHERE A = {id}")
			return err
		}, "exawire: execute: syntax error, unexpected '{' (Session: 7) (42000), in: SELECT A FROM T WHERE A = {id}; write ? for a parameter, not {name}"},
		{"a verb of another language", func(t told) error {
			t.refuses("SELECT...", "42000", "syntax error, unexpected '%'")
			_, err := t.sess.Query(t.Context(), "SELECT A FROM T WHERE A = %s")
			return err
		}, "exawire: execute: syntax error, unexpected '%' (Session: 7) (42000), in: SELECT A FROM T WHERE A = %s; write ? for a parameter, not %s"},
		{"parameters without arguments", func(t told) error {
			t.refuses("SELECT...", "42000", "syntax error, unexpected '?'")
			_, err := t.sess.Query(t.Context(), "SELECT A FROM T WHERE A = ?")
			return err
		}, "exawire: execute: syntax error, unexpected '?' (Session: 7) (42000), in: SELECT A FROM T WHERE A = ?; the statement has 1 parameter, and there are no arguments"},
		{"a table that does not exist", func(t told) error {
			t.refuses("SELECT...", "42000", "object NOSUCH not found")
			_, err := exawire.Insert(t.Context(), t.sess, "nosuch", slices.Values([]int{1}))
			return err
		}, "exawire: insert into nosuch: createPreparedStatement: object NOSUCH not found (Session: 7) (42000)"},
		{"a table that nobody may write", func(t told) error {
			t.refuses("INSERT...", "42500", "insufficient privileges")
			_, err := exawire.Insert(t.Context(), t.sess, "t", slices.Values([]int{1}), exawire.Mapping(exawire.ByPosition()))
			return err
		}, "exawire: insert into t: createPreparedStatement: insufficient privileges (Session: 7) (42500), in: INSERT INTO t VALUES (?)"},
		{"a syntax error of another kind", func(t told) error {
			t.refuses("SELCT...", "42000", "syntax error, unexpected identifier")
			_, err := t.sess.Query(t.Context(), "SELCT A FROM T WHERE A = ?", 7)
			return err
		}, "exawire: createPreparedStatement: syntax error, unexpected identifier (Session: 7) (42000), in: SELCT ..."},
		{"refused to run", func(t told) error {
			t.refuses("INSERT INTO t (\"A\") VALUES (?)", "27002", "constraint violation")
			handlePrepared(t.srv, "INSERT...", exatest.Exception("27002", "constraint violation"))
			_, err := t.sess.Exec(t.Context(), "INSERT INTO T (A) VALUES (?)", 7)
			return err
		}, "exawire: executePreparedStatement: constraint violation (Session: 7) (27002), in: INSERT INTO T (A) VALUES (?)"},
		{"the number of arguments", func(t told) error {
			handlePrepared(t.srv, "INSERT...", exatest.RowCount(1))
			_, err := t.sess.Exec(t.Context(), "INSERT INTO T (A) VALUES (?)", 7, 8)
			return err
		}, "exawire: 2 arguments for 1 parameter, in: INSERT INTO T (A) VALUES (?)"},
		{"an argument that does not fit", func(t told) error {
			handlePrepared(t.srv, "INSERT...", exatest.RowCount(1))
			_, err := t.sess.Exec(t.Context(), "INSERT INTO T (A) VALUES (?)", "12345")
			return err
		}, "exawire: parameter 1 of 1: string to DECIMAL(4,0): value out of range: more than 4 digits before the point, in: INSERT INTO T (A) VALUES (?)"},
		{"a row of columns that does not fit", func(t told) error {
			handlePrepared(t.srv, "INSERT...", exatest.RowCount(2))
			stmt, err := t.sess.Prepare(t.Context(), "INSERT INTO T (A) VALUES (?)")
			if err != nil {
				return err
			}
			defer stmt.Close(t.Context())
			_, err = stmt.With(exawire.ChunkRows(2)).ExecColumns(t.Context(), exawire.Values([]int{1, 2, 3, 12345}))
			return err
		}, "exawire: rows 3 to 4 of 4 failed, 2 rows were changed before and committed: parameter 1 of 1, row 4: int to DECIMAL(4,0): value out of range: more than 4 digits before the point"},
		{"columns of different lengths", func(t told) error {
			handlePrepared(t.srv, "INSERT...", exatest.RowCount(2))
			_, err := t.sess.ExecutePreparedStatement(t.Context(), 1, make([]exawire.ColumnInfo, 2),
				[]exawire.ParamColumn{exawire.Values([]int{1}), exawire.Values([]int{1, 2})})
			return err
		}, "exawire: column 2 of 2 has 2 rows, the first has 1"},
		{"a row of the wrong length", func(t told) error {
			handlePrepared(t.srv, "INSERT...", exatest.RowCount(2))
			stmt, err := t.sess.Prepare(t.Context(), "INSERT INTO T (A) VALUES (?)")
			if err != nil {
				return err
			}
			defer stmt.Close(t.Context())
			_, err = stmt.ExecRows(t.Context(), exawire.WithoutErrors(slices.Values([][]any{{1}, {2, 3}})))
			return err
		}, "exawire: rows 1 to 2 failed: row 2: 2 values for 1 parameter"},
		{"rows that the server refuses", func(t told) error {
			handlePrepared(t.srv, "INSERT...", exatest.Sequence(exatest.RowCount(2), exatest.Exception("27002", "constraint violation")))
			stmt, err := t.sess.Prepare(t.Context(), "INSERT INTO T (A) VALUES (?)")
			if err != nil {
				return err
			}
			defer stmt.Close(t.Context())
			_, err = stmt.With(exawire.ChunkRows(2)).ExecRows(t.Context(), exawire.WithoutErrors(slices.Values([][]any{{1}, {2}, {3}, {4}})))
			return err
		}, "exawire: rows 3 to 4 failed, 2 rows were changed before and committed: executePreparedStatement: constraint violation (Session: 7) (27002), in: INSERT INTO T (A) VALUES (?)"},
		{"a source that fails", func(t told) error {
			handleTable(t.srv, "A DECIMAL(4,0)")
			_, err := exawire.InsertEach(t.Context(), t.sess, "t", func(yield func(int, error) bool) {
				_ = yield(1, nil) && yield(0, errors.New("line 2 has no number"))
			})
			return err
		}, "exawire: the source failed after row 1, row 1 was not sent: line 2 has no number"},
		{"a source that fails at once", func(t told) error { return t.broken(0) }, "exawire: the source failed before the first row: source broke"},
		{"a source that fails behind a chunk", func(t told) error { return t.broken(2) }, "exawire: the source failed after row 2, 2 rows were changed before and committed: source broke"},
		{
			"a source that fails in a chunk", func(t told) error { return t.broken(3) },
			"exawire: the source failed after row 3, 2 rows were changed before and committed, row 3 was not sent: source broke",
		},
		{
			"a source that fails, all or nothing", func(t told) error { return t.broken(7, exawire.ChunkRows(3), exawire.Atomic()) },
			"exawire: the source failed after row 7, 6 rows were changed before and rolled back, row 7 was not sent: source broke",
		},
		{
			"a source that fails in a large chunk", func(t told) error { return t.broken(7, exawire.ChunkRows(5)) },
			"exawire: the source failed after row 7, 5 rows were changed before and committed, rows 6 to 7 were not sent: source broke",
		},
		{"a context that ends between rows", func(t told) error {
			handleTable(t.srv, "A DECIMAL(4,0)")
			ctx, cancel := context.WithCancel(t.Context())
			_, err := exawire.Insert(ctx, t.sess, "t", func(yield func(int) bool) {
				for i := range 5 {
					if i == 3 {
						cancel()
					}
					if !yield(i) {
						return
					}
				}
			}, exawire.ChunkRows(2))
			return err
		}, "exawire: the context ended after row 3, 2 rows were changed before and committed, row 3 was not sent: context canceled"},
		{"waiting for the session", func(t told) error {
			t.srv.HandleSQL("SLOW", exatest.RowCount(0).After(time.Minute))
			go t.sess.Exec(context.Background(), "SLOW")
			time.Sleep(time.Millisecond)
			return t.sess.Ping(t.ended())
		}, "exawire: waiting for the session: context deadline exceeded"},
		{"ended before", func(t told) error {
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(errors.New("user closed the window"))
			_, err := t.sess.Query(ctx, "SELECT 1")
			return err
		}, "exawire: waiting for the session: context canceled: user closed the window"},
		{"ended meanwhile", func(t told) error {
			t.srv.HandleSQL("SELECT...", exatest.Hang())
			_, err := t.sess.Query(t.ended(), "SELECT A FROM T")
			return err
		}, "exawire: context deadline exceeded: execute: Client requested execution abort. (Session: 7) (R0003), in: SELECT A FROM T"},
		{"given up", func(t told) error {
			t.srv.Inject(fault.AbortIgnored())
			t.srv.HandleSQL("SELECT...", exatest.Hang())
			_, err := t.sess.Query(t.ended(), "SELECT A FROM T")
			return err
		}, "exawire: context deadline exceeded: session is closed: execute: no answer within 5s after the request was given up"},
		{"aborted", func(t told) error {
			t.srv.HandleSQL("SELECT...", exatest.Hang())
			go func() {
				time.Sleep(time.Second)
				_ = t.sess.AbortQuery(context.Background())
			}()
			_, err := t.sess.Query(t.Context(), "SELECT A FROM T")
			return err
		}, "exawire: execute: Client requested execution abort. (Session: 7) (R0003), in: SELECT A FROM T"},
		{"nothing to abort", func(t told) error { return t.sess.AbortQuery(t.Context()) }, "exawire: no command is running"},
		{"cut off", func(t told) error {
			t.srv.HandleSQL("SELECT...", exatest.Drop())
			_, err := t.sess.Query(t.Context(), "SELECT A FROM T")
			return err
		}, "exawire: session is closed: execute: server closed the connection without notice: EOF"},
		{"after it was cut off", func(t told) error {
			t.srv.HandleSQL("SELECT...", exatest.Drop())
			_, _ = t.sess.Query(t.Context(), "SELECT A FROM T")
			return t.sess.Ping(t.Context())
		}, "exawire: session is closed: server closed the connection without notice: EOF"},
		{"nonsense", func(t told) error {
			t.srv.HandleSQL("SELECT...", exatest.Raw(`{"status":"ok"}`))
			_, err := t.sess.Query(t.Context(), "SELECT A FROM T")
			return err
		}, "exawire: execute: server broke the protocol: unreadable answer: no responseData"},
		{"no JSON", func(t told) error {
			t.srv.HandleSQL("SELECT...", exatest.Raw(`{"status":}`))
			_, err := t.sess.Query(t.Context(), "SELECT A FROM T")
			return err
		}, "exawire: execute: server broke the protocol: unreadable answer: envelope: json: expected a string at byte 10"},
		{"closed", func(t told) error {
			_ = t.sess.Close(t.Context())
			return t.sess.Ping(t.Context())
		}, "exawire: session is closed: closed by Close"},
		{"rows whose session is lost", func(t told) error {
			t.srv.HandleSQL("SELECT...", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(make([]int, 3000))))
			rows, err := t.sess.Query(t.Context(), "SELECT A FROM T")
			if err != nil {
				return err
			}
			t.srv.Handle("fetch", func(*exatest.Request) exatest.Response { return exatest.Drop() })
			_, err = resultset.Collect[int](rows)
			return err
		}, "exawire: fetch rows from 1 on: session is closed: fetch: server closed the connection without notice: EOF"},
		{"too large", func(t told) error {
			_, err := t.sess.Exec(t.Context(), "INSERT INTO T VALUES ('"+strings.Repeat("x", 70<<20)+"')")
			return err
		}, "exawire: message too large: execute has about 73400429 bytes, the server accepts 67108864, in: INSERT INTO T VALUES (..."},
		{"not UTF-8", func(t told) error {
			_, err := t.sess.Exec(t.Context(), "SELECT A FROM T WHERE B = '\xff'")
			return err
		}, "exawire: execute: text is not valid UTF-8 at byte 27, in: SELECT A FROM T WHERE B = ..."},
		{"two transactions", func(t told) error {
			tx, err := t.sess.Begin(t.Context())
			if err != nil {
				return err
			}
			defer tx.Rollback(t.Context())
			_, err = t.sess.Begin(t.Context())
			return err
		}, "exawire: session already has an open transaction"},
		{"autocommit in a transaction", func(t told) error {
			tx, err := t.sess.Begin(t.Context())
			if err != nil {
				return err
			}
			defer tx.Rollback(t.Context())
			return t.sess.SetAttributes(t.Context(), exawire.Autocommit(true))
		}, "exawire: session already has an open transaction: autocommit stays off until it is over"},
		{"a transaction that is over", func(t told) error {
			tx, err := t.sess.Begin(t.Context())
			if err != nil {
				return err
			}
			_ = tx.Rollback(t.Context())
			_, err = tx.Exec(t.Context(), "DELETE FROM T")
			return err
		}, "exawire: transaction has already been committed or rolled back"},
		{"a transaction that is lost", func(t told) error {
			t.refuses("DELETE...", "40001", "transaction collision: automatic transaction rollback")
			tx, err := t.sess.Begin(t.Context())
			if err != nil {
				return err
			}
			defer tx.Rollback(t.Context())
			_, _ = tx.Exec(t.Context(), "DELETE FROM T")
			return tx.Commit(t.Context())
		}, "exawire: the server has rolled the transaction back: execute: transaction collision: automatic transaction rollback (Session: 7) (40001), in: DELETE FROM T"},
		{"collisions", func(t told) error {
			t.refuses("DELETE...", "40001", "transaction collision: automatic transaction rollback")
			return t.sess.RunTx(t.Context(), func(tx *exawire.Tx) error {
				_, err := tx.Exec(t.Context(), "DELETE FROM T")
				return err
			}, exawire.TxAttempts(2))
		}, "exawire: transaction rolled back 2 times: execute: transaction collision: automatic transaction rollback (Session: 7) (40001), in: DELETE FROM T"},
		{"collisions until the end", func(t told) error {
			t.refuses("DELETE...", "40001", "transaction collision: automatic transaction rollback")
			return t.sess.RunTx(t.ended(), func(tx *exawire.Tx) error {
				_, err := tx.Exec(t.Context(), "DELETE FROM T")
				return err
			}, exawire.TxBackoff(time.Minute, time.Minute))
		}, "exawire: waiting to repeat the transaction: context deadline exceeded: execute: transaction collision: automatic transaction rollback (Session: 7) (40001), in: DELETE FROM T"},
		{"a script", func(t told) error {
			t.refuses("DROP...", "42000", "object T not found [line 1, column 6]")
			for _, err := range t.sess.RunScript(t.Context(), strings.NewReader("COMMIT;\n  DROP T;")) {
				if err != nil {
					return err
				}
			}
			return nil
		}, "exawire: script: line 2, column 8: execute: object T not found [line 1, column 6] (Session: 7) (42000), in: DROP T"},
		{"a script with a longer statement", func(t told) error {
			t.refuses("DROP...", "42000", "object T not found [line 2, column 1]")
			for _, err := range t.sess.RunScript(t.Context(), strings.NewReader("COMMIT;\nDROP\nT;")) {
				if err != nil {
					return err
				}
			}
			return nil
		}, "exawire: script: line 3, column 1, in the statement of line 2: execute: object T not found [line 2, column 1] (Session: 7) (42000), in: DROP T"},
		{"a script without an end", func(t told) error {
			for _, err := range exawire.SplitSQL(strings.NewReader("SELECT 'x")) {
				if err != nil {
					return err
				}
			}
			return nil
		}, "exawire: script: line 1, column 8: script ends too early: a string has no closing quote"},
		{"a closed statement", func(t told) error {
			handlePrepared(t.srv, "INSERT...", exatest.RowCount(2))
			stmt, err := t.sess.Prepare(t.Context(), "INSERT INTO T (A) VALUES (?)")
			if err != nil {
				return err
			}
			_ = stmt.Close(t.Context())
			_, err = stmt.Exec(t.Context(), 7)
			return err
		}, "exawire: statement is closed"},
		{"no name of a table", func(t told) error {
			_, err := exawire.Insert(t.Context(), t.sess, "T; DROP", slices.Values([]int{1}))
			return err
		}, `exawire: insert into "T; DROP": not a name as in SQL, such as ORDERS, SALES.ORDERS or "Mixed case": use QuoteIdentifier for names that are data`},
		{"no attribute", func(t told) error { return t.sess.SetAttributes(t.Context(), exawire.QueryTimeout(-1)) }, "exawire: attribute queryTimeout is negative"},
		{"a fraction of a second", func(t told) error {
			return t.sess.SetAttributes(t.Context(), exawire.QueryTimeout(1500*time.Millisecond))
		}, "exawire: attribute queryTimeout is not a whole number of seconds"},
		{"a command of Do", func(t told) error {
			_, err := t.sess.Do(t.Context(), commands.Raw{Name: "login"})
			return err
		}, "exawire: login cannot be sent by Do: use Session.Login"},
		{"not logged in", func(t told) error {
			sess, err := t.client.Dial(t.Context())
			if err != nil {
				return err
			}
			defer sess.Close(t.Context())
			return sess.Ping(t.Context())
		}, "exawire: session is not logged in"},
		{"a wrong password", func(t told) error {
			_, err := t.changed(func(c *exawire.Config) { c.Password = "guess" }).Connect(t.Context())
			return err
		}, "exawire: connect to exatest:8563: login: Connection exception - authentication failed. (08004)"},
		{"no password", func(t told) error {
			_, err := t.changed(func(c *exawire.Config) {
				c.Password = ""
				c.PasswordSource = func(context.Context) (string, error) { return "", errors.New("the vault is sealed") }
			}).Connect(t.Context())
			return err
		}, "exawire: connect to exatest:8563: login: credentials: password source: the vault is sealed"},
		{"no server", func(t told) error {
			_, err := t.changed(func(c *exawire.Config) { c.Host = "10.1.2.3:1,10.1.2.4:1" }).Connect(t.Context())
			lines := strings.Split(err.Error(), "; ")
			lines[0] = strings.TrimPrefix(lines[0], "exawire: ")
			slices.Sort(lines)
			return errors.New("exawire: " + strings.Join(lines, "; "))
		}, "exawire: connect to 10.1.2.3:1: dial: connection refused; connect to 10.1.2.4:1: dial: connection refused"},
		{"connect too late", func(t told) error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := t.client.Connect(ctx)
			return err
		}, "exawire: connect: context canceled"},
		{"another certificate", func(t told) error {
			_, err := t.changed(func(c *exawire.Config) { c.CertificateFingerprint = strings.Repeat("ab", 32) }).Connect(t.Context())
			return err
		}, "exawire: connect to exatest:8563: tls: server certificate has the fingerprint PIN, but PIN is pinned: ask the administrator of the database whether it was renewed, and for the new fingerprint, before pinning another"},
		{"an old server", func(t told) error {
			old, err := t.changed(func(c *exawire.Config) { c.ProtocolVersion = 1 }).Connect(t.Context())
			if err != nil {
				return err
			}
			defer old.Close(t.Context())
			_, err = old.RequestParallelConnections(t.Context(), 2)
			return err
		}, "exawire: requestParallelConnections needs protocol V4, the session speaks V1"},
		{"no parallel connections", func(t told) error {
			_, err := t.sess.Parallel(t.Context(), 0)
			return err
		}, "exawire: 0 parallel connections were asked for: ask for at least 1"},
		{"reset", func(t told) error {
			t.srv.HandleSQL("ALTER...", exatest.RowCount(0))
			_, _ = t.sess.Exec(t.Context(), "ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1")
			return t.sess.Reset(t.Context())
		}, "exawire: reset: not restored: NLS_FIRST_DAY_OF_WEEK"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				srv.HandleSQL("COMMIT", exatest.RowCount(0))
				srv.HandleSQL("ROLLBACK", exatest.RowCount(0))
				sess := connect(t, client)
				err := tt.err(told{t, srv, client, sess})
				if err == nil {
					t.Fatal("no error")
				}
				got := pin.ReplaceAllString(sessionID.ReplaceAllString(err.Error(), "Session: 7"), "PIN")
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("text differs (-want +got):\n%s", diff)
				}
				if strings.Count(got, "exawire:") != 1 || !strings.HasPrefix(got, "exawire: ") {
					t.Errorf("%q has not one prefix", got)
				}
			})
		})
	}
}

// broken inserts some rows, two at a time unless the options say otherwise, from a source that fails behind them.
func (t told) broken(rows int, opts ...exawire.WriteOption) error {
	handleTable(t.srv, "A DECIMAL(4,0)")
	_, err := exawire.InsertEach(t.Context(), t.sess, "t", func(yield func(int, error) bool) {
		for i := range rows {
			if !yield(i, nil) {
				return
			}
		}
		yield(0, errors.New("source broke"))
	}, append([]exawire.WriteOption{exawire.ChunkRows(2)}, opts...)...)
	return err
}

// changed returns a client with another configuration.
func (t told) changed(change func(*exawire.Config)) *exawire.Client {
	cfg := t.client.Config()
	change(cfg)
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// handlePrepared answers a statement with one parameter.
func handlePrepared(srv *exatest.Server, sql string, answer exatest.Responder) {
	srv.HandleSQL(sql, exatest.Func(func(r *exatest.Request) exatest.Response {
		if r.Command == "createPreparedStatement" {
			return exatest.RowCount(0).Params(exatest.Columns("A DECIMAL(4,0)")...)
		}
		return answer.Respond(r)
	}))
}
