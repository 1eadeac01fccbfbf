package debts_test

import (
	"fmt"

	"github.com/exawire/exawire/internal/debts"
)

// Result sets are closed together, statements one by one.
func Example() {
	var list debts.List
	list.OweResults(3, 4)
	list.OweStmt(1)
	results, stmt, ok := list.Next()
	fmt.Println(results, stmt, ok)
	list.PaidResults(results)
	list.PaidStmt(stmt)
	results, _, ok = list.Next()
	fmt.Println(results, ok)
	// Output:
	// [3 4] 1 true
	// [] false
}
