//go:build race

package exawire_test

const raceEnabled = true
