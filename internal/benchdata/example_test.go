package benchdata_test

import (
	"fmt"

	"github.com/exawire/exawire/internal/benchdata"
)

func ExampleAll() {
	for _, shape := range benchdata.All() {
		fmt.Printf("%s: %d columns\n", shape.Name, len(benchdata.Header[struct{ Name string }](shape)))
	}
	// Output:
	// mixed10: 10 columns
	// narrow: 4 columns
	// wide: 6 columns
}
