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

// newFormat is what an answer says of its rows, and rows that read otherwise by the format before: 2 January, not 1
// February.
const newFormat = `"attributes":{"dateFormat":"YYYY-DD-MM"}`

var secondOfJanuary = time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)

// serveDates is a server whose answers to one command tell of another format of dates, in front of the rows or behind.
func serveDates(t *testing.T, command string, behind bool, inline int) (*exatest.Server, *exawire.Session) {
	t.Helper()
	srv, sess := serve(t, exatest.WithLeniency())
	cols := exatest.Columns("D DATE")
	dates := make([]string, 3)
	for i := range dates {
		dates[i] = "2024-02-01"
	}
	srv.HandleSQL("SELECT...", exatest.Rows(cols, exatest.ValuesOf(dates)))
	if inline < 3 {
		srv.Inject(fault.SplitInline(inline))
	}
	f := fault.Replace(`{"status":"ok",`, `{`+newFormat+`,"status":"ok",`)
	if behind {
		f = fault.Replace(`]}}`, `]},`+newFormat+`}`)
	}
	srv.Inject(f.On(command))
	return srv, sess
}

// Rows are read by what their own answer says, wherever it says so.
func TestKeyOrderOfAnswersWithRows(t *testing.T) {
	collect := func(rows *exawire.Rows, err error) ([]time.Time, error) {
		if err != nil {
			return nil, err
		}
		return resultset.Collect[time.Time](rows)
	}
	for name, tt := range map[string]struct {
		command string
		inline  int
		read    func(context.Context, *exawire.Session) ([]time.Time, error)
	}{
		"execute": {"execute", 3, func(ctx context.Context, s *exawire.Session) ([]time.Time, error) {
			return collect(s.Query(ctx, "SELECT"))
		}},
		"executePreparedStatement": {"executePreparedStatement", 3, func(ctx context.Context, s *exawire.Session) ([]time.Time, error) {
			st, err := s.Prepare(ctx, "SELECT")
			if err != nil {
				return nil, err
			}
			defer st.Close(ctx)
			return collect(st.Query(ctx))
		}},
		"executeBatch": {"executeBatch", 3, func(ctx context.Context, s *exawire.Session) ([]time.Time, error) {
			results, err := s.ExecuteBatch(ctx, []string{"SELECT 1", "SELECT 2"})
			if err != nil {
				return nil, err
			}
			var all []time.Time
			for _, r := range results {
				rows, _ := r.Rows()
				some, err := collect(rows, nil)
				if err != nil {
					return nil, err
				}
				all = append(all, some...)
			}
			return all[:3], nil
		}},
		"fetch": {"fetch", 0, func(ctx context.Context, s *exawire.Session) ([]time.Time, error) {
			return collect(s.Query(ctx, "SELECT"))
		}},
		"fetch by hand": {"fetch", 0, func(ctx context.Context, s *exawire.Session) ([]time.Time, error) {
			rows, err := s.Query(ctx, "SELECT")
			if err != nil {
				return nil, err
			}
			defer rows.Close()
			batch, err := s.Fetch(ctx, resultSetOf(rows), 0, 1<<20)
			if err != nil {
				return nil, err
			}
			dates, err := batch.Time(0)
			return dates.Values, err
		}},
	} {
		for _, behind := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, behind %v", name, behind), func(t *testing.T) {
				_, sess := serveDates(t, tt.command, behind, tt.inline)
				got, err := tt.read(t.Context(), sess)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]time.Time{secondOfJanuary, secondOfJanuary, secondOfJanuary}, got); diff != "" {
					t.Errorf("dates (-want +got):\n%s", diff)
				}
				if got := sess.Attributes().DateFormat; got != "YYYY-DD-MM" {
					t.Errorf("the session has the format %s", got)
				}
				checkUsable(t, sess)
			})
		}
	}
}

// An exception is one behind rows, too.
func TestExceptionBehindRows(t *testing.T) {
	srv, sess, rs := serveTwoColumns(t)
	srv.Inject(fault.Replace(`]]}}`, `]]},"exception":{"text":"x","sqlCode":"42000"}}`).On("fetch").Once())
	_, err := sess.Fetch(t.Context(), rs, 0, 1<<20)
	var refused *exawire.Error
	if !errors.As(err, &refused) || refused.SQLCode != "42000" {
		t.Errorf("error is %v", err)
	}
	checkUsable(t, sess)
}

// A value that cannot be read is an error of the value: the session lives, and so do the other rows.
func TestBadValueLeavesTheSession(t *testing.T) {
	for name, tt := range map[string]struct {
		columns, good, bad string
		fetch              bool
	}{
		"half a surrogate pair":          {"V VARCHAR(9)", "good", `b\ud800d`, false},
		"half a surrogate pair, fetched": {"V VARCHAR(9)", "good", `b\ud800d`, true},
		"a date that does not exist":     {"V DATE", "2024-02-01", "2024-02-30", false},
		"the same, fetched":              {"V DATE", "2024-02-01", "2024-02-30", true},
	} {
		t.Run(name, func(t *testing.T) {
			srv, sess := serve(t, exatest.WithLeniency())
			marked := "marked"
			if tt.columns == "V DATE" {
				marked = "2024-02-29"
			}
			srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns(tt.columns), exatest.ValuesOf([]string{tt.good, tt.good, marked, tt.good})))
			if tt.fetch {
				srv.Inject(fault.SplitInline(1))
			}
			srv.Inject(fault.Replace(`"`+marked+`"`, `"`+tt.bad+`"`))
			n := 0
			var err error
			for _, rowErr := range resultset.Each[any](openRows(t, sess, "SELECT")) {
				if err = rowErr; err == nil {
					n++
				}
			}
			var bad *resultset.ValueError
			if !errors.As(err, &bad) || bad.Row != 2 || bad.Name != "V" || bad.Text == "" || n != 2 {
				t.Errorf("behind %d rows: %v", n, err)
			}
			checkUsable(t, sess)
			rows := openRows(t, sess, "SELECT")
			var failed []int
			for row := 0; rows.Next(); row++ {
				var v any
				if err := rows.Scan(&v); err != nil {
					failed = append(failed, row)
				}
			}
			if diff := cmp.Diff([]int{2}, failed); diff != "" || rows.Err() != nil {
				t.Errorf("rows that cannot be scanned, %v (-want +got):\n%s", rows.Err(), diff)
			}
			checkUsable(t, sess)
		})
	}
}

// Names and messages that are no Unicode text leave the session, too.
func TestNamesThatAreNoUnicode(t *testing.T) {
	srv, sess := serve(t, exatest.WithLeniency())
	srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("NAME DECIMAL(9,0)"), exatest.ValuesOf([]int64{1})))
	srv.HandleSQL("BAD", exatest.Exception("42000", "marked"))
	srv.Inject(fault.Replace(`"NAME"`, `"N\ud800"`))
	srv.Inject(fault.Replace(`marked`, `m\udc00`))
	rows := openRows(t, sess, "SELECT")
	defer rows.Close()
	if got := rows.Columns()[0].Name; got != "N\ufffd" {
		t.Errorf("the column is called %q", got)
	}
	_, err := sess.Exec(t.Context(), "BAD")
	var refused *exawire.Error
	if !errors.As(err, &refused) || refused.SQLCode != "42000" {
		t.Errorf("error is %v", err)
	}
	checkUsable(t, sess)
}
