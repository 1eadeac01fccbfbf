package exasqlite

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// SELECT. Its clauses are bound in the order in which names become known, which is not the order in which they are
// written: FROM, WHERE, GROUP BY, the select list, HAVING, QUALIFY, ORDER BY.
//
//	SELECT name AS n, COUNT(*) FROM t GROUP BY n HAVING COUNT(*) > 1 ORDER BY 2 DESC
//	SELECT f1.c2 AS c1, COUNT(*) AS c2 FROM t1 AS f1 GROUP BY f1.c2 HAVING (COUNT(*) > 1) ORDER BY 2 DESC NULLS FIRST
//
// SQLite has no QUALIFY, so it becomes the WHERE of a query around the one with the window functions:
//
//	SELECT id FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY name) = 1
//	SELECT c1 FROM (SELECT f1.c1 AS c1, (ROW_NUMBER() OVER (ORDER BY f1.c2 ASC NULLS LAST) = 1) AS q FROM t1 AS f1) AS f2 WHERE q

// item is a bound item of a select list.
type item struct {
	bound
	name string
}

// selection is a SELECT while it is bound, clause by clause in the order in which names become known.
type selection struct {
	b     *binder
	st    *selectBody
	sc    *scope
	tail  string // FROM, WHERE, GROUP BY and HAVING in SQLite's SQL
	items []item // of the select list
	// conditions are HAVING and QUALIFY: they must follow the rules of grouped queries as the select list does.
	conditions []item
	sorted     []item // expressions of ORDER BY
}

// selectBody binds a SELECT with the ORDER BY of the query around it, which can name what the select list does not have.
func (b *binder) selectBody(st *selectBody, order []orderItem, parent *scope) (*relation, error) {
	s := &selection{b: b, st: st, sc: &scope{parent: parent, aliases: map[string]bound{}, items: st.items}}
	if err := s.rows(); err != nil {
		return nil, err
	}
	if err := s.groups(); err != nil {
		return nil, err
	}
	rel := &relation{}
	list := ""
	for i, it := range s.items {
		if i > 0 {
			list += ", "
		}
		list += it.sql + " AS c" + strconv.Itoa(i+1)
		rel.cols = append(rel.cols, outCol{it.name, it.t})
	}
	keys, err := b.orderKeys(order, s.sc, rel.cols, s.sorts)
	if err != nil {
		return nil, err
	}
	if err := s.checkGrouped(); err != nil {
		return nil, err
	}
	distinct := ""
	if st.distinct {
		distinct = "DISTINCT "
	}
	if st.qualify == nil {
		rel.sql = "SELECT " + distinct + list + s.tail + keys.sql()
		return rel, nil
	}
	qualify := s.conditions[len(s.conditions)-1]
	rel.sql = b.qualified(list+keys.columns()+", "+qualify.sql+" AS q"+s.tail, distinct, keys, len(s.items))
	return rel, nil
}

// rows binds FROM and WHERE.
func (s *selection) rows() error {
	from, err := s.b.fromClause(s.st, s.sc)
	if err != nil {
		return err
	}
	if from != "" {
		s.tail = " FROM " + from
	}
	if s.st.where == nil {
		return nil
	}
	where, err := s.b.condition(s.st.where, s.sc)
	switch {
	case err != nil:
		return err
	case s.sc.aggs > 0:
		return errorAt(codeSyntax, s.st.pos, "aggregate functions are not allowed in WHERE clause")
	case s.sc.windows > 0:
		return errorAt(codeSyntax, s.st.pos, "analytical functions are not allowed in WHERE clause")
	}
	s.tail += " WHERE " + where.sql
	return nil
}

// groups binds GROUP BY, then the select list, whose aliases the conditions after it may use.
func (s *selection) groups() error {
	b, st := s.b, s.st
	group, err := b.groupBy(st, s.sc)
	if err != nil {
		return err
	}
	if s.items, err = b.items(st, s.sc); err != nil {
		return err
	}
	if group != "" {
		s.tail += " GROUP BY " + group
	}
	if st.having != nil {
		having, err := b.condition(st.having, s.sc)
		if err != nil {
			return err
		}
		s.conditions = append(s.conditions, item{bound: having})
		if s.tail += " HAVING " + having.sql; group == "" && !st.grouped {
			s.sc.aggs++ // HAVING alone makes one group of all rows
		}
	}
	if st.qualify != nil {
		qualify, err := b.condition(st.qualify, s.sc)
		if err != nil {
			return err
		}
		s.conditions = append(s.conditions, item{bound: qualify})
	}
	return nil
}

// sorts takes note of an expression of ORDER BY. Of a SELECT DISTINCT it has to be selected: several rows that became one
// could have different values of it.
func (s *selection) sorts(x bound, at pos) error {
	s.sorted = append(s.sorted, item{bound: x})
	same := func(it item) bool { return it.sql == x.sql }
	if !s.st.distinct || slices.ContainsFunc(s.items, same) || slices.ContainsFunc(s.conditions, same) {
		return nil
	}
	return errorAt(codeSyntax, at, "ORDER BY of a SELECT DISTINCT has to be in the select list")
}

