//go:build !race

package resultset_test

const slowdown = 1
