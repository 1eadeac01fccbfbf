package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// workload runs what a program does in a session: a statement, a small result, a large one, a prepared statement, a
// metadata command. It checks every value.
func workload(ctx context.Context, sess *exawire.Session) error {
	if n, err := sess.Exec(ctx, "UPDATE"); err != nil || n != 7 {
		return fmt.Errorf("update: %d, %w", n, err)
	}
	for _, want := range []int{10, 2500} {
		rows, err := sess.Query(ctx, fmt.Sprint("SELECT ", want))
		if err != nil {
			return fmt.Errorf("query: %w", err)
		}
		n := 0
		for row, err := range resultset.Each[struct {
			ID   int64
			Name *string
		}](rows, resultset.ByPosition()) {
			if err != nil {
				return fmt.Errorf("row %d: %w", n, err)
			}
			if row.ID != int64(n) || (row.Name == nil) != (n%3 == 0) || row.Name != nil && *row.Name != fmt.Sprintf("n\u00e4me %d", n) {
				return fmt.Errorf("row %d is %d, %v", n, row.ID, row.Name)
			}
			n++
		}
		if n != want {
			return fmt.Errorf("%d rows instead of %d", n, want)
		}
	}
	stmt, err := sess.Prepare(ctx, "INSERT")
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	n, err := stmt.ExecColumns(ctx, exawire.Values([]float64{1, 2.5}))
	if err == nil && n != 2 {
		err = fmt.Errorf("%d rows inserted", n)
	}
	if err = errors.Join(err, stmt.Close(ctx)); err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	if err := last(sess.GetKeywords(ctx)); err != nil {
		return fmt.Errorf("keywords: %w", err)
	}
	return sess.Ping(ctx)
}

func scriptWorkload(srv *exatest.Server) {
	srv.HandleSQL("UPDATE", exatest.RowCount(7))
	for _, n := range []int{10, 2500} {
		ids, names := make([]int64, n), make([]*string, n)
		for i := range ids {
			ids[i] = int64(i)
			if i%3 != 0 {
				name := fmt.Sprintf("n\u00e4me %d", i)
				names[i] = &name
			}
		}
		srv.HandleSQL(fmt.Sprint("SELECT ", n), exatest.Rows(exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(50)"),
			exatest.ValuesOf(ids), exatest.ValuesOf(names)))
	}
	srv.HandleSQL("INSERT", exatest.RowCount(2).Params(exatest.Columns("D DOUBLE")...))
}

// What is unusual but makes sense must not be noticed.
func TestHarmlessFaults(t *testing.T) {
	for name, f := range map[string]fault.Fault{
		"one-byte frames":            fault.FragmentFrames(1),
		"frames of 1000 bytes":       fault.FragmentFrames(1000),
		"a frame of 20 MiB":          fault.PadTo(20 << 20).On("execute").Once(),
		"pongs":                      fault.Pongs(3, "EXECUTING"),
		"pongs without text":         fault.Pongs(3, ""),
		"status words as messages":   fault.StatusMessages("EXECUTING", "FETCHING"),
		"white space":                fault.WhiteSpace(),
		"keys in another order":      fault.ReorderKeys(),
		"unknown keys":               fault.UnknownKeys(),
		"optional keys missing":      fault.OmitKeys("numResults", "numColumns", "numRowsInMessage", "nodes").On("execute", "createPreparedStatement", "executePreparedStatement"),
		"no attributes":              fault.OmitKeys("attributes").On("execute", "setAttributes"),
		"attributes in every answer": fault.AttributesEverywhere(),
		"open transaction as number": fault.OpenTransactionAsNumber(),
		"numbers as strings":         fault.NumbersAsStrings(),
		"rows both inline and later": fault.SplitInline(4),
		"a handle and no rows":       fault.SplitInline(0),
		"few rows per fetch":         fault.FetchRows(7),
		"binary frames":              fault.BinaryFrames(),
		"slow answers":               fault.Delay(3 * time.Second),
		"dripping answers":           fault.Drip(1000, time.Millisecond),
		"empty column names":         fault.EmptyNames().On("execute"),
		"equal column names":         fault.DuplicateNames().On("execute"),
	} {
		for _, compression := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s compression=%v", name, compression), func(t *testing.T) {
				t.Parallel()
				bubble(t, func(c *exawire.Config) { c.Compression = compression }, nil,
					func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
						scriptWorkload(srv)
						injected := srv.Inject(f)
						sess := connect(t, client)
						if err := workload(t.Context(), sess); err != nil {
							t.Error(err)
						}
						if injected.Count() == 0 {
							t.Errorf("the fault never struck")
						}
					})
			})
		}
	}
}

