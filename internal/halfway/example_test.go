package halfway_test

import (
	"fmt"

	"github.com/exawire/exawire/internal/halfway"
)

func ExampleNumber_Append() {
	n := halfway.Number{Mantissa: 67829018988333424, Exponent: 1}
	fmt.Printf("%s %s\n", n.Append(nil, 0), n.Append(nil, 16))
	// Output:
	// 67829018988333424e1 6.7829018988333424e17
}
