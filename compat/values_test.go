package compat

import (
	"errors"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/google/go-cmp/cmp"
)

// exact compares decimals with their scale, and times with their zone.
var exact = cmp.Options{
	cmp.Comparer(func(a, b exawire.Decimal) bool { return a == b }),
	cmp.Comparer(func(a, b time.Time) bool { return a.Format(time.RFC3339Nano) == b.Format(time.RFC3339Nano) }),
}

// check fails the test unless there was no error and the values are exactly the same.
func check(t *testing.T, what string, err error, want, got any) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if diff := cmp.Diff(want, got, exact); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// must fails the test if there is an error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// decimal reads a number, whose scale is part of what it is.
func decimal(text string) exawire.Decimal {
	d, err := exawire.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}

func ptr[T any](v T) *T { return &v }

const (
	// nasty has what libraries look for in the text of a statement, and letters of one to four bytes.
	nasty = `it's a "test"; -- ? :name @name $1 \' /* {{}} ä € 日本 👍`
	// beyond is an odd number that no float64 holds.
	beyond = 1<<53 + 1
)

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// moment has the milliseconds that a TIMESTAMP has by every version of the protocol.
var moment = time.Date(2024, 2, 29, 23, 59, 58, 987e6, time.UTC)
