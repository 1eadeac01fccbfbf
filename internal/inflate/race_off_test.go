//go:build !race

package inflate_test

const slowdown = 1
