package resultset_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/exawire/exawire/resultset"
)

// Types that never end.
type (
	deepPointer *deepPointer
	deepNull    *sql.Null[deepNull]
	deepField   struct{ A deepPointer }
)

// A pointer may point to a pointer, but not for ever.
func TestPointersEnd(t *testing.T) {
	for name, read := range map[string]func(*resultset.Rows) error{
		"pointer":              collected[deepPointer],
		"pointer to a pointer": collected[*deepPointer],
		"null":                 collected[sql.Null[deepNull]],
		"pointer to a null":    collected[deepNull],
		"field":                collected[deepField],
		"ten pointers":         collected[**********int],
		"Scan":                 func(r *resultset.Rows) error { return scanInto(r, new(deepPointer)) },
		"Scan a null":          func(r *resultset.Rows) error { return scanInto(r, new(deepNull)) },
	} {
		t.Run(name, func(t *testing.T) {
			err := read(of(t, cols("A"), 3))
			var scan *resultset.ScanError
			if !errors.As(err, &scan) || !strings.HasSuffix(err.Error(), ": pointers to pointers, more than 8 deep") {
				t.Errorf("error is %v", err)
			}
		})
	}
	v, err := resultset.Collect[********int](of(t, cols("A"), 3))
	if err != nil || ********v[2] != 2 {
		t.Errorf("eight pointers: %v, %v", v, err)
	}
}

func collected[T any](r *resultset.Rows) error {
	_, err := resultset.Collect[T](r)
	return err
}

func scanInto(r *resultset.Rows, dst any) error {
	r.Next()
	return errors.Join(r.Scan(dst), r.Close())
}
