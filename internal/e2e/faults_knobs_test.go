package e2e_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// Each shape of a result set is read to the end, once, and nothing is fetched or closed that has no handle.
func TestResultSetShapes(t *testing.T) {
	type sent struct{ Fetches, Closed int }
	for name, tt := range map[string]struct {
		rows   int
		opts   []exatest.Option
		faults []fault.Fault
		want   sent
	}{
		"no rows, no data":            {0, nil, nil, sent{0, 0}},
		"no rows, empty arrays":       {0, nil, []fault.Fault{fault.EmptyArrays()}, sent{0, 0}},
		"no rows but a handle":        {0, nil, []fault.Fault{fault.SplitInline(0)}, sent{0, 1}},
		"all rows, no handle":         {10, nil, nil, sent{0, 0}},
		"all rows, handle -3":         {10, nil, []fault.Fault{fault.NegativeHandles()}, sent{0, 0}},
		"all rows and a handle":       {10, nil, []fault.Fault{fault.SplitInline(10)}, sent{0, 1}},
		"a handle with ten rows":      {10, nil, []fault.Fault{fault.SplitInline(0)}, sent{1, 1}},
		"handle 0":                    {10, []exatest.Option{exatest.WithFirstHandle(0)}, []fault.Fault{fault.SplitInline(0)}, sent{1, 1}},
		"four rows and a handle":      {10, nil, []fault.Fault{fault.SplitInline(4)}, sent{1, 1}},
		"handle and empty arrays":     {10, nil, []fault.Fault{fault.SplitInline(0), fault.EmptyArrays()}, sent{1, 1}},
		"some rows for lack of space": {10, []exatest.Option{exatest.WithInlineBytes(10)}, nil, sent{1, 1}},
		"one row per fetch":           {10, []exatest.Option{exatest.WithInlineRows(0)}, []fault.Fault{fault.FetchRows(1)}, sent{10, 1}},
		"numBytes does not matter":    {1200, nil, []fault.Fault{fault.AllRows()}, sent{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := exatest.NewServer(t, tt.opts...) // strict: a handle that is left open fails the test
			ids := make([]int64, tt.rows)
			for i := range ids {
				ids[i] = int64(i)
			}
			srv.HandleSQL("Q", exatest.Rows(exatest.Columns("ID DECIMAL(18,0)"), exatest.ValuesOf(ids)))
			for _, f := range tt.faults {
				srv.Inject(f)
			}
			sess := connect(t, newClient(t, srv, func(c *exawire.Config) { c.FetchBytes = 1 << 10 }))
			rows, err := sess.Query(t.Context(), "Q")
			if err != nil {
				t.Fatal(err)
			}
			got, err := resultset.Collect[int64](rows)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(ids, append([]int64{}, got...)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if n := len(srv.Requests("fetch")); name != "numBytes does not matter" && n != tt.want.Fetches {
				t.Errorf("%d fetches instead of %d", n, tt.want.Fetches)
			}
			if n := len(srv.Requests("closeResultSet")); n != tt.want.Closed {
				t.Errorf("%d result sets were closed instead of %d", n, tt.want.Closed)
			}
		})
	}
}

// Fetches that give no rows would never come to an end. Some are tolerated.
func TestFetchWithoutRows(t *testing.T) {
	bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		scriptWorkload(srv)
		srv.Inject(fault.FetchRows(100))
		srv.Inject(fault.FetchRows(0).Skip(1))
		sess := connect(t, client)
		rows, err := sess.Query(t.Context(), "SELECT 2500")
		if err == nil {
			err = last(rows.Batches())
		}
		if !errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("error is %v", err)
		}
		if n := len(srv.Requests("fetch")); n != 1+6 {
			t.Errorf("%d fetches", n)
		}
	})
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		scriptWorkload(srv)
		srv.Inject(fault.FetchRows(0).Times(5))
		sess := connect(t, client)
		rows, err := sess.Query(t.Context(), "SELECT 2500")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := resultset.Collect[[]any](rows); len(got) != 2500 || err != nil {
			t.Errorf("%d rows, %v", len(got), err)
		}
		checkUsable(t, sess)
	})
}