// Handles from 0 on, no public key in PEM form, formats other than the default: all are within the protocol.
func TestUnusualServers(t *testing.T) {
	for name, opts := range map[string][]exatest.Option{
		"handles from 0":       {exatest.WithFirstHandle(0)},
		"everything by handle": {exatest.WithInlineRows(0)},
		"decimals by value":    {exatest.WithDecimalsByValue()},
		"integer doubles":      {exatest.WithIntegerDoubles()},
		"no feedback":          {exatest.WithoutFeedback()},
		"old release":          {exatest.WithRelease("7.0.5")},
	} {
		t.Run(name, func(t *testing.T) {
			srv, sess := serve(t, opts...)
			scriptWorkload(srv)
			if err := workload(t.Context(), sess); err != nil {
				t.Error(err)
			}
		})
	}
}

// Formats other than the default, from the start or changed by a statement, hold for values in both directions.
func TestFormatsOfTheSession(t *testing.T) {
	srv, sess := serve(t, exatest.WithSessionAttribute("dateFormat", "DD.MM.YYYY"), exatest.WithSessionAttribute("datetimeFormat", "DD.MM.YYYY HH24:MI:SS.FF3"))
	cols := exatest.Columns("D DATE, T TIMESTAMP(3)")
	srv.HandleSQL("SELECT", exatest.Rows(cols, exatest.TextValues("2024-03-07"), exatest.TextValues("2024-03-07 09:05:06.012")))
	srv.HandleSQL("INSERT", exatest.RowCount(1).Params(cols...))
	srv.HandleSQL("ALTER", exatest.OK().Attribute("dateFormat", "YYYY/MM/DD"))
	want := struct{ D, T time.Time }{
		time.Date(2024, 3, 7, 0, 0, 0, 0, time.UTC), time.Date(2024, 3, 7, 9, 5, 6, 12_000_000, time.UTC),
	}
	for _, sent := range []string{
		`[["07.03.2024"],["07.03.2024 09:05:06.012"]]`,
		`[["2024/03/07"],["07.03.2024 09:05:06.012"]]`,
	} {
		rows, err := sess.Query(t.Context(), "SELECT")
		if err != nil {
			t.Fatal(err)
		}
		got, err := resultset.One[struct{ D, T time.Time }](rows)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("values (-want +got):\n%s", diff)
		}
		srv.ForgetRequests()
		if _, err := sess.Exec(t.Context(), "INSERT", want.D, want.T); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sent, string(srv.Requests("executePreparedStatement")[0].Field("data"))); diff != "" {
			t.Errorf("parameters (-want +got):\n%s", diff)
		}
		if _, err := sess.Exec(t.Context(), "ALTER"); err != nil {
			t.Fatal(err)
		}
	}
}

