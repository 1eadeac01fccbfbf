package exatest

import (
	"encoding/json"
	"slices"
	"time"
)

// Faults of result sets.

// statements are the commands whose answers have result sets.
var statements = []string{"execute", "executeBatch", "executePreparedStatement"}

// SplitInline gives every result set of a statement a handle, however small, and sends its first rows, at most n, with
// the answer. With 0 all rows have to be fetched.
func SplitInline(n int) Fault {
	return Fault{name: "SplitInline", inline: &n, commands: statements}
}

// FetchRows limits the rows of one fetch to n, whatever numBytes asks for; 0 gives empty chunks, which never get the
// client to the end.
func FetchRows(n int) Fault {
	return Fault{name: "FetchRows", fetchRows: &n, commands: []string{"fetch"}}
}

// AllRows makes a fetch give all rows that are left, or as many as a message holds, whatever numBytes asks for.
func AllRows() Fault { return Fault{name: "AllRows", allRows: true, commands: []string{"fetch"}} }

// EmptyArrays sends an empty array for each column where a message has no rows of a result set, in place of no data at
// all. Servers do either.
func EmptyArrays() Fault {
	return Fault{name: "EmptyArrays", tree: func(doc object) object {
		return eachObject(doc, func(o object) object {
			if columns, ok := o.get("columns").(array); ok && o.has("numRowsInMessage") && !o.has("data") {
				o.set("data", slices.Repeat(array{array{}}, len(columns)))
			}
			return o
		})
	}}
}

// NegativeHandles gives results whose rows are all in the message the handle -3, which stands for none. Nothing may be
// fetched by it or closed.
func NegativeHandles() Fault {
	return Fault{name: "NegativeHandles", tree: func(doc object) object {
		return eachObject(doc, func(o object) object {
			if o.has("numRowsInMessage") && !o.has("resultSetHandle") {
				o.set("resultSetHandle", -3)
			}
			return o
		})
	}}
}

// WrongNumRows adds delta to the number of rows that an answer claims to carry: numRowsInMessage of a result set, numRows
// of a fetch.
func WrongNumRows(delta int) Fault {
	return rowFault("WrongNumRows", func(o object, counter string) object {
		n, _ := o.get(counter).(int)
		o.set(counter, n+delta)
		return o
	})
}

// MissingColumn leaves the last column out of the data.
func MissingColumn() Fault {
	return columnFault("MissingColumn", func(columns array) array { return columns[:len(columns)-1] })
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

// NumbersAsStrings writes all numbers of result sets as JSON strings, as servers do with large ones.
func NumbersAsStrings() Fault {
	return valueFault("NumbersAsStrings", func(_, _ int, values []json.RawMessage) []json.RawMessage {
		for i, v := range values {
			if v[0] == '-' || v[0] >= '0' && v[0] <= '9' {
				values[i] = appendString(nil, []byte(v))
			}
		}
		return values
	})
}

// rowFault changes every object that carries rows. counter is the key that says how many.
func rowFault(name string, fn func(o object, counter string) object) Fault {
	return Fault{name: name, tree: func(doc object) object {
		return eachObject(doc, func(o object) object {
			if _, ok := o.get("data").(array); !ok {
				return o
			}
			if o.has("numRowsInMessage") {
				return fn(o, "numRowsInMessage")
			}
			return fn(o, "numRows")
		})
	}}
}

func columnFault(name string, fn func(columns array) array) Fault {
	return rowFault(name, func(o object, _ string) object {
		if columns := o.get("data").(array); len(columns) > 0 {
			o.set("data", fn(columns))
		}
		return o
	})
}

func valueFault(name string, fn func(column, columns int, values []json.RawMessage) []json.RawMessage) Fault {
	return columnFault(name, func(columns array) array {
		for i, column := range columns {
			raw, ok := column.(rawJSON)
			var values []json.RawMessage
			if !ok || json.Unmarshal(raw, &values) != nil {
				continue
			}
			list := array{}
			for _, v := range fn(i, len(columns), values) {
				list = append(list, rawJSON(v))
			}
			columns[i] = list
		}
		return columns
	})
}

// Faults of abortQuery. Without any, an abort ends a command that is running at once, with R0003, if the command runs a
// statement, prepares one or reads metadata; it is ignored for all others and when nothing is running. [Fault.On]
// limits them to the commands that are aborted.

// AbortIgnored lets commands run to their end though they are aborted.
func AbortIgnored() Fault { return Fault{name: "AbortIgnored", abortMode: modeIgnored} }

// AbortFetch makes it possible to abort a fetch. Whether real servers do this is not known.
func AbortFetch() Fault {
	return Fault{name: "AbortFetch", abortsFetch: true, commands: []string{"fetch"}}
}

// AbortDrops cuts the connection when a command is aborted, as a database does with a statement that is stuck.
func AbortDrops() Fault { return Fault{name: "AbortDrops", abortMode: modeDrops} }

// AbortRollsBack answers aborted commands with 40007 instead of R0003.
func AbortRollsBack() Fault { return Fault{name: "AbortRollsBack", abortMode: modeRollsBack} }

// AbortDelayed makes the answer to an aborted command come d later.
func AbortDelayed(d time.Duration) Fault {
	return Fault{name: "AbortDelayed", abortMode: modeDelayed, abortDelay: d}
}

// AbortLate makes an abort hit the next command instead of the one that is running: a command that cannot be aborted
// swallows it. The abort works the same way when nothing is running. Whether real servers do this is not known.
func AbortLate() Fault { return Fault{name: "AbortLate", abortMode: modeLate} }

// Faults of the tunnels of IMPORT and EXPORT.

// TunnelAnswerInPieces sends the 24 bytes that answer a new tunnel in three parts. It strikes tunnels, not commands.
func TunnelAnswerInPieces() Fault { return Fault{name: "TunnelAnswerInPieces", tunnelPieces: true} }

// TunnelIgnored fails each IMPORT and EXPORT with an AT clause by 42636 before the database has connected to anything: a
// client that serves the files itself never sees a request, and its tunnels stay open and silent until it closes them.
func TunnelIgnored() Fault {
	return Fault{name: "TunnelIgnored", ignoreTunnels: true, commands: statements}
}
