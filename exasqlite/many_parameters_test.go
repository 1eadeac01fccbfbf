package exasqlite_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// TestManyRowsOfParameters inserts rows of parameters all at once and one by one, and expects the same.
func TestManyRowsOfParameters(t *testing.T) {
	const count = 1100 // more than two batches
	ids, texts, days := make(text, count), make(text, count), make(text, count)
	for i := range count {
		ids[i], texts[i], days[i] = i, fmt.Sprint("n\u00e4me ", i), "2024-02-29"
		if i%7 == 0 {
			texts[i] = nil
		}
	}
	tests := map[string][]exatest.Values{
		"INSERT INTO %s VALUES (?, ?, ?, ?, 5)":                                 {ids, ids, texts, days},
		"INSERT INTO %s (name, id) VALUES (?, ?)":                               {texts, ids},
		"INSERT INTO %s (id, name, born) VALUES (?, 'x', DATE '2024-06-18')":    {ids},
		"INSERT INTO %s (id, name, kind) VALUES (?, DEFAULT, NULL)":             {ids},
		"INSERT INTO %s (id, name) VALUES (?, ? || '!')":                        {ids, texts},
		"INSERT INTO %[1]s (id, kind) VALUES (?, (SELECT COUNT(*) FROM %[1]s))": {ids},
		"INSERT INTO %s (id) VALUES (?), (? + 5000)":                            {ids, ids},
	}
	for sql, params := range tests {
		s := connect(t, newBackend(t), commands.V5)
		run(t, s, "CREATE SCHEMA p")
		var got [2]string
		for i, table := range []string{"at_once", "one_by_one"} {
			run(t, s, "CREATE TABLE "+table+" (n INT IDENTITY, id INT, name VARCHAR(20) DEFAULT CURRENT_USER, born DATE, kind INT DEFAULT 7)")
			st := prepare(t, s, fmt.Sprintf(sql, table))
			if i == 0 {
				res, err := st.Execute(context.Background(), params)
				got[i] = show(res, err)
			}
			for row := 0; i == 1 && row < count; row++ {
				one := make([]exatest.Values, len(params))
				for j := range params {
					one[j] = params[j].(text)[row : row+1]
				}
				if _, err := st.Execute(context.Background(), one); err != nil {
					t.Fatal(sql, err)
				}
			}
			got[i] = show(s.Execute(context.Background(), "SELECT * FROM "+table+" ORDER BY id, n"))
		}
		if diff := cmp.Diff(got[1], got[0]); diff != "" || strings.Count(got[0], "\n") < count {
			t.Errorf("%s: (-one by one +at once):\n%s", sql, diff)
		}
	}
}

// TestFirstErrorOfRows checks that the error of the first row that has one counts, whoever finds it, and that no row stays.
func TestFirstErrorOfRows(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	run(t, s, "CREATE SCHEMA p")
	run(t, s, "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(3) NOT NULL)")
	st := prepare(t, s, "INSERT INTO t VALUES (?, ?)")
	const count = 1100
	tests := []struct {
		doubled, null, long int // rows with an error
		want                string
	}{
		{5, 6, 7, "error 42X91"},
		{7, 5, 6, "error 27001"},
		{7, 6, 5, "error 22001"},
		{600, 700, 5, "error 22001"},
		{count - 3, count - 2, count - 1, "error 42X91"},
	}
	for _, test := range tests {
		ids, names := make(text, count), make(text, count)
		for i := range count {
			ids[i], names[i] = i, "abc"
		}
		ids[test.doubled], names[test.null], names[test.long] = 0, nil, "abcd"
		res, err := st.Execute(context.Background(), []exatest.Values{ids, names})
		if got := show(res, err); !strings.HasPrefix(got, test.want) {
			t.Errorf("%+v: %s", test, got)
		}
		if got := show(s.Execute(context.Background(), "SELECT COUNT(*) FROM t")); !strings.HasSuffix(got, "\n0") {
			t.Errorf("%+v: rows stay: %s", test, got)
		}
	}
}
