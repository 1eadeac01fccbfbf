package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"strings"
)

// series is the value of a long chain of + and -, or of * and /, so far. Numbers are computed by calls that take many
// operands in turn: exa_f(callback, first, scale of the first, operator and scale of the next, next, ...). The next call has the
// last one as its first operand.
type series struct {
	b     *binder
	t     typ
	parts []bound
	heads []string        // of the calls, the last one outermost
	body  strings.Builder // of the calls
	open  int             // operands of the call that is being written, 0 if there is none
	deep  int             // operations inside of each other
}

// maxCallOperands keeps a call below the 1000 arguments that SQLite allows.
const maxCallOperands = 400

// chainOps are the operators as calls of series have them.
const chainOps = "+-*/"

// calculate computes a long chain of arithmetic; nodes are its operators, the last one first.
func (b *binder) calculate(operands []bound, nodes []*exBinary) (bound, error) {
	s := &series{b: b, deep: shortChain}
	s.begin(operands[0])
	for i, y := range operands[1:] {
		node := nodes[len(nodes)-1-i]
		if err := s.add(node.op, y, node.pos); err != nil {
			return bound{}, err
		}
	}
	return s.end(), nil
}

// begin starts with a value that is bound already.
func (s *series) begin(x bound) {
	s.t, s.parts, s.heads, s.open = x.t, []bound{x}, nil, 0
	s.body.Reset()
	s.body.WriteString(x.sql)
}

// end returns what has been computed.
func (s *series) end() bound {
	s.close()
	var sql strings.Builder
	for i := len(s.heads) - 1; i >= 0; i-- {
		sql.WriteString(s.heads[i])
	}
	sql.WriteString(s.body.String())
	return derive(s.t, sql.String(), s.parts...)
}

// add computes one operator more. As long as the kind of number stays the same, operands are appended to one call; a
// DOUBLE after DECIMALs ends the exact part, as it does operator by operator.
func (s *series) add(op string, y bound, at pos) error {
	b := s.b
	// Dates and intervals have no calls for many operands: they are nested, and so their number has a bound.
	if !s.t.number() || y.t.temporal() || interval(y.t) {
		if s.deep++; s.deep > maxDepth {
			return unsupported(at, "more than %d operations with dates or intervals in a row", maxDepth)
		}
		x, err := b.arithmetic(op, s.end(), y, at)
		s.begin(x)
		return err
	}
	x := bound{t: s.t}
	err := b.operands(op, &x, &y, at)
	if err != nil {
		return err
	}
	t, err := arithmeticType(op, x.t, y.t, at)
	if err != nil {
		return err
	}
	if t.kind == kindDouble {
		if s.t.kind == kindDecimal {
			if x, err = b.coerce(s.end(), typeDouble, ""); err != nil {
				return err
			}
			s.begin(x)
		}
		if y, err = b.coerce(y, typeDouble, ""); err != nil {
			return err
		}
	}
	// The call that begins now takes the result of this one.
	if s.open == maxCallOperands {
		s.close()
	}
	if s.open == 0 {
		fmt.Fprintf(&s.body, ", %d", s.t.s)
	}
	fmt.Fprintf(&s.body, ", %d, %s", y.t.s*len(chainOps)+strings.Index(chainOps, op), y.sql)
	s.open++
	s.t, s.parts = t, append(s.parts, y)
	return nil
}

// close ends the call that is being written.
func (s *series) close() {
	if s.open == 0 {
		return
	}
	fn := doubleSeries
	if s.t.kind == kindDecimal {
		t := s.t
		fn = func(args []driver.Value) (driver.Value, error) { return decimalSeries(args, t) }
	}
	s.heads = append(s.heads, fmt.Sprintf("exa_f(%d, ", s.b.s.backend.intern(fmt.Sprint("series", s.t), fn)))
	s.body.WriteByte(')')
	s.open = 0
}

// doubleSeries computes a call of DOUBLEs: the arguments after the first two are pairs of an operator and a number.
// NULL makes all of it NULL.
func doubleSeries(args []driver.Value) (driver.Value, error) {
	x, ok := args[0].(float64)
	for i := 2; ok && i+1 < len(args); i += 2 {
		var y float64
		if y, ok = args[i+1].(float64); !ok {
			break
		}
		code, _ := args[i].(int64)
		v, err := doubleStep(chainOps[code%int64(len(chainOps))], x, y)
		if err != nil {
			return nil, err
		}
		x, ok = v.(float64)
	}
	if !ok {
		return nil, nil
	}
	return x, nil
}

// decimalSeries computes a call of DECIMALs exactly, with the scale that each step has. Its last value fits the type t,
// and so does each one before it, or it is an error: the database has one there, too.
func decimalSeries(args []driver.Value, t typ) (driver.Value, error) {
	if args[0] == nil {
		return nil, nil
	}
	x := decimalOf(args[0])
	scale, _ := args[1].(int64)
	for i := 2; i+1 < len(args); i += 2 {
		if args[i+1] == nil {
			return nil, nil
		}
		code, _ := args[i].(int64)
		op, next := chainOps[code%int64(len(chainOps))], code/int64(len(chainOps))
		var err error
		if x, err = decimalStep(op, x, decimalOf(args[i+1]), int(scale), int(next), t.p); err != nil {
			return nil, err
		}
		if op == '*' {
			scale += next
		} else {
			scale = max(scale, next)
		}
	}
	return decimalValue(x, t), nil
}
