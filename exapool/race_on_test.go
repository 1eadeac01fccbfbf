//go:build race

package exapool_test

const raceEnabled = true