// checkGrouped refuses columns that are neither grouped by nor inside an aggregate function: SQLite would take the value of
// some row of the group.
func (s *selection) checkGrouped() error {
	if !s.st.grouped && s.sc.aggs == 0 {
		return nil
	}
	for _, it := range slices.Concat(s.items, s.conditions, s.sorted) {
		for _, c := range it.loose {
			if c.scope == s.sc {
				return errorAt(codeSyntax, c.pos, "not a valid GROUP BY expression: %s", c.name)
			}
		}
	}
	return nil
}

// qualified filters by QUALIFY outside of the query that computes its window functions.
func (b *binder) qualified(inner, distinct string, keys orderKeys, width int) string {
	list := ""
	for i := range width {
		list += ", c" + strconv.Itoa(i+1)
	}
	return "SELECT " + distinct + list[2:] + " FROM (SELECT " + inner + ") AS " + b.alias("f") + " WHERE q" + keys.outer()
}

// groupBy binds GROUP BY: expressions, positions and aliases of the select list.
func (b *binder) groupBy(s *selectBody, sc *scope) (string, error) {
	sc.keys = map[string]bool{}
	sql := ""
	for _, g := range s.group {
		if n, ok := position(g); ok {
			if n < 1 || n > len(s.items) || s.items[n-1].star {
				return "", errorAt(codeSyntax, s.pos, "invalid position in GROUP BY: %d", n)
			}
			g = s.items[n-1].x
		} else if name, ok := b.itemAlias(g, s, sc); ok {
			g = name
		}
		x, err := b.expr(g, sc)
		if err != nil {
			return "", err
		}
		if sc.aggs > 0 {
			return "", errorAt(codeSyntax, s.pos, "aggregate functions are not allowed in GROUP BY clause")
		}
		x = b.settle(x, typeText)
		sc.keys[x.sql] = true
		if sql != "" {
			sql += ", "
		}
		if x.lit || x.param > 0 {
			x.sql = "NULL" // SQLite would take a number for a position
		}
		sql += x.sql
	}
	// GROUP BY () makes one group of all rows, even of none.
	if s.grouped && len(s.group) == 0 {
		sc.aggs++
	}
	return sql, nil
}

// position recognises an integer literal, which ORDER BY and GROUP BY take for a position in the select list.
func position(x expr) (int, bool) {
	n, ok := x.(*exNumber)
	if !ok {
		return 0, false
	}
	v, err := strconv.Atoi(n.text)
	return v, err == nil
}

// itemAlias finds the item of the select list that a name stands for, unless a column has that name.
func (b *binder) itemAlias(x expr, s *selectBody, sc *scope) (expr, bool) {
	c, ok := x.(*exColumn)
	if !ok || len(c.path) > 2 || len(c.path) == 2 && c.path[0].name != "LOCAL" {
		return nil, false
	}
	if len(c.path) == 1 {
		if _, _, err := b.lookup(c.path, sc, true); err == nil {
			return nil, false
		}
	}
	for _, it := range s.items {
		if it.alias != nil && it.alias.name == c.path.last().name {
			return it.x, true
		}
	}
	return nil, false
}

// items binds the select list. An alias is known to what is bound after it, and to the items after it by LOCAL.
func (b *binder) items(s *selectBody, sc *scope) ([]item, error) {
	var items []item
	for _, it := range s.items {
		if it.star {
			cols, err := b.star(it, sc)
			if err != nil {
				return nil, err
			}
			items = append(items, cols...)
			continue
		}
		x, err := b.expr(it.x, sc)
		if err != nil {
			return nil, err
		}
		// A placeholder that is selected has no other hint.
		x = b.settle(x, typeText)
		name := ""
		switch c, isColumn := it.x.(*exColumn); {
		case it.alias != nil:
			name = it.alias.name
			sc.aliases[name] = x
		case isColumn:
			name = c.path.last().name
		default:
			name = itemName(b.src[it.span.start:it.span.end])
		}
		items = append(items, item{x, name})
	}
	return items, nil
}

// itemName is the name of an expression without an alias: its text, in upper case outside of quotes.
func itemName(text string) string {
	var name strings.Builder
	quote := rune(0)
	for _, r := range text {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
			name.WriteRune(r)
			continue
		case r == '\'' || r == '"':
			quote = r
		case r == '[':
			quote = ']'
		}
		name.WriteRune(unicode.ToUpper(r))
	}
	return name.String()
}

// star binds * and table.*. The joined column of USING comes once in *, and with its table in table.*.
func (b *binder) star(it selectItem, sc *scope) ([]item, error) {
	if len(sc.sources) == 0 {
		return nil, errorAt(codeSyntax, it.pos, "syntax error, unexpected '*'")
	}
	var items []item
	found := false
	for _, src := range sc.sources {
		if n := len(it.table); src.pseudo || n > 0 && (src.name != it.table.last().name || n > 1 && src.schema != it.table[0].name) {
			continue
		}
		found = true
		for _, c := range src.cols {
			if !c.hidden || len(it.table) > 0 {
				x := bound{sql: c.sql, t: c.t, column: true}
				x.loose = []looseColumn{{sc, c.name, it.pos}}
				items = append(items, item{b.grouped(x, sc), c.name})
			}
		}
	}
	if !found {
		return nil, errorAt(codeSyntax, it.pos, "object %s not found", it.table)
	}
	return items, nil
}
