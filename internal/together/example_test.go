package together_test

import (
	"context"
	"fmt"

	"github.com/exawire/exawire/internal/together"
)

// The first error ends the context of the other calls.
func ExampleCall() {
	err := together.Call(context.Background(), 3, func(ctx context.Context, i int) error {
		if i == 1 {
			return fmt.Errorf("call %d failed", i)
		}
		<-ctx.Done()
		return ctx.Err()
	})
	fmt.Println(err)
	// Output: call 1 failed
}
