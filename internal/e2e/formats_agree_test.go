package e2e_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/internal/formatcases"
	"github.com/exawire/exawire/resultset"
)

// formatServer answers SELECT with the moment that it is told, and CALL with the parameters that it got.
type formatServer struct {
	srv      *exatest.Server
	dataType string
	moment   string
	got      []string // the parameters of the last CALL
}

func newFormatServer(t *testing.T, opts ...exatest.Option) *formatServer {
	s := &formatServer{srv: exatest.NewServer(t, opts...)}
	columns := func() []commands.ColumnInfo { return exatest.Columns("A " + s.dataType) }
	s.srv.HandleSQL("SELECT", exatest.Func(func(*exatest.Request) exatest.Response {
		return exatest.Rows(columns(), exatest.TextValues(s.moment))
	}))
	s.srv.HandleSQL("CALL ?", exatest.Func(func(r *exatest.Request) exatest.Response {
		s.got = nil
		for _, column := range r.Params {
			text, _ := column.AppendText(nil, 0)
			s.got = append(s.got, string(text))
		}
		return exatest.RowCount(1).Params(columns()...)
	}))
	return s
}

// TestFormatsAgree runs the table of formats through sessions of all versions: what the client makes of a format and what
// exatest makes of it have to be the same.
func TestFormatsAgree(t *testing.T) {
	s := newFormatServer(t)
	for v := commands.V1; v <= commands.Latest; v++ {
		t.Run(v.String(), func(t *testing.T) {
			sess := connect(t, newClient(t, s.srv, func(c *exawire.Config) { c.ProtocolVersion = v }))
			for _, c := range formatcases.Cases() {
				s.check(t, sess, c, "NLS_TIMESTAMP_FORMAT", "TIMESTAMP(9)")
				if len(c.Moment) == len("YYYY-MM-DD") {
					s.check(t, sess, c, "NLS_DATE_FORMAT", "DATE")
				}
			}
			checkUsable(t, sess)
		})
	}
}

func (s *formatServer) check(t *testing.T, sess *exawire.Session, c formatcases.Case, parameter, dataType string) {
	t.Helper()
	s.dataType, s.moment = dataType, c.Moment
	_, err := sess.Exec(t.Context(), fmt.Sprintf("ALTER SESSION SET %s = '%s'", parameter, c.Format))
	if c.Refused() {
		var e *exawire.Error
		if !errors.As(err, &e) || e.SQLCode != "0A000" || !strings.Contains(e.Text, c.Format) {
			t.Errorf("%s: got %v, want the format to be refused", c.Format, err)
		}
		return
	}
	if err != nil {
		t.Errorf("%s: %v", c.Format, err)
		return
	}
	if got, err := one[string](sess); err != nil || got != c.Text {
		t.Errorf("%s: %s is %q as text, %v; want %q", c.Format, c.Moment, got, err, c.Text)
	}
	s.checkTime(t, sess, c)
	s.checkText(t, sess, c)
}

func one[T any](sess *exawire.Session) (T, error) {
	rows, err := sess.Query(context.Background(), "SELECT")
	if err != nil {
		var zero T
		return zero, err
	}
	return resultset.One[T](rows)
}

