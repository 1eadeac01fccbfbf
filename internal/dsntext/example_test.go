package dsntext_test

import (
	"fmt"

	"github.com/exawire/exawire/internal/dsntext"
)

// Both forms become hosts and keys.
func ExampleSplit() {
	for _, dsn := range []string{"exa://sys@exa1..4:8563?compression=1", "exa:exa1..4:8563;user=sys;compression=1"} {
		host, parts := dsntext.Split(dsn)
		fmt.Print(host)
		for _, part := range parts {
			fmt.Printf(" %s=%s", part.Key, part.Value)
		}
		fmt.Println()
	}
	// Output:
	// exa1..4:8563 user=sys compression=1
	// exa1..4:8563 user=sys compression=1
}
