package exapool_test

import (
	"database/sql/driver"
	"runtime"
	"time"

	"github.com/exawire/exawire/exatest"
)

// valuer is an argument that does something when it is read.
func valuer(do func()) driver.Valuer { return valuerFunc(do) }

type valuerFunc func()

func (f valuerFunc) Value() (driver.Value, error) {
	f()
	return "", nil
}

func runtimeGoexit() { runtime.Goexit() }

// slowly lets the server answer a request as it would, after some time.
func slowly(r *exatest.Request, d time.Duration) exatest.Response {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	}
	return exatest.Pass()
}
