package exasqlite

import "strings"

// Long chains. Programs write conditions with thousands of parts: one for each row that they look for, or one for each
// piece of a text. A tree of these would be as deep as it is long, and SQLite takes a depth of 1000. So chains are flat
// here:
//
//	id = 1 OR id = 2 OR name = 'a' OR id = 3  (+((f1.c1 IN (1, 2, 3)) OR (f1.c2 = 'a')))
//	a || b || c || d                          NULLIF(((... || ...) || (... || ...)), '')
//	a + 1 + 2.5 + 3                           exa_f(n, a, 0, 0, 1, 4, 25, 0, 3)
//
// This begins at shortChain operators; below that the tree is what the user wrote, so that GROUP BY and an index find
// parts of it.

// shortChain is how many operators of a chain are bound one inside of the other, so that GROUP BY finds what a chain
// begins with. The operands after them are bound side by side, since SQLite bounds the depth of an expression, and every
// operator of a nested one would copy the text of those before it.
const shortChain = 50

// chainOf says which operators make a chain: those of one strength, which bind from the left.
func chainOf(op string) string {
	switch op {
	case "AND", "OR", "||":
		return op
	case "+", "-":
		return "+"
	case "*", "/":
		return "*"
	}
	return ""
}

// chain returns the operators of the chain that ends with x, the last one first.
func chain(x *exBinary) []*exBinary {
	nodes := []*exBinary{x}
	for kind := chainOf(x.op); kind != ""; {
		left, ok := x.x.(*exBinary)
		if !ok || chainOf(left.op) != kind {
			break
		}
		nodes, x = append(nodes, left), left
	}
	return nodes
}

// longChain binds a chain of more than shortChain operators.
func (b *binder) longChain(nodes []*exBinary, sc *scope) (bound, error) {
	last := len(nodes) - shortChain
	first, err := b.expr(nodes[last], sc)
	if err != nil {
		return first, err
	}
	operands := make([]bound, 1, last+1)
	operands[0] = first
	for i := last - 1; i >= 0; i-- {
		y, err := b.expr(nodes[i].y, sc)
		if err != nil {
			return y, err
		}
		operands = append(operands, y)
	}
	switch op := nodes[0].op; op {
	case "AND", "OR":
		return b.logical(op, operands)
	case "||":
		return b.concat(operands)
	}
	return b.calculate(operands, nodes[:last])
}

// logical joins conditions by AND or OR. A long chain is more than SQLite should look into for a way to find rows: + keeps
// it off.
func (b *binder) logical(op string, xs []bound) (bound, error) {
	for i := range xs {
		var err error
		if xs[i], err = b.coerce(xs[i], typeBoolean, ""); err != nil {
			return xs[i], err
		}
	}
	if len(xs) <= 2 {
		return derive(typeBoolean, "("+xs[0].sql+" "+op+" "+xs[1].sql+")", xs...), nil
	}
	l := lookups{op: "=", in: "IN"}
	if op == "AND" {
		l = lookups{op: "<>", in: "NOT IN"}
	}
	for _, x := range xs {
		if x.test == nil || x.test.op != l.op {
			l.others = append(l.others, x.sql)
			continue
		}
		l.add(x.test.left, x.test.right)
	}
	return derive(typeBoolean, "(+"+balanced(op, l.sql())+")", xs...), nil
}

// lookups gathers what values are compared with, so that SQLite looks all those up at once that have the same left side:
// a = 1 OR a = 2 is a IN (1, 2).
type lookups struct {
	op, in string // = and IN, or <> and NOT IN
	list   string // what begins a list
	lefts  []string
	rights map[string][]string
	others []string // tests of another kind
}

// add takes one comparison. The order of the left sides is that in which they come.
func (l *lookups) add(left, right string) {
	if l.rights == nil {
		l.rights = map[string][]string{}
	}
	if l.rights[left] == nil {
		l.lefts = append(l.lefts, left)
	}
	l.rights[left] = append(l.rights[left], right)
}

// sql returns the tests.
func (l *lookups) sql() []string {
	var tests []string
	for _, left := range l.lefts {
		if rights := l.rights[left]; len(rights) > 1 {
			tests = append(tests, "("+left+" "+l.in+" ("+l.list+strings.Join(rights, ", ")+"))")
		} else {
			tests = append(tests, "("+left+" "+l.op+" "+rights[0]+")")
		}
	}
	return append(tests, l.others...)
}

// balanced joins parts by an operator for which it does not matter where the parentheses are, as flat as can be.
func balanced(op string, parts []string) string {
	var sql strings.Builder
	var write func(parts []string)
	write = func(parts []string) {
		if len(parts) == 1 {
			sql.WriteString(parts[0])
			return
		}
		half := (len(parts) + 1) / 2
		sql.WriteByte('(')
		write(parts[:half])
		sql.WriteString(" " + op + " ")
		write(parts[half:])
		sql.WriteByte(')')
	}
	write(parts)
	return sql.String()
}
