package hostlist_test

import (
	"context"
	"fmt"

	"github.com/exawire/exawire/internal/hostlist"
)

// Ranges are expanded, and a port holds for the hosts to its left.
func ExampleParse() {
	hosts, err := hostlist.Parse("exa09..10.corp,[::1]:8563")
	if err != nil {
		fmt.Println(err)
	}
	for _, h := range hosts {
		fmt.Println(h.Name, h.Port)
	}
	// Output:
	// exa09.corp 8563
	// exa10.corp 8563
	// ::1 8563
}

// Names are looked up when it is their turn.
func ExampleTargets() {
	lookup := func(context.Context, string) ([]string, error) { return []string{"10.0.0.7"}, nil }
	for target, err := range hostlist.Targets(context.Background(), []hostlist.Host{{Name: "exa1", Port: 8563}}, lookup) {
		fmt.Println(target.Host.Name, target.Addr, err == nil)
	}
	// Output: exa1 10.0.0.7:8563 true
}
