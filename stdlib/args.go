package stdlib

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/exawire/exawire"
)

var (
	errColumnsInQuery = errors.New("stdlib: columns of arguments are for Exec: a query runs once, with one value for each parameter")
	errMixed          = errors.New("stdlib: either all arguments are columns made by exawire.Values, or none is")
	errScriptArgs     = errors.New("stdlib: Script must be the only argument: a script has no parameters")
	errScriptPrepared = errors.New("stdlib: a script cannot be prepared: pass Script to Exec or Query of a DB, Conn or Tx")
)

// Script as the only argument of Query or Exec says that the text is a script of several statements, see exawire.SplitSQL:
//
//	_, err := db.ExecContext(ctx, "CREATE TABLE t (n INT); INSERT INTO t VALUES (1)", stdlib.Script)
//
// The statements are sent in one message and run one after the other. If one fails, the ones after it are not run, and what
// the ones before it did stays. Exec adds up the numbers of rows that they changed. Query returns the rows of the
// statements that have rows, and leaves out the row counts of the others: Rows.NextResultSet moves on to the next result
// set. A script cannot be prepared.
const Script scriptOption = "script"

type scriptOption string

// CheckNamedValue lets arguments through as they are: the core knows more types than database/sql does, and checks them
// against the types of the parameters.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if v.Name != "" {
		return fmt.Errorf("stdlib: parameters have no names: write ? for :%s and pass the value without sql.Named", v.Name)
	}
	if _, ok := v.Value.(sql.Out); ok {
		return errors.New("stdlib: there are no output parameters: query for what a script or function returns")
	}
	return nil
}

type argumentKind int

const (
	valueArguments argumentKind = iota
	columnArguments
	scriptArgument
)

// argumentsOf returns the values of arguments and what they are.
func argumentsOf(args []driver.NamedValue) ([]any, argumentKind, error) {
	values := make([]any, len(args))
	columns := 0
	for i, a := range args {
		values[i] = a.Value
		switch a.Value.(type) {
		case exawire.ParamColumn:
			columns++
		case scriptOption:
			if len(args) > 1 {
				return nil, 0, errScriptArgs
			}
			return nil, scriptArgument, nil
		}
	}
	switch {
	case columns == 0:
		return values, valueArguments, nil
	case columns == len(args):
		return values, columnArguments, nil
	}
	return nil, 0, errMixed
}

// columnsOf returns arguments that are columns, all of them.
func columnsOf(values []any) []exawire.ParamColumn {
	cols := make([]exawire.ParamColumn, len(values))
	for i, v := range values {
		cols[i], _ = v.(exawire.ParamColumn)
	}
	return cols
}

// named gives the arguments of the old interfaces the form of the new ones.
func named(args []driver.Value) []driver.NamedValue {
	values := make([]driver.NamedValue, len(args))
	for i, v := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return values
}
