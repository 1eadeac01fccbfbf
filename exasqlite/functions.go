package exasqlite

import (
	"bytes"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync/atomic"

	"modernc.org/sqlite"
)

// The functions that SQLite calls back. A statement in SQLite's SQL calls a handful of functions by name; which Go code
// runs is an argument. So a function of the database that is added here needs nothing to be registered, and a
// connection that was opened before knows it.

// register makes the functions that bound statements call known to the driver of the backend:
//
//	exa_f(callback, ...), exa_v(callback, ...)  run a callback, see binder.call; exa_v may give another result each time
//	exa_run(session)                    runs Go code of a session in reach of SQLite's interrupt, see session.interruptible
//	exa_sum, exa_avg, exa_one, ...      aggregates
//
// and the virtual table that an IMPORT reads, see rowModule.
func (b *Backend) register(d *sqlite.Driver) error {
	run := func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		// No lock: the list is replaced as a whole when it grows.
		callbacks := *b.callbacks.Load()
		// Only the binder writes these numbers. A wrong one is a defect, but no reason to panic inside of SQLite.
		n, ok := args[0].(int64)
		if !ok || n < 0 || n >= int64(len(callbacks)) {
			return nil, fmt.Errorf("exasqlite: no callback %v", args[0])
		}
		v, err := callbacks[n](own(args[1:]))
		if err != nil {
			return nil, toWireError(err)
		}
		return v, nil
	}
	nested := func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		key, _ := args[0].(int64)
		s := b.session(key)
		if s == nil || s.nested == nil {
			return nil, fmt.Errorf("exasqlite: no session %d", key)
		}
		// The error stays in Go: SQLite would turn it into text.
		s.nestedErr = s.nested()
		return nil, nil
	}
	functions := map[string]*sqlite.FunctionImpl{
		"exa_f":   {NArgs: -1, Deterministic: true, Scalar: run},
		"exa_v":   {NArgs: -1, Scalar: run},
		"exa_run": {NArgs: 1, Scalar: nested},
	}
	for name, build := range aggregateMakers {
		functions[name] = &sqlite.FunctionImpl{
			NArgs:         1,
			MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) { return owningAggregate{build()}, nil },
		}
	}
	for name, f := range functions {
		f.VolatileArgs = true // or the driver would cut a text at U+0000
		if err := d.RegisterFunction(name, f); err != nil {
			return err
		}
	}
	return d.RegisterModule("exa_rows", rowModule{b})
}

// own copies texts and bytes that SQLite may overwrite after the call.
func own(args []driver.Value) []driver.Value {
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = strings.Clone(a)
		case []byte:
			args[i] = bytes.Clone(a)
		}
	}
	return args
}

// intern returns the number of a callback, the same for the same key.
func (b *Backend) intern(key string, fn callback) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n, ok := b.callbackIndex[key]; ok {
		return n
	}
	// Readers hold the old slice, which ends before the new element.
	callbacks := append(*b.callbacks.Load(), fn)
	b.callbacks.Store(&callbacks)
	b.callbackIndex[key] = len(callbacks) - 1
	return len(callbacks) - 1
}

// callbackList can be read while it grows: SQLite calls back for every row, and a lock there would be felt.
type callbackList = atomic.Pointer[[]callback]
