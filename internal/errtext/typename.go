package errtext

import (
	"path"
	"reflect"
	"slices"
	"strings"
)

// TypeName returns the name of a Go type as its user writes it: exawire.Decimal for a type that the root package has an
// alias of, and any for the empty interface. The compiler names the arguments of a generic type by the paths of their
// packages, and numbers those that are declared inside of functions; neither is shown. It is "nil" for no type.
func TypeName(t reflect.Type) string {
	if t == nil {
		return "nil"
	}
	if t.Name() != "" {
		name := t.String()
		if generic, args, ok := strings.Cut(name, "["); ok {
			return aliasOr(t.PkgPath(), generic) + "[" + withoutPaths(args)
		}
		return aliasOr(t.PkgPath(), name)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + TypeName(t.Elem())
	case reflect.Slice:
		return "[]" + TypeName(t.Elem())
	case reflect.Array:
		return strings.TrimSuffix(t.String(), t.Elem().String()) + TypeName(t.Elem())
	case reflect.Map:
		return "map[" + TypeName(t.Key()) + "]" + TypeName(t.Elem())
	}
	return withoutPaths(t.String())
}

// NameOfType is TypeName for the type of a value.
func NameOfType(v any) string { return TypeName(reflect.TypeOf(v)) }

// withoutPaths leaves the paths of packages out of the names in text.
func withoutPaths(text string) string {
	var b strings.Builder
	for text != "" {
		n := strings.IndexAny(text, "[]{}(),;* \"")
		if n < 0 {
			n = len(text)
		}
		b.WriteString(withoutPath(text[:n]))
		if n < len(text) {
			b.WriteByte(text[n])
			n++
		}
		text = text[n:]
	}
	return strings.ReplaceAll(b.String(), "interface {}", "any")
}

// withoutPath returns the name of a type, which may have a path, with the name of its package alone.
func withoutPath(name string) string {
	name, _, _ = strings.Cut(name, "·")
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return name
	}
	from, last := name[:dot], path.Base(name[:dot])
	if strings.Trim(last, "v0123456789") == "" && from != last {
		last = path.Base(path.Dir(from)) // the last part is the version of a module
	}
	return aliasOr(from, last+name[dot:])
}

// aliasOr returns a name, such as resultset.Decimal, as that of the root package if that has an alias of it. pkg is the
// path of the package that it comes from.
func aliasOr(pkg, name string) string {
	if below, own := strings.CutPrefix(pkg, root+"/"); own && slices.Contains(aliased, name) && strings.HasPrefix(name, below+".") {
		return strings.TrimSuffix(Prefix, ": ") + name[len(below):]
	}
	return name
}

// root is the path of the root package.
var root = path.Dir(path.Dir(reflect.TypeFor[wrapError]().PkgPath()))

// aliased are the types that the root package has an alias of the same name.
var aliased = []string{
	"commands.Attribute", "commands.Attributes", "commands.SessionInfo", "commands.ColumnInfo", "commands.DataType",
	"commands.ParamColumn", "commands.RepeatedHour", "commands.ParamError", "commands.JSON",
	"resultset.Rows", "resultset.Row", "resultset.Batch", "resultset.Column", "resultset.TextColumn", "resultset.Bitmap",
	"resultset.Decimal", "resultset.YearMonth", "resultset.DaySecond", "resultset.ScanError", "resultset.ValueError",
	"resultset.TypeError", "resultset.DataError", "resultset.MapOption",
}

// Aliased returns the types that are known to have an alias in the root package.
func Aliased() []string { return slices.Clone(aliased) }
