package commands

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/exawire/exawire/internal/errtext"
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

// Scan implements [sql.Scanner] for package database/sql. It takes text, but not NULL. After an error V is what it was.
func (j *JSON[T]) Scan(src any) error {
	switch src := src.(type) {
	case string:
		return j.UnmarshalJSON([]byte(src))
	case []byte:
		return j.UnmarshalJSON(src)
	case nil:
		return fmt.Errorf("scan NULL into %s: use sql.Null or a pointer", errtext.NameOfType(*j))
	}
	return fmt.Errorf("scan %T into %s", src, errtext.NameOfType(*j))
}

var _ sql.Scanner = (*JSON[any])(nil)

// MarshalJSON returns V as JSON.
func (j JSON[T]) MarshalJSON() ([]byte, error) {
	// The JSON of V is that of the standard library, whose tags and methods T is made for: the one that messages are made
	// with writes addresses for pointers to pointers of types with methods.
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(&j.V); err != nil {
		reason := "a value in it has no form in JSON"
		switch e := err.(type) { //nolint:errorlint // the library's own
		case *json.UnsupportedTypeError:
			reason = e.Error()
		case *json.MarshalerError:
			reason = errtext.Quiet(e.Type, "a method refuses its value", e.Err).Error()
		}
		return nil, errtext.Silent(fmt.Sprintf("JSON of %s: %s", errtext.NameOfType(j.V), reason), err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// UnmarshalJSON makes V of JSON. After an error V is what it was.
func (j *JSON[T]) UnmarshalJSON(text []byte) error {
	var v T // not V: objects and slices would be merged with what is in it
	if err := json.Unmarshal(text, &v); err != nil {
		return errtext.Silent(reasonOf[T](text, err), err)
	}
	j.V = v
	return nil
}

// reasonOf returns why a text is not the JSON of a type, without a part of the text, which the errors of the library quote.
func reasonOf[T any](text []byte, err error) string {
	name := errtext.TypeName(reflect.TypeFor[T]())
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
		// Nobody can tell whose words these are: of a method in T, of the library, or of the standard library below it. The
		// last two quote the value.
		return fmt.Sprintf("JSON of %s: the text does not go into it", name)
	}
	// Behind a blank stands the number itself.
	kind, _, _ := strings.Cut(misfit.Value, " ")
	key := keyIn(reflect.TypeFor[T](), misfit.Field)
	return fmt.Sprintf("JSON of %s: %sthe %s before byte %d does not go into %s", name, key, kind, misfit.Offset, errtext.TypeName(misfit.Type))
}

// wrappers are the kinds of types in whose elements a key of JSON is looked for.
var wrappers = []reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Array}

// keyIn names, for the text of an error, the field of a struct that is at a path of keys. It ends before the first key that
// no field has: keys of maps are data.
func keyIn(t reflect.Type, path string) string {
	var keys []string
	for key := range strings.SplitSeq(path, ".") {
		// A type may be a list of itself, which has no end.
		for depth := 0; depth < maxDepth && slices.Contains(wrappers, t.Kind()); depth++ {
			t = t.Elem()
		}
		field, ok := fieldOf(t, key)
		if !ok {
			break
		}
		keys, t = append(keys, key), field.Type
	}
	if len(keys) == 0 {
		return ""
	}
	return strconv.Quote(strings.Join(keys, ".")) + ": "
}

// fieldOf returns the field of a struct that has a key in JSON.
func fieldOf(t reflect.Type, key string) (field reflect.StructField, ok bool) {
	if t.Kind() != reflect.Struct {
		return field, false
	}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		if f.IsExported() && name == key {
			return f, true
		}
	}
	return field, false
}
