package effect_test

import (
	"fmt"

	"github.com/exawire/exawire/exatest/internal/effect"
)

// What is in an effect that was sealed is seen by those who can open it.
func ExampleSeal() {
	type Fault effect.Sealed // as users know it
	f := Fault(effect.Seal(effect.Effect{Name: "AllRows", AllRows: true}))
	fmt.Println(effect.Sealed(f).Open().Name)
	// Output:
	// AllRows
}
