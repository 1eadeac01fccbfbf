package dsntext

import (
	"strconv"
	"strings"
	"time"
)

// Switch reads a switch. Every usual spelling is understood: a switch that is silently taken for its opposite is worse than
// an error.
func Switch(value string) (on, ok bool) {
	switch strings.ToLower(value) {
	case "1", "true", "on", "yes":
		return true, true
	case "0", "false", "off", "no":
		return false, true
	}
	return false, false
}

// Seconds reads "90", a number of seconds, or a duration such as "1m30s".
func Seconds(value string) (time.Duration, bool) {
	if n, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(n) * time.Second, n <= uint64(1<<63-1)/uint64(time.Second)
	}
	d, err := time.ParseDuration(value)
	return d, err == nil && d >= 0
}

// Distance returns how many bytes must be put in, left out or changed to make one text of another.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
