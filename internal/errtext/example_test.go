package errtext_test

import (
	"errors"
	"fmt"
	"io"

	"github.com/exawire/exawire/internal/errtext"
)

// The outer error brings the prefix, and what it holds loses it.
func ExampleErrorf() {
	closed := errors.New("exawire: session is closed")
	err := errtext.Errorf("row %d: %w: %w", 17, closed, io.EOF)
	fmt.Println(err)
	fmt.Println(errors.Is(err, closed), errors.Is(err, io.EOF))
	// Output:
	// exawire: row 17: session is closed: EOF
	// true true
}
