package e2e_test

import (
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/google/go-cmp/cmp"
)

// Every command of a session that has logged in carries attributes, but for the abort.
func TestCommandsCarryAttributes(t *testing.T) {
	all := calls(exawire.QueryTimeout(7*time.Second), exawire.CurrentSchema("S"))
	for _, info := range commands.All() {
		if info.Family == commands.FamilyLogin || !info.Response {
			continue
		}
		t.Run(info.Name, func(t *testing.T) {
			call := all[info.Name]
			if call == nil {
				t.Fatal("no call")
			}
			srv, sess := serve(t, exatest.WithLeniency())
			srv.ForgetRequests()
			_ = call(t.Context(), sess) // the server may not know the handle
			want := `{"queryTimeout":7,"currentSchema":"S"}`
			if info.Name == "setAttributes" {
				want = `{"queryTimeout":7,"currentSchema":"S","autocommit":true}`
			}
			sent := srv.Requests(info.Name)
			if len(sent) == 0 {
				t.Fatal("nothing was sent")
			}
			if diff := cmp.Diff(want, string(sent[0].Field("attributes"))); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

// Without handles there is nothing to close, but attributes are sent nevertheless.
func TestCloseResultSetOfNothing(t *testing.T) {
	srv, sess := serve(t)
	srv.ForgetRequests()
	if err := sess.CloseResultSet(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if n := len(srv.Requests("")); n != 0 {
		t.Errorf("%d commands were sent", n)
	}
	_ = sess.CloseResultSet(t.Context(), nil, exawire.QueryTimeout(time.Second))
	if n := len(srv.Requests("closeResultSet")); n != 1 {
		t.Errorf("%d commands were sent", n)
	}
}

// Columns that a newer server adds to the answer of a metadata command are not lost.
func TestExtraColumnsOfMetadata(t *testing.T) {
	srv, sess := serve(t)
	cols := exatest.Columns("NEW DECIMAL(18,0), NAME VARCHAR(128), OWNER VARCHAR(128), IS_VIRTUAL BOOLEAN, COMMENT VARCHAR(128), NEW TIMESTAMP")
	srv.Handle("getSchemas", func(*exatest.Request) exatest.Response {
		return exatest.Rows(cols,
			exatest.ValuesOf([]int64{7, 8}), exatest.ValuesOf([]string{"A", "B"}), exatest.ValuesOf([]string{"SYS", "SYS"}),
			exatest.ValuesOf([]bool{true, false}), exatest.ValuesOf([]*string{nil, nil}), exatest.ValuesOf([]*string{nil, new("2024-06-18 17:22:13.123000")}))
	})
	var got []commands.Schema
	for row, err := range sess.GetSchemas(t.Context(), commands.SchemasFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
	}
	extra := func(number int64, moment any) []commands.ExtraColumn {
		return []commands.ExtraColumn{{Column: cols[0], Value: number}, {Column: cols[5], Value: moment}}
	}
	want := []commands.Schema{
		{Name: "A", Owner: new("SYS"), IsVirtual: new(true), Extra: extra(7, nil)},
		{Name: "B", Owner: new("SYS"), IsVirtual: new(false), Extra: extra(8, time.Date(2024, 6, 18, 17, 22, 13, 123e6, time.UTC))},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