// What makes no sense ends the session with an error that says so, at once and for good: never a wrong answer, a panic, a
// hang, or a goroutine left behind.
func TestHarmfulFaults(t *testing.T) {
	for name, f := range map[string]fault.Fault{
		"cut instead of an answer": fault.CutAnswer(),
		"cut before the request":   fault.CutRequest(),
		"cut in the middle":        fault.CutMiddle(),
		"cut between fragments":    fault.CutFragment(),
		"truncated JSON":           fault.TruncateJSON(),
		"garbage":                  fault.Garbage(),
		"no status":                fault.OmitKeys("status"),
		"strange status":           fault.SetKey("status", "maybe"),
		"no payload":               fault.OmitKeys("responseData"),
		"wrong numResults":         fault.Replace(`"numResults":1`, `"numResults":2`),
		"negative row count":       fault.Replace(`"rowCount":`, `"rowCount":-`),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				scriptWorkload(srv)
				srv.HandleSQL("UPDATE", exatest.RowCount(1))
				injected := srv.Inject(f.On("execute").Once())
				sess := connect(t, client)
				_, err := sess.Exec(t.Context(), "UPDATE")
				if !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) {
					t.Errorf("error is %v", err)
				}
				if sess.Err() == nil {
					t.Errorf("the session is still open")
				}
				if injected.Count() != 1 {
					t.Errorf("the fault struck %d times", injected.Count())
				}
				if n := len(srv.Requests("execute")); n != 1 {
					t.Errorf("the statement was sent %d times", n)
				}
			})
		})
	}
}

// Rows that make no sense.
func TestHarmfulRows(t *testing.T) {
	for name, f := range map[string]fault.Fault{
		"more rows than announced":    fault.WrongNumRows(1),
		"fewer rows than announced":   fault.WrongNumRows(-1),
		"a million rows announced":    fault.WrongNumRows(1_000_000),
		"a column too few":            fault.MissingColumn(),
		"columns of different length": fault.RaggedColumns(),
		"values of the wrong kind":    fault.WrongKinds(),
		"no rows at all":              fault.SetKey("numRows", 0),
		"negative number of rows":     fault.SetKey("numRows", -5),
		"truncated":                   fault.TruncateJSON(),
		"cut in the middle":           fault.CutMiddle(),
		"cut between fragments":       fault.CutFragment(),
	} {
		for _, command := range []string{"fetch", "execute"} {
			t.Run(name+" in "+command, func(t *testing.T) {
				opts := []exatest.Option{exatest.WithLeniency()}
				if command == "execute" {
					opts = append(opts, exatest.WithInlineRows(1_000_000))
				}
				bubble(t, nil, opts, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					scriptWorkload(srv)
					sess := connect(t, client)
					injected := srv.Inject(f.On(command))
					rows, err := sess.Query(t.Context(), "SELECT 2500")
					if err == nil {
						_, err = resultset.Collect[struct {
							ID   int64
							Name *string
						}](rows)
					}
					if injected.Count() == 0 {
						t.Fatal("the fault never struck")
					}
					if err == nil && command == "execute" && name == "no rows at all" {
						t.Skip("a result without rows makes sense")
					}
					if !errors.Is(err, exawire.ErrSessionClosed) || sess.Err() == nil {
						t.Errorf("error is %v, the session's is %v", err, sess.Err())
					}
				})
			})
		}
	}
}

// Values that make no sense, in rows that do: the session lives.
func TestHarmfulValues(t *testing.T) {
	for name, f := range map[string]fault.Fault{
		"number too large":       fault.Replace("2400,", "99999999999999999999,"),
		"number with a fraction": fault.Replace("2400,", "2400.5,"),
		"text that is no text":   fault.Replace("n\u00e4me 2401", "n\\ud800me"),
	} {
		for _, command := range []string{"fetch", "execute"} {
			t.Run(name+" in "+command, func(t *testing.T) {
				var opts []exatest.Option
				if command == "execute" {
					opts = append(opts, exatest.WithInlineRows(1_000_000))
				}
				srv, sess := serve(t, opts...)
				scriptWorkload(srv)
				srv.Inject(f.On(command))
				_, err := resultset.Collect[struct {
					ID   int64
					Name *string
				}](openRows(t, sess, "SELECT 2500"))
				var bad *resultset.ValueError
				if !errors.As(err, &bad) || bad.Row/2 != 1200 {
					t.Errorf("error is %v", err)
				}
				checkUsable(t, sess)
			})
		}
	}
}

