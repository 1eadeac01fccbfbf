package exaotel

import (
	"strings"

	"github.com/exawire/exawire"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"go.opentelemetry.io/otel/attribute"
)

// failure is what is exported of an error: no more than its class and its code, of which there are few.
type failure struct {
	class exawire.ErrorClass // "" for none
	code  string             // of the server, five characters, else ""
}

// failureOf returns what is exported of an error. failed is whether there is one, whatever class it has.
func failureOf(class exawire.ErrorClass, code string, failed bool) failure {
	if class == "" {
		if !failed {
			return failure{}
		}
		class = exawire.ErrorClass("unknown")
	}
	if !isCode(code) {
		code = ""
	}
	return failure{class, code}
}

// isCode reports whether a server's code has the form of one. Metrics could not stand anything else.
func isCode(code string) bool {
	if len(code) != 5 {
		return false
	}
	for i := range len(code) {
		if c := code[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// className is a class as an attribute has it: rolled_back.
func className(class exawire.ErrorClass) string { return strings.ReplaceAll(string(class), " ", "_") }

// kind is the value of error.type: the server's code if the statement failed for a reason of its own, else the class. What
// its caller has stopped has the same kind whether the server was quick enough to say so or not.
func (f failure) kind() string {
	switch f.class {
	case exawire.ClassCancelled, exawire.ClassDeadline:
		return className(f.class)
	}
	if f.code != "" {
		return f.code
	}
	return className(f.class)
}

// String is the description of a span's status.
func (f failure) String() string {
	if f.code != "" {
		return string(f.class) + " (" + f.code + ")"
	}
	return string(f.class)
}

// attributes appends what the conventions want to know of an error.
func (f failure) attributes(attrs []attribute.KeyValue) []attribute.KeyValue {
	if f.class == "" {
		return attrs
	}
	if attrs = append(attrs, semconv.ErrorTypeKey.String(f.kind())); f.code != "" {
		attrs = append(attrs, semconv.DBResponseStatusCode(f.code))
	}
	return attrs
}
