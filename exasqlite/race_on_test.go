//go:build race

package exasqlite_test

// slowdown divides the sizes of tests with many rows: SQLite in Go is some seventy times slower with the race detector.
const slowdown = 100
