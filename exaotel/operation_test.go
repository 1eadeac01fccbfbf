package exaotel_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exaotel"
)

func TestOperation(t *testing.T) {
	type operation struct {
		Name  string
		Batch int
		Query bool
	}
	for _, test := range []struct {
		name    string
		command string
		rows    int
		sql     []string
		want    operation
	}{
		{"a query", "execute", 0, []string{"SELECT 1"}, operation{"SELECT", 0, true}},
		{"in small letters, behind a comment", "execute", 0, []string{"/* all */ (select 1)"}, operation{"SELECT", 0, true}},
		{"with a name for a query", "execute", 0, []string{"WITH x AS (SELECT 1) SELECT * FROM x"}, operation{"WITH", 0, true}},
		{"a change", "execute", 0, []string{"merge into t"}, operation{"MERGE", 0, false}},
		{"the longest word", "execute", 0, []string{"IMPERSONATE bob"}, operation{"IMPERSONATE", 0, false}},
		{"a word and a half", "execute", 0, []string{"IMPERSONATES bob"}, operation{"execute", 0, false}},
		{"a name that begins like a word", "execute", 0, []string{"SELECT_SECRET"}, operation{"execute", 0, false}},
		{"a word that nobody knows", "execute", 0, []string{"HUNTER2"}, operation{"execute", 0, false}},
		{"no word", "execute", 0, []string{"'hunter2'"}, operation{"execute", 0, false}},
		{"nothing", "execute", 0, []string{""}, operation{"execute", 0, false}},
		{"to prepare", "createPreparedStatement", 0, []string{"INSERT INTO t VALUES (?)"}, operation{"createPreparedStatement", 0, false}},
		{"one row", "executePreparedStatement", 1, []string{"INSERT INTO t VALUES (?)"}, operation{"INSERT", 0, false}},
		{"rows", "executePreparedStatement", 7, []string{"INSERT INTO t VALUES (?)"}, operation{"BATCH INSERT", 7, false}},
		{"rows of nobody knows what", "executePreparedStatement", 7, []string{"HUNTER2"}, operation{"BATCH", 7, false}},
		{"a handle alone", "executePreparedStatement", 7, nil, operation{"executePreparedStatement", 0, false}},
		{"statements of one kind", "executeBatch", 0, []string{"INSERT 1", "insert 2"}, operation{"BATCH INSERT", 2, false}},
		{"statements of several kinds", "executeBatch", 0, []string{"INSERT 1", "DELETE 2", "x"}, operation{"BATCH", 3, false}},
		{"queries", "executeBatch", 0, []string{"SELECT 1", "SELECT 2"}, operation{"BATCH SELECT", 2, true}},
		{"a batch of one", "executeBatch", 0, []string{"INSERT 1"}, operation{"INSERT", 0, false}},
		{"no statement", "fetch", 0, nil, operation{"fetch", 0, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got operation
			start := exawire.CommandStart{Command: test.command, SQL: test.sql, Rows: test.rows}
			got.Name, got.Batch, got.Query = exaotel.OperationOf(start)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := testing.AllocsPerRun(100, func() { exaotel.OperationOf(start) }); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

func TestFailure(t *testing.T) {
	type shown struct {
		Kind, Description string
		Attrs             map[string]string
	}
	both := func(kind, code string) map[string]string {
		return map[string]string{"error.type": kind, "db.response.status_code": code}
	}
	for _, test := range []struct {
		name   string
		class  exawire.ErrorClass
		code   string
		failed bool
		want   shown
	}{
		{"none", "", "", false, shown{"", "", map[string]string{}}},
		{"of the statement", exawire.ClassStatement, "42000", true, shown{"42000", "statement (42000)", both("42000", "42000")}},
		{"rolled back", exawire.ClassRolledBack, "40002", true, shown{"40002", "rolled back (40002)", both("40002", "40002")}},
		{"rolled back without a code", exawire.ClassRolledBack, "", true, shown{"rolled_back", "rolled back", map[string]string{"error.type": "rolled_back"}}},
		{"cancelled", exawire.ClassCancelled, "", true, shown{"cancelled", "cancelled", map[string]string{"error.type": "cancelled"}}},
		{"cancelled, and the server says so", exawire.ClassCancelled, "R0003", true, shown{"cancelled", "cancelled (R0003)", both("cancelled", "R0003")}},
		{"deadline", exawire.ClassDeadline, "R0003", true, shown{"deadline", "deadline (R0003)", both("deadline", "R0003")}},
		{"no code", exawire.ClassUnknown, "pass1", true, shown{"unknown", "unknown", map[string]string{"error.type": "unknown"}}},
		{"a code that is too long", exawire.ClassUnknown, "SECRET", true, shown{"unknown", "unknown", map[string]string{"error.type": "unknown"}}},
		{"an error without a class", "", "", true, shown{"unknown", "unknown", map[string]string{"error.type": "unknown"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got shown
			got.Kind, got.Description, got.Attrs = exaotel.Failure(test.class, test.code, test.failed)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	for _, test := range []struct {
		text string
		most int
		want string
	}{
		{"SELECT 1", 100, "SELECT 1"},
		{"SELECT 1", 8, "SELECT 1"},
		{"SELECT 1", 7, "SELE..."},
		{"SELECT 1", 3, "..."},
		{"SELECT 1", 1, "."},
		{"", 5, ""},
		{"ääää", 6, "ä..."},
		{"ääää", 5, "ä..."},
		{"a\xffb", 10, "a\ufffdb"},
		{strings.Repeat("\xff", 4), 10, "\ufffd"},
		{strings.Repeat("\xff", 40), 10, "\ufffd..."},
		{"\xff\xffa\xff", 5, "..."},
		{"\xffaaa", 5, "..."},
	} {
		got := exaotel.Shorten(test.text, test.most)
		if diff := cmp.Diff(test.want, got); diff != "" || test.most >= 0 && len(got) > test.most || !utf8.ValidString(got) {
			t.Errorf("%q, at most %d (-want +got):\n%s", test.text, test.most, diff)
		}
	}
}
