package debts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/debts"
	"github.com/exawire/exawire/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// next fails the test unless the list begins with these.
func next(t *testing.T, l *debts.List, results []int, stmts ...int) {
	t.Helper()
	got, stmt, ok := l.Next()
	var stmtsGot []int
	if ok {
		stmtsGot = append(stmtsGot, stmt)
	}
	if diff := cmp.Diff(results, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(stmts, stmtsGot); diff != "" {
		t.Errorf("statement (-want +got):\n%s", diff)
	}
}

// Everything is owed once, and gone when it is paid.
func TestList(t *testing.T) {
	var l debts.List
	next(t, &l, nil)
	l.OweResults(1, -1, 2, 1)
	l.Owe(debts.Debt{Handle: 3})
	l.OweStmt(1)
	l.Owe(debts.Debt{Handle: 2, Stmt: true})
	l.OweStmt(1)
	next(t, &l, []int{1, 2, 3}, 2)
	l.PaidStmt(2)
	l.PaidResults([]int{1, 7})
	next(t, &l, []int{2, 3}, 1)
	l.PaidStmt(1)
	l.PaidResults([]int{2, 3})
	next(t, &l, nil)
}

// One that the server does not know keeps nothing else open.
func TestOneByOne(t *testing.T) {
	var l debts.List
	l.OweResults(1, 2, 3)
	l.OneByOne()
	next(t, &l, []int{3})
	l.PaidResults([]int{3})
	next(t, &l, []int{2})
	if got, owed := l.With(debts.Debt{Handle: 1}); !owed || !cmp.Equal(got, []int{1}) {
		t.Errorf("closed along: %v, owed: %t", got, owed)
	}
	l.PaidResults([]int{1, 2})
	l.OweResults(4, 5)
	next(t, &l, []int{4, 5}) // that was about those which are gone
}

func TestWith(t *testing.T) {
	var l debts.List
	l.OweResults(1, 2)
	l.OweStmt(1)
	for _, tt := range []struct {
		own  debts.Debt
		want []int
		owed bool
	}{
		{debts.Debt{Handle: 1}, []int{1, 2}, true},
		{debts.Debt{Handle: 3}, nil, false},
		{debts.Debt{Handle: 1, Stmt: true}, nil, true},
		{debts.Debt{Handle: 2, Stmt: true}, nil, false},
	} {
		got, owed := l.With(tt.own)
		if diff := cmp.Diff(tt.want, got); diff != "" || owed != tt.owed {
			t.Errorf("%v: owed %t, closed along (-want +got):\n%s", tt.own, owed, diff)
		}
	}
}

// What is handed out does not change with the list.
func TestResultsAreTheCallers(t *testing.T) {
	var l debts.List
	l.OweResults(1, 2, 3)
	results, _, _ := l.Next()
	with, _ := l.With(debts.Debt{Handle: 1})
	l.PaidResults([]int{1, 2})
	for _, got := range [][]int{results, with} {
		if diff := cmp.Diff([]int{1, 2, 3}, got); diff != "" {
			t.Errorf("results (-want +got):\n%s", diff)
		}
	}
}
