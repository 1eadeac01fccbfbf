package grace_test

import (
	"context"
	"fmt"
	"time"

	"github.com/exawire/exawire/internal/grace"
)

// What is done behind a caller who has left has some time.
func ExampleOutlive() {
	ctx, cancel := context.WithCancel(context.Background())
	longer, stop := grace.Outlive(ctx, time.Hour)
	defer stop()
	cancel()
	fmt.Println(ctx.Err(), longer.Err())
	// Output: context canceled <nil>
}
