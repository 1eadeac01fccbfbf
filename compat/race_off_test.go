//go:build !race

package compat

const slow = false