// Whole numbers keep all their digits, whether they come as numbers or as strings.
func TestKnobDigits(t *testing.T) {
	want := []string{"999999999999999999", "-999999999999999999", "1000000000000000000", "999999999999999999999999999999999999", "9007199254740993", "0"}
	for name, change := range map[string]struct {
		opts  []exatest.Option
		fault *fault.Fault
	}{
		"by type":        {},
		"by value":       {opts: []exatest.Option{exatest.WithDecimalsByValue()}},
		"always strings": {fault: new(fault.NumbersAsStrings())},
	} {
		t.Run(name, func(t *testing.T) {
			srv, sess := serve(t, change.opts...)
			srv.HandleSQL("LARGE", exatest.Rows(exatest.Columns("N DECIMAL(36,0)"), exatest.TextValues(want...)))
			srv.HandleSQL("SMALL", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.TextValues(want[0], want[1], want[4])))
			if change.fault != nil {
				srv.Inject(*change.fault)
			}
			rows, err := sess.Query(t.Context(), "LARGE")
			if err != nil {
				t.Fatal(err)
			}
			large, err := resultset.Collect[string](rows)
			if diff := cmp.Diff(want, large); err != nil || diff != "" {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
			if rows, err = sess.Query(t.Context(), "SMALL"); err != nil {
				t.Fatal(err)
			}
			small, err := resultset.Collect[int64](rows)
			if diff := cmp.Diff([]int64{999999999999999999, -999999999999999999, 9007199254740993}, small); err != nil || diff != "" {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// The number of the session is the server's to the last digit.
func TestKnobSessionID(t *testing.T) {
	for range 20 {
		srv, sess := serve(t)
		if want, got := srv.Sessions()[0].ID, sess.Info().SessionID; got != want {
			t.Errorf("session %d is taken for %d", want, got)
		}
	}
}

// Formats that are not the default, from the start of the session or changed in its middle.
func TestKnobFormats(t *testing.T) {
	day, moment := time.Date(2024, 2, 3, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 3, 4, 5, 6, 789e6, time.UTC)
	for name, script := range map[string]func(*exatest.Server) []string{
		"from the start": func(*exatest.Server) []string { return nil },
		"changed by a statement": func(srv *exatest.Server) []string {
			srv.HandleSQL("FORMAT", exatest.OK().Attribute("dateFormat", "MM/DD/YYYY").Attribute("datetimeFormat", "SS:MI:HH24 FF3 MM/DD/YYYY"))
			return []string{"FORMAT"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv, sess := serve(t, exatest.WithSessionAttribute("dateFormat", "DD.MM.YYYY"), exatest.WithSessionAttribute("datetimeFormat", "DD.MM.YYYY HH24:MI:SS.FF3"))
			srv.HandleSQL("Q", exatest.Rows(exatest.Columns("D DATE, T TIMESTAMP(3)"), exatest.ValuesOf([]time.Time{day}), exatest.ValuesOf([]time.Time{moment})))
			insert := srv.HandleSQL("INSERT ?, ?", exatest.RowCount(1).Params(exatest.Columns(`"" DATE, "" TIMESTAMP(3)`)...)).WithParams(day, moment).Expect()
			for _, sql := range script(srv) {
				if _, err := sess.Exec(t.Context(), sql); err != nil {
					t.Fatal(err)
				}
			}
			type row struct{ D, T time.Time }
			rows, err := sess.Query(t.Context(), "Q")
			if err != nil {
				t.Fatal(err)
			}
			got, err := resultset.One[row](rows)
			if diff := cmp.Diff(row{day, moment}, got); err != nil || diff != "" {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
			if _, err := sess.Exec(t.Context(), "INSERT ?, ?", day, moment); err != nil || insert.Calls() != 1 {
				t.Errorf("insert: %v", err)
			}
		})
	}
}

// Columns with the same name, or none, are told apart by position; by name they are an error and not the wrong value.
func TestKnobColumnNames(t *testing.T) {
	for name, f := range map[string]fault.Fault{"equal": fault.DuplicateNames(), "empty": fault.EmptyNames()} {
		t.Run(name, func(t *testing.T) {
			srv, sess := serve(t)
			type row struct{ A, B int64 }
			srv.HandleSQL("Q", exatest.RowsOf([]row{{1, 2}, {3, 4}}))
			srv.Inject(f)
			rows, err := sess.Query(t.Context(), "Q")
			if err != nil {
				t.Fatal(err)
			}
			got, err := resultset.Collect[row](rows, resultset.ByPosition())
			if diff := cmp.Diff([]row{{1, 2}, {3, 4}}, got); err != nil || diff != "" {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
			if rows, err = sess.Query(t.Context(), "Q"); err != nil {
				t.Fatal(err)
			}
			if got, err := resultset.Collect[row](rows); err == nil {
				t.Errorf("got %v by name", got)
			}
		})
	}
}

// The connection ends right after the last message of a login: an error of the database is not lost over it, and the first
// command of a session that looked good was never sent.
func TestKnobCutAtLogin(t *testing.T) {
	for name, password := range map[string]string{"accepted": exatest.DefaultPassword, "refused": "wrong"} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.Password = password }, []exatest.Option{exatest.WithLeniency()},
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					cut := srv.Inject(fault.CutAfter().On(exatest.Credentials))
					sess, err := client.Connect(t.Context())
					switch {
					case name == "refused":
						if codeOf(err) != "08004" {
							t.Errorf("error is %v", err)
						}
					case err == nil:
						time.Sleep(time.Second) // virtual
						if err := sess.Ping(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
							t.Errorf("error is %v", err)
						}
						sess.Close(t.Context())
					}
					if cut.Count() != 1 {
						t.Errorf("%d connections were cut", cut.Count())
					}
				})
		})
	}
}

// An answer right before the end of the connection counts.
func TestKnobCutAfter(t *testing.T) {
	bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		scriptWorkload(srv)
		sess := connect(t, client)
		srv.Inject(fault.CutAfter().On("execute").Once())
		if n, err := sess.Exec(t.Context(), "UPDATE"); err != nil || n != 7 {
			t.Errorf("%d rows, error %v", n, err)
		}
		time.Sleep(time.Second) // virtual
		if _, err := sess.Exec(t.Context(), "UPDATE"); !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
			t.Errorf("error is %v", err)
		}
		if diff := cmp.Diff([]string{"UPDATE"}, srv.Statements()); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
	})
}

