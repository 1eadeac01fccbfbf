package shapes_test

import (
	"fmt"

	"github.com/exawire/exawire/internal/shapes"
)

func ExampleAll() {
	for _, shape := range shapes.All() {
		fmt.Printf("%s: %d columns\n", shape.Name, len(shape.Header()))
	}
	// Output:
	// mixed10: 10 columns
	// narrow: 4 columns
	// wide: 6 columns
}
