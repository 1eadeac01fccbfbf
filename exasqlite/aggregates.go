package exasqlite

import (
	"database/sql/driver"
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"modernc.org/sqlite"
)

// The aggregates that SQLite lacks or has with floating point only. SQLite calls Step for each row, and WindowInverse
// for a row that leaves a window; WindowValue may be asked for at any time.

// aggregateMakers make the aggregates by the names that SQLite knows. Each has one argument.
var aggregateMakers = map[string]func() sqlite.AggregateFunction{
	"exa_sum":         func() sqlite.AggregateFunction { return &sumAggregate{} },
	"exa_avg":         func() sqlite.AggregateFunction { return &sumAggregate{average: true} },
	"exa_concat":      func() sqlite.AggregateFunction { return &concatAggregate{} },
	"exa_one":         func() sqlite.AggregateFunction { return &oneAggregate{} },
	"exa_stddev_samp": func() sqlite.AggregateFunction { return &deviationAggregate{sample: true, root: true} },
	"exa_stddev_pop":  func() sqlite.AggregateFunction { return &deviationAggregate{root: true} },
	"exa_var_samp":    func() sqlite.AggregateFunction { return &deviationAggregate{sample: true} },
	"exa_var_pop":     func() sqlite.AggregateFunction { return &deviationAggregate{} },
}

// owningAggregate gives an aggregate arguments that it may keep: SQLite's live as long as the call.
type owningAggregate struct{ sqlite.AggregateFunction }

func (a owningAggregate) Step(ctx *sqlite.FunctionContext, args []driver.Value) error {
	return a.AggregateFunction.Step(ctx, own(args))
}

func (a owningAggregate) WindowInverse(ctx *sqlite.FunctionContext, args []driver.Value) error {
	return a.AggregateFunction.WindowInverse(ctx, own(args))
}

// sumAggregate adds DECIMALs of one scale exactly; the average is sum and count for a callback to divide.
type sumAggregate struct {
	sum     int128
	count   int64
	average bool
}

// Step adds a value. NULL counts for nothing.
func (a *sumAggregate) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	if args[0] == nil {
		return nil
	}
	a.count++
	a.sum = a.sum.add(decimalOf(args[0]))
	if !a.sum.fits(maxDecimal + 1) { // a sum may pass the limit and come back
		return toWireError(errRange())
	}
	return nil
}

// WindowInverse takes a value out again, which integers do without a trace; a sum of DOUBLEs would keep one.
func (a *sumAggregate) WindowInverse(_ *sqlite.FunctionContext, args []driver.Value) error {
	if args[0] != nil {
		a.count--
		a.sum = a.sum.add(decimalOf(args[0]).neg())
	}
	return nil
}

// WindowValue is the sum so far, NULL of no values.
func (a *sumAggregate) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	if a.count == 0 {
		return nil, nil
	}
	if !a.sum.fits(maxDecimal) {
		return nil, toWireError(errRange())
	}
	v := a.sum.wide()
	if a.average {
		v = binary.BigEndian.AppendUint64(v, uint64(a.count))
	}
	return v, nil
}

func (a *sumAggregate) Final(*sqlite.FunctionContext) {}

// oneAggregate is the value of a scalar subquery, which may have one row at most.
type oneAggregate struct {
	value driver.Value
	seen  bool
}

// Step takes the first row and refuses the second. The database has the same error.
func (a *oneAggregate) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	if a.seen {
		return toWireError(errorf(codeSyntax, "data exception - cardinality violation: subquery returns more than one row"))
	}
	a.value, a.seen = args[0], true
	return nil
}

// WindowInverse is never called: the binder gives this aggregate no window.
func (a *oneAggregate) WindowInverse(*sqlite.FunctionContext, []driver.Value) error { return nil }

func (a *oneAggregate) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	return a.value, nil
}

func (a *oneAggregate) Final(*sqlite.FunctionContext) {}

// concatAggregate joins texts that come with their separator, and its length, before them.
type concatAggregate struct {
	text strings.Builder
	seen bool
}

// Step appends a text with its separator, which the first one leaves out.
func (a *concatAggregate) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	pair, ok := args[0].(string)
	if !ok {
		return nil
	}
	length, rest, _ := strings.Cut(pair, ":")
	n, err := strconv.Atoi(length)
	if err != nil {
		return err
	}
	if a.seen {
		a.text.WriteString(rest[:n])
	}
	a.seen = true
	a.text.WriteString(rest[n:])
	return nil
}

// WindowInverse is never called: DISTINCT in a window is refused.
func (a *concatAggregate) WindowInverse(*sqlite.FunctionContext, []driver.Value) error { return nil }

func (a *concatAggregate) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	return orNull(a.text.String()), nil
}

func (a *concatAggregate) Final(*sqlite.FunctionContext) {}

// deviationAggregate is the standard deviation or the variance. It keeps the values: the two-pass form is the one that
// does not cancel digits.
type deviationAggregate struct {
	values       []float64
	sample, root bool
}

// Step keeps a value.
func (a *deviationAggregate) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	if f, ok := args[0].(float64); ok {
		a.values = append(a.values, f)
	}
	return nil
}

// WindowInverse drops the oldest value: rows leave a window in the order in which they came.
func (a *deviationAggregate) WindowInverse(_ *sqlite.FunctionContext, args []driver.Value) error {
	if _, ok := args[0].(float64); ok {
		a.values = a.values[1:]
	}
	return nil
}

// WindowValue goes over the values twice, first for the mean. One value has no deviation of a sample, which is NULL.
func (a *deviationAggregate) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	n := float64(len(a.values))
	divisor := n
	if a.sample {
		divisor--
	}
	if divisor <= 0 {
		return nil, nil
	}
	mean, squares := 0.0, 0.0
	for _, v := range a.values {
		mean += v / n
	}
	for _, v := range a.values {
		squares += (v - mean) * (v - mean)
	}
	v := squares / divisor
	if a.root {
		v = math.Sqrt(v)
	}
	return v, nil
}

func (a *deviationAggregate) Final(*sqlite.FunctionContext) {}