// Sessions that are idle for too long are cut; the next command was not sent.
func TestKnobIdleTimeout(t *testing.T) {
	bubble(t, nil, []exatest.Option{exatest.WithLeniency(), exatest.WithIdleTimeout(time.Hour)}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		time.Sleep(59 * time.Minute) // virtual
		if err := sess.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		if err := sess.Ping(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
			t.Errorf("error is %v", err)
		}
	})
}

// Compression is asked for in the field that the protocol has for it, whether it is on or off, and not by the read-only
// attribute.
func TestKnobCompressionField(t *testing.T) {
	for _, on := range []bool{false, true} {
		srv := exatest.NewServer(t)
		sess := connect(t, newClient(t, srv, func(c *exawire.Config) { c.Compression = on }))
		request := srv.Requests(exatest.Credentials)[0]
		if got := string(request.Field("useCompression")); got != fmt.Sprint(on) {
			t.Errorf("useCompression is %q instead of %v", got, on)
		}
		if strings.Contains(string(request.Field("attributes")), "compressionEnabled") {
			t.Errorf("the login asks by attribute: %s", request.Field("attributes"))
		}
		checkUsable(t, sess)
	}
}

// Parameters that are not described because there are none, and descriptions that leave out what may be left out.
func TestKnobOmittedKeys(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("Q", exatest.Rows(exatest.Columns("A DECIMAL(18,0), B VARCHAR(9)"), exatest.ValuesOf([]int{1}), exatest.TextValues("x")))
	for _, keys := range [][]string{{"parameterData"}, {"attributes"}, {"numResults", "numColumns"}, {"characterSet", "scale"}, {"numRowsInMessage"}} {
		t.Run(strings.Join(keys, " "), func(t *testing.T) {
			omitted := srv.Inject(fault.OmitKeys(keys...))
			defer omitted.Remove()
			stmt, err := sess.Prepare(t.Context(), "Q")
			if err != nil {
				t.Fatal(err)
			}
			defer stmt.Close(t.Context())
			rows, err := stmt.Query(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			type row struct {
				A int64
				B string
			}
			got, err := resultset.One[row](rows)
			if diff := cmp.Diff(row{1, "x"}, got); err != nil || diff != "" {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
		})
	}
}