// A header that contradicts itself is an error of the statement, also for those who do not read the rows, and ends the
// session.
func TestHarmfulHeaders(t *testing.T) {
	const column = `"columns":[{"name":"A","dataType":{"type":"DECIMAL","precision":18,"scale":0}}]`
	for name, header := range map[string]string{
		"rows but no handle":       `"numColumns":1,"numRows":5,"numRowsInMessage":0,` + column,
		"more rows than there are": `"numColumns":1,"numRows":1,"numRowsInMessage":2,` + column + `,"data":[[1,2]]`,
		"rows without columns":     `"numColumns":0,"numRows":5,"numRowsInMessage":5,"columns":[],"data":[]`,
		"no rows but data":         `"numColumns":1,"numRows":0,"numRowsInMessage":0,` + column + `,"data":[[1]]`,
		"columns not described":    `"numColumns":2,"numRows":0,"numRowsInMessage":0,` + column,
		"column without a type":    `"numColumns":1,"numRows":0,"numRowsInMessage":0,"columns":[{"name":"A"}]`,
		"no count of rows":         `"resultSetHandle":1,"numColumns":1,` + column,
		"handle that is no number": `"resultSetHandle":"x","numColumns":1,"numRows":1,"numRowsInMessage":0,` + column,
	} {
		for _, how := range []string{"Exec", "Execute", "ExecuteBatch", "Query"} {
			t.Run(name+" "+how, func(t *testing.T) {
				srv, sess := serve(t, exatest.WithLeniency())
				srv.HandleSQL("X", exatest.Raw(`{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{`+header+`}}]}}`))
				var err error
				switch how {
				case "Exec":
					_, err = sess.Exec(t.Context(), "X")
				case "Execute":
					_, err = sess.Execute(t.Context(), "X")
				case "ExecuteBatch":
					_, err = sess.ExecuteBatch(t.Context(), []string{"X"})
				case "Query":
					_, err = sess.Query(t.Context(), "X")
				}
				var protocol *exawire.ProtocolError
				if !errors.As(err, &protocol) || !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) || sess.Err() == nil {
					t.Errorf("error is %v, the session's is %v", err, sess.Err())
				}
			})
		}
	}
}

// Faults of compression.
func TestHarmfulCompression(t *testing.T) {
	for name, f := range map[string]fault.Fault{
		"corrupt":                  fault.CorruptZlib(),
		"truncated":                fault.TruncateZlib(),
		"bomb":                     fault.ZlibBomb(32 << 20),
		"garbage":                  fault.Garbage(),
		"truncated JSON inside":    fault.TruncateJSON(),
		"cut in the middle":        fault.CutMiddle(),
		"cut between fragments":    fault.CutFragment(),
		"an answer nobody awaited": fault.ExtraAnswer(),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.Compression = true; c.MessageLimit = 1 << 20 }, []exatest.Option{exatest.WithLeniency()},
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					scriptWorkload(srv)
					sess := connect(t, client)
					srv.Inject(f.On("execute").Once())
					_, err := sess.Exec(t.Context(), "UPDATE")
					if err == nil {
						err = sess.Ping(t.Context()) // the extra answer must not be taken for that of the ping
					}
					if !errors.Is(err, exawire.ErrSessionClosed) {
						t.Errorf("error is %v", err)
					}
				})
		})
	}
}

// A message larger than the client accepts ends the session.
func TestMessageLimit(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithLeniency(), exatest.WithInlineRows(1_000_000))
	sess := connect(t, newClient(t, srv, func(c *exawire.Config) { c.MessageLimit = 64 << 10 }))
	srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(make([]int64, 100_000))))
	if _, err := sess.Query(t.Context(), "SELECT"); !errors.Is(err, exawire.ErrSessionClosed) || !errors.Is(err, exawire.ErrMessageTooLarge) {
		t.Errorf("error is %v", err)
	}
}

// A session that the server ends while it is idle is noticed before the next command is sent, so that the command can be
// sent again elsewhere.
func TestKilledWhileIdle(t *testing.T) {
	bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		srv.KillSessions()
		time.Sleep(time.Second) // virtual
		err := sess.Ping(t.Context())
		if !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
			t.Errorf("error is %v", err)
		}
	})
}
