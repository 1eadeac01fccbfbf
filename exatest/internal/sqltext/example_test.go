package sqltext_test

import (
	"fmt"

	"github.com/exawire/exawire/exatest/internal/sqltext"
)

func ExampleNormal() {
	fmt.Println(sqltext.Normal("SELECT  'a  b'\n\tFROM t ;"))
	fmt.Println(sqltext.FirstWord("/* why */ insert into t"))
	// Output:
	// SELECT 'a  b' FROM t
	// INSERT
}
