//go:build !race

package exasqlite_test

const slowdown = 1
