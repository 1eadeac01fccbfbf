package exaotel

import "github.com/exawire/exawire"

// What tests look at from outside.
var (
	OperationOf = func(start exawire.CommandStart) (string, int, bool) { return operationOf(&start) }
	Shorten     = shorten
)

// Failure returns what is exported of an error.
func Failure(class exawire.ErrorClass, code string, failed bool) (kind, description string, attrs map[string]string) {
	f := failureOf(class, code, failed)
	attrs = map[string]string{}
	for _, a := range f.attributes(nil) {
		attrs[string(a.Key)] = a.Value.String()
	}
	return f.kind(), f.String(), attrs
}

// MostKept is how many entries a cache keeps.
const MostKept = mostKept

// Kept returns how many kinds of commands are prepared.
func (t *Tracer) Kept() int {
	if kept := t.commands.kept.Load(); kept != nil {
		return len(*kept)
	}
	return 0
}
