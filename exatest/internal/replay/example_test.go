package replay_test

import (
	"fmt"

	"github.com/exawire/exawire/exatest/internal/replay"
)

func ExampleMissingRows() {
	fmt.Println(&replay.MissingRows{Handle: 1, Position: "1000"})
	// Output:
	// the rows of result set 1 from position 1000 on were not recorded
}
