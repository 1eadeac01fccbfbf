//go:build race

package inflate_test

// slowdown divides how many inputs tests of one goroutine try: with the race detector, which finds nothing there, each takes
// some ten times as long.
const slowdown = 10
