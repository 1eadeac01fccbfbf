package alone_test

import (
	"flag"
	"fmt"
	"os"

	"github.com/exawire/exawire/bench/internal/alone"
)

// A command that measures itself: called without -work it starts itself with it.
func Example() {
	work := flag.Bool("work", false, "work and report (used by the command itself)")
	flag.Parse()
	if *work {
		err := alone.Report(func() (units int64, err error) {
			for range 1_000_000 {
				units++
			}
			return units, nil
		})
		if err != nil {
			os.Exit(1)
		}
		return
	}
	o, err := alone.Run("-work")
	fmt.Println(o.Units, o.Elapsed, o.CPU, o.Peak, err)
}
