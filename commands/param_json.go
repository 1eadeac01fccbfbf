package commands

import (
	"fmt"
	"strings"

	"github.com/goccy/go-json"

	"github.com/exawire/exawire/internal/jsonscan"
)

// JSON is a column of text that holds a T as JSON, as a parameter and in rows.
//
// *JSON[T] and sql.Null[JSON[T]] hold NULL; JSON[T] itself does not, and the text null is a V that is nil or zero. What T
// says about JSON holds: tags, methods such as MarshalJSON, and how exact numbers are. They are float64 in an any,
// json.Number and big.Int keep all digits. Encoded as a part of other JSON, a JSON[T] is its V alone.
type JSON[T any] struct{ V T }

// MarshalText returns V as JSON, as it is written to the column. The characters <, > and & stay as they are.
func (j JSON[T]) MarshalText() ([]byte, error) { return j.MarshalJSON() }

// UnmarshalText makes V of JSON, as it is read from the column. After an error V is what it was.
func (j *JSON[T]) UnmarshalText(text []byte) error { return j.UnmarshalJSON(text) }

// MarshalJSON returns V as JSON.
func (j JSON[T]) MarshalJSON() ([]byte, error) {
	text, err := json.MarshalWithOption(&j.V, json.DisableHTMLEscape())
	if err != nil {
		return nil, fmt.Errorf("JSON of %T: %w", j.V, err)
	}
	return text, nil
}

// UnmarshalJSON makes V of JSON. After an error V is what it was.
func (j *JSON[T]) UnmarshalJSON(text []byte) error {
	var v T // not V: objects and slices would be merged with what is in it
	if err := json.Unmarshal(text, &v); err != nil {
		return &jsonError{reasonOf[T](text, err), err}
	}
	j.V = v
	return nil
}

// jsonError has the reason why a text is not the JSON of a type, without a part of the text, which those of the library
// quote.
type jsonError struct {
	reason string
	err    error
}

func (e *jsonError) Error() string { return e.reason }
func (e *jsonError) Unwrap() error { return e.err }

func reasonOf[T any](text []byte, err error) string {
	s := jsonscan.New(text)
	_, broken := s.Skip()
	if broken == nil {
		broken = s.End()
	}
	if syntax, ok := broken.(*jsonscan.SyntaxError); ok { //nolint:errorlint // the scanner's own
		return fmt.Sprintf("not JSON: %s at byte %d", syntax.Reason, syntax.Offset)
	}
	misfit, ok := err.(*json.UnmarshalTypeError) //nolint:errorlint // the library's own, not one of a method of T
	if !ok {
		return fmt.Sprintf("JSON of %T: %v", *new(T), err)
	}
	// Behind a blank stands the number itself, and the path of the field has keys of maps.
	kind, _, _ := strings.Cut(misfit.Value, " ")
	return fmt.Sprintf("JSON of %T: the %s before byte %d does not go into %s", *new(T), kind, misfit.Offset, misfit.Type)
}
