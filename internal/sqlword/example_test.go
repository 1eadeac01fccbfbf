package sqlword_test

import (
	"fmt"

	"github.com/exawire/exawire/internal/sqlword"
)

// A few words tell what a statement does to its session.
func ExampleRead() {
	e := sqlword.Read("-- nightly\nALTER SESSION SET TIME_ZONE = 'UTC'")
	fmt.Println(e.Parameter, e.Changes)
	// Output: TIME_ZONE false
}

// What is a name may become part of a statement.
func ExampleIsName() {
	fmt.Println(sqlword.IsName(`sales."Order lines"`), sqlword.IsName("orders; DROP TABLE t"))
	// Output: true false
}
