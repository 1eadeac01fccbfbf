package errtext

import (
	"reflect"
	"slices"
	"strings"
)

// Quiet returns the error of a method of a value, such as Scan or MarshalText, for the text of another error. What a type
// says about its values is its own business, so the error stays as it is, with one exception: the standard library is known
// to quote the value. An error of its types, or one that is a method of one, gets a text without the value. The error
// itself is behind Unwrap. reason is what has happened, such as "its Scan method refuses the value".
func Quiet(owner reflect.Type, reason string, err error) error {
	if err == nil || !quotes(owner) && !quotes(reflect.TypeOf(err)) {
		return err
	}
	return Silent(reason, err)
}

// Silent returns an error with this text alone, that has err behind Unwrap.
func Silent(reason string, err error) error { return &silentError{reason, err} }

type silentError struct {
	reason string
	err    error
}

func (e *silentError) Error() string { return e.reason }
func (e *silentError) Unwrap() error { return e.err }

// quoting are the packages of the standard library whose types take text apart, or are the errors of that. Packages errors
// and fmt are not among them: anybody makes errors with those.
var quoting = []string{"database/sql", "crypto/x509", "log/slog", "math/big", "net", "net/netip", "net/url", "regexp", "strconv", "time"}

// quotes reports whether a type, or what it points to, is of a package that quotes values in errors.
func quotes(t reflect.Type) bool {
	for t != nil && t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	if t == nil {
		return false
	}
	pkg := t.PkgPath()
	return slices.Contains(quoting, pkg) || strings.HasPrefix(pkg, "regexp/")
}
