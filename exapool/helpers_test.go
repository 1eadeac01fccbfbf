package exapool_test

import (
	"database/sql/driver"
	"runtime"
)

// valuer is an argument that does something when it is read.
func valuer(do func()) driver.Valuer { return valuerFunc(do) }

type valuerFunc func()

func (f valuerFunc) Value() (driver.Value, error) {
	f()
	return "", nil
}

func runtimeGoexit() { runtime.Goexit() }