// checkTime reads and writes a time.Time.
func (s *formatServer) checkTime(t *testing.T, sess *exawire.Session, c formatcases.Case) {
	t.Helper()
	got, err := one[time.Time](sess)
	natural, anyErr := one[any](sess)
	back := sql.Null[time.Time]{}
	if c.Back != "" {
		back = sql.Null[time.Time]{V: formatcases.Time(c.Back), Valid: true}
	}
	if !c.Exact {
		checkRefused(t, c.Format, "reading", err)
		checkRefused(t, c.Format, "reading as any", anyErr)
		_, err := sess.Exec(t.Context(), "CALL ?", formatcases.Time(c.Moment))
		checkRefused(t, c.Format, "writing", err)
		var e *exawire.ParamError
		if !errors.As(err, &e) {
			t.Errorf("%s: writing is %T", c.Format, err)
		}
		return
	}
	if err != nil || !got.Equal(back.V) {
		t.Errorf("%s: %q is %v, %v; want %v", c.Format, c.Text, got, err, back.V)
	}
	if anyErr != nil || natural != any(back.V) {
		t.Errorf("%s: %q is %v as any, %v; want %v", c.Format, c.Text, natural, anyErr, back.V)
	}
	if _, err := sess.Exec(t.Context(), "CALL ?", back.V); err != nil {
		t.Errorf("%s: %v as a parameter: %v", c.Format, back.V, err)
	} else if diff := cmp.Diff([]string{s.canonical(c.Back)}, s.got); diff != "" {
		t.Errorf("%s: parameter (-want +got):\n%s", c.Format, diff)
	}
}

// canonical is the form in which exatest gives a moment to a handler.
func (s *formatServer) canonical(moment string) string {
	if s.dataType != "DATE" && len(moment) == len("YYYY-MM-DD") {
		return moment + " 00:00:00"
	}
	return moment
}

// checkText writes a text.
func (s *formatServer) checkText(t *testing.T, sess *exawire.Session, c formatcases.Case) {
	t.Helper()
	_, err := sess.Exec(t.Context(), "CALL ?", c.Text)
	if c.Back == "" {
		var e *exawire.Error
		if !errors.As(err, &e) || e.SQLCode != "0A000" || !strings.Contains(e.Text, c.Format) {
			t.Errorf("%s: the text %q is %v, want the server to refuse it", c.Format, c.Text, err)
		}
		return
	}
	if err != nil {
		t.Errorf("%s: the text %q: %v", c.Format, c.Text, err)
	} else if diff := cmp.Diff([]string{s.canonical(c.Back)}, s.got); diff != "" {
		t.Errorf("%s: the text %q (-want +got):\n%s", c.Format, c.Text, diff)
	}
}

// checkRefused wants an error that names the format and says what to do.
func checkRefused(t *testing.T, format, what string, err error) {
	t.Helper()
	advice := map[string]string{"reading": "read the column as text", "writing": "send text in that format"}[what] + ", or ALTER SESSION to a format of YYYY"
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("NLS format %q ", format)) || !strings.Contains(err.Error(), advice) {
		t.Errorf("%s: %s a time.Time is %v, want an error that names the format", format, what, err)
	}
}

// Sessions may begin with any format: no session ends of one that the client, the server or both do not know. Values are
// text then, both ways, and go through as they are.
func TestFormatsOfTheLogin(t *testing.T) {
	for _, c := range formatcases.Cases() {
		if !c.Refused() {
			continue
		}
		for _, attribute := range []string{"datetimeFormat", "dateFormat"} {
			s := newFormatServer(t, exatest.WithSessionAttribute(attribute, c.Format))
			s.dataType = "TIMESTAMP(9)"
			if attribute == "dateFormat" {
				s.dataType = "DATE"
			}
			sess := connect(t, newClient(t, s.srv, nil))
			for _, s.moment = range []string{"2024-06-18", "any text"} {
				if got, err := one[string](sess); err != nil || got != s.moment {
					t.Errorf("%s: %q, %v", c.Format, got, err)
				}
			}
			_, err := one[time.Time](sess)
			checkRefused(t, c.Format, "reading", err)
			_, err = sess.Exec(t.Context(), "CALL ?", time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC))
			checkRefused(t, c.Format, "writing", err)
			if _, err := sess.Exec(t.Context(), "CALL ?", "another text"); err != nil {
				t.Errorf("%s: %v", c.Format, err)
			}
			if diff := cmp.Diff([]string{"another text"}, s.got); diff != "" {
				t.Errorf("%s: parameter (-want +got):\n%s", c.Format, diff)
			}
			checkUsable(t, sess)
		}
	}
}
