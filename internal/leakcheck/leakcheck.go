// Package leakcheck fails a test binary whose goroutines outlive its tests. Every package calls it:
//
//	func TestMain(m *testing.M) { leakcheck.Main(m) }
package leakcheck

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience is how long goroutines get to end after the last test: closing a socket does not stop its reader at once.
const patience = 3 * time.Second

// Main runs the tests of m and exits. The exit code is 1 if the tests passed but goroutines that they started are still
// alive a few seconds later; their stacks are printed. Goroutines with one of the words of others in their stack are
// tolerated: those of libraries that never end them.
func Main(m *testing.M, others ...string) {
	code := m.Run()
	if code == 0 {
		if leaked := wait(patience, others...); len(leaked) > 0 {
			fmt.Fprintf(os.Stderr, "%d goroutines outlived the tests:\n\n%s\n", len(leaked), strings.Join(leaked, "\n\n"))
			code = 1
		}
	}
	os.Exit(code)
}

// wait returns the stacks of the goroutines that are still alive after at most d.
func wait(d time.Duration, others ...string) []string {
	deadline := time.Now().Add(d)
	for {
		leaked := alive(others)
		if len(leaked) == 0 || time.Now().After(deadline) {
			return leaked
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// alive returns the stacks of the goroutines that tests can have started: all but this one and those of the runtime
// and of the testing package, and those of others.
func alive(others []string) []string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	var stacks []string
	for i, stack := range strings.Split(string(buf), "\n\n") {
		if i == 0 || stack == "" || expected(stack) || slices.ContainsFunc(others, func(s string) bool { return strings.Contains(stack, s) }) {
			continue
		}
		stacks = append(stacks, stack)
	}
	return stacks
}

func expected(stack string) bool {
	for _, s := range []string{
		"main.main()", "created by runtime.", "created by testing.", "created by os/signal.", "testing.runFuzzing", "testing.(*F).Fuzz",
		"internal/fuzz.", "runtime.ensureSigM", "runtime/trace.Start",
	} {
		if strings.Contains(stack, s) {
			return true
		}
	}
	return false
}
