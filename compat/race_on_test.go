//go:build race

package compat

// slow says that SQLite, which is some seventy times slower with the race detector, is to be spared.
const slow = true
