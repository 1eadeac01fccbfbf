package errtext_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/errtext"
)

var errClosed = errors.New("exawire: session is closed")

// quoting is an error whose own text looks like a prefix in the middle.
type quoting struct{}

func (quoting) Error() string { return `exawire: execute: value "exawire: x" is bad` }

func TestEachPrefixOnce(t *testing.T) {
	closed := errtext.Errorf("%w: %w", errClosed, io.EOF)
	for _, tt := range []struct {
		name, want string
		err        error
	}{
		{"no prefix", "exawire: EOF", io.EOF},
		{"its own", "exawire: session is closed", errClosed},
		{"wrapped", "exawire: session is closed: EOF", closed},
		{"wrapped twice", "exawire: row 1: session is closed: EOF", errtext.Errorf("row %d: %w", 1, closed)},
		{"wrapped by fmt", "exawire: load: session is closed: EOF", fmt.Errorf("load: %w", closed)},
		{"two wrapped by fmt", "exawire: session is closed: session is closed: EOF", fmt.Errorf("%w: %w", errClosed, closed)},
		{"deep in a user's", "exawire: copy: load: session is closed: EOF", errtext.Errorf("copy: %w", fmt.Errorf("load: %w", closed))},
		{"joined", "exawire: EOF; session is closed", errtext.Join(nil, io.EOF, errClosed)},
		{"joined and wrapped", "exawire: twice: EOF; session is closed", errtext.Errorf("twice: %w", errtext.Join(io.EOF, errClosed))},
		{"joined of a kind", "exawire: config: Host is not set; User is not set", errtext.Join(
			errors.New("exawire: config: Host is not set"), errors.New("exawire: config: User is not set"),
		)},
		{"joined by errors, on one line", "exawire: EOF; session is closed", errtext.OneLine(errors.Join(io.EOF, errClosed))},
		{"not joined", "exawire: EOF", errtext.OneLine(io.EOF)},
		{"one joined", "exawire: session is closed", errtext.Join(nil, errClosed)},
		{"joined by errors", "exawire: session is closed\nsession is closed: EOF", errors.Join(errClosed, closed)},
		{"data", `exawire: execute: value "exawire: x" is bad`, quoting{}},
		{"data inside", `exawire: row 1: execute: value "exawire: x" is bad`, errtext.Errorf("row 1: %w", quoting{})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, errtext.Text(tt.err)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.want, errtext.Prefix+errtext.Bare(tt.err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPartsMatch(t *testing.T) {
	for _, err := range []error{
		errtext.Errorf("%w: %v", errClosed, io.EOF),
		errtext.Errorf("%s %w", "x", errtext.Join(io.EOF, errClosed)),
	} {
		if !errors.Is(err, errClosed) || !errors.Is(err, io.EOF) {
			t.Errorf("%v does not match its parts", err)
		}
	}
	if err := errtext.Join(nil, nil); err != nil {
		t.Errorf("Join of nothing = %v", err)
	}
}
