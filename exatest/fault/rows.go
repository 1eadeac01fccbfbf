package fault

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/exawire/exawire/exatest/internal/document"
	"github.com/exawire/exawire/exatest/internal/effect"
)

// statements are the commands whose answers have result sets.
var statements = []string{"execute", "executeBatch", "executePreparedStatement"}

// SplitInline gives every result set of a statement a handle, however small it is, and sends at most its first n rows
// with the answer. With 0 all rows have to be fetched.
func SplitInline(n int) Fault {
	return makeFault(effect.Effect{Name: "SplitInline", InlineRows: &n, Commands: statements})
}

// FetchRows limits the rows of one fetch to n, whatever numBytes asks for. With 0 every fetch is empty, so the client
// never gets to the end.
func FetchRows(n int) Fault {
	return makeFault(effect.Effect{Name: "FetchRows", FetchRows: &n, Commands: []string{"fetch"}})
}

// AllRows makes a fetch return all rows that are left, or as many as fit into a message, whatever numBytes asks for.
func AllRows() Fault {
	return makeFault(effect.Effect{Name: "AllRows", AllRows: true, Commands: []string{"fetch"}})
}

// EmptyArrays sends an empty array for each column, instead of no data at all, if a message has no rows of a result
// set. Real servers do either.
func EmptyArrays() Fault {
	return makeFault(effect.Effect{Name: "EmptyArrays", Tree: func(doc document.Object) document.Object {
		return eachObject(doc, func(o document.Object) document.Object {
			if columns, ok := o.Get("columns").(document.Array); ok && o.Has("numRowsInMessage") && !o.Has("data") {
				o.Set("data", slices.Repeat(document.Array{document.Array{}}, len(columns)))
			}
			return o
		})
	}})
}

// NegativeHandles gives a result set whose rows all come with the answer the handle -3, which stands for no handle. The
// client must neither fetch from it nor close it.
func NegativeHandles() Fault {
	return makeFault(effect.Effect{Name: "NegativeHandles", Tree: func(doc document.Object) document.Object {
		return eachObject(doc, func(o document.Object) document.Object {
			if o.Has("numRowsInMessage") && !o.Has("resultSetHandle") {
				o.Set("resultSetHandle", -3)
			}
			return o
		})
	}})
}

// WrongNumRows adds delta to the number of rows that an answer claims to carry: numRowsInMessage of a result set, numRows
// of a fetch.
func WrongNumRows(delta int) Fault {
	return rowFault("WrongNumRows", func(o document.Object, counter string) document.Object {
		n, _ := o.Get(counter).(int)
		o.Set(counter, n+delta)
		return o
	})
}

// DuplicateNames gives all columns of a result set the name of the first one.
func DuplicateNames() Fault {
	return renameColumns("DuplicateNames", func(first string) string { return first })
}

// EmptyNames gives all columns of a result set an empty name.
func EmptyNames() Fault { return renameColumns("EmptyNames", func(string) string { return "" }) }

// MissingColumn leaves the last column out of the data.
func MissingColumn() Fault {
	return columnFault("MissingColumn", func(columns document.Array) document.Array { return columns[:len(columns)-1] })
}

// RaggedColumns leaves the last value out of the last column.
func RaggedColumns() Fault {
	return valueFault("RaggedColumns", func(column, columns int, values []json.RawMessage) []json.RawMessage {
		if column == columns-1 && len(values) > 0 {
			values = values[:len(values)-1]
		}
		return values
	})
}

// WrongKinds makes the first value of every column a JSON object, which no type has.
func WrongKinds() Fault {
	return valueFault("WrongKinds", func(_, _ int, values []json.RawMessage) []json.RawMessage {
		if len(values) > 0 {
			values[0] = json.RawMessage(`{"a":[1]}`)
		}
		return values
	})
}

// NumbersAsStrings writes all numbers of result sets as JSON strings, as real servers do with large ones.
func NumbersAsStrings() Fault {
	return valueFault("NumbersAsStrings", func(_, _ int, values []json.RawMessage) []json.RawMessage {
		for i, v := range values {
			if v[0] == '-' || v[0] >= '0' && v[0] <= '9' {
				values[i] = document.AppendString(nil, []byte(v))
			}
		}
		return values
	})
}

func renameColumns(name string, rename func(first string) string) Fault {
	return makeFault(effect.Effect{Name: name, Tree: func(doc document.Object) document.Object {
		return eachObject(doc, func(o document.Object) document.Object {
			columns, _ := o.Get("columns").(document.Array)
			for i := range columns {
				first, _ := columns[0].(document.Object).Get("name").(string)
				column := columns[i].(document.Object)
				column.Set("name", strings.Clone(rename(first)))
			}
			return o
		})
	}})
}

// rowFault changes every object that carries rows. counter is the key that says how many.
func rowFault(name string, fn func(o document.Object, counter string) document.Object) Fault {
	return makeFault(effect.Effect{Name: name, Tree: func(doc document.Object) document.Object {
		return eachObject(doc, func(o document.Object) document.Object {
			if _, ok := o.Get("data").(document.Array); !ok {
				return o
			}
			if o.Has("numRowsInMessage") {
				return fn(o, "numRowsInMessage")
			}
			return fn(o, "numRows")
		})
	}})
}

func columnFault(name string, fn func(columns document.Array) document.Array) Fault {
	return rowFault(name, func(o document.Object, _ string) document.Object {
		if columns := o.Get("data").(document.Array); len(columns) > 0 {
			o.Set("data", fn(columns))
		}
		return o
	})
}

func valueFault(name string, fn func(column, columns int, values []json.RawMessage) []json.RawMessage) Fault {
	return columnFault(name, func(columns document.Array) document.Array {
		for i, column := range columns {
			raw, ok := column.(document.Raw)
			var values []json.RawMessage
			if !ok || json.Unmarshal(raw, &values) != nil {
				continue
			}
			list := document.Array{}
			for _, v := range fn(i, len(columns), values) {
				list = append(list, document.Raw(v))
			}
			columns[i] = list
		}
		return columns
	})
}
