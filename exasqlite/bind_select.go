package exasqlite

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// item is a bound item of a select list.
type item struct {
	bound
	name string
}

func (b *binder) selectBody(s *selectBody, order []orderItem, parent *scope) (*relation, error) {
	sc := &scope{parent: parent, aliases: map[string]bound{}, items: s.items}
	from, err := b.fromClause(s, sc)
	if err != nil {
		return nil, err
	}
	sql := ""
	if from != "" {
		sql += " FROM " + from
	}
	if s.where != nil {
		where, err := b.condition(s.where, sc)
		if err != nil {
			return nil, err
		}
		if sc.aggs > 0 {
			return nil, errorAt(codeSyntax, s.pos, "aggregate functions are not allowed in WHERE clause")
		}
		if sc.windows > 0 {
			return nil, errorAt(codeSyntax, s.pos, "analytical functions are not allowed in WHERE clause")
		}
		sql += " WHERE " + where.sql
	}
	group, err := b.groupBy(s, sc)
	if err != nil {
		return nil, err
	}
	items, err := b.items(s, sc)
	if err != nil {
		return nil, err
	}
	if group != "" {
		sql += " GROUP BY " + group
	}
	if s.having != nil {
		having, err := b.condition(s.having, sc)
		if err != nil {
			return nil, err
		}
		items = append(items, item{bound: having})
		if sql += " HAVING " + having.sql; group == "" && !s.grouped {
			sc.aggs++
		}
	}
	selected := len(items)
	if s.having != nil {
		selected--
	}
	if s.qualify != nil {
		qualify, err := b.condition(s.qualify, sc)
		if err != nil {
			return nil, err
		}
		items = append(items, item{bound: qualify})
	}
	rel := &relation{}
	list := ""
	for i, it := range items[:selected] {
		if i > 0 {
			list += ", "
		}
		list += it.sql + " AS c" + strconv.Itoa(i+1)
		rel.cols = append(rel.cols, outCol{it.name, it.t})
	}
	var sorted []item
	keys, err := b.orderKeys(order, sc, rel.cols, func(x bound, at pos) error {
		sorted = append(sorted, item{bound: x})
		if !s.distinct {
			return nil
		}
		for _, it := range items {
			if it.sql == x.sql {
				return nil
			}
		}
		return errorAt(codeSyntax, at, "ORDER BY of a SELECT DISTINCT has to be in the select list")
	})
	if err != nil {
		return nil, err
	}
	if s.grouped || sc.aggs > 0 {
		for _, it := range slices.Concat(items, sorted) {
			for _, c := range it.loose {
				if c.scope == sc {
					return nil, errorAt(codeSyntax, c.pos, "not a valid GROUP BY expression: %s", c.name)
				}
			}
		}
	}
	distinct := ""
	if s.distinct {
		distinct = "DISTINCT "
	}
	if s.qualify != nil {
		rel.sql = b.qualified(list+keys.columns()+", "+items[len(items)-1].sql+" AS q"+sql, distinct, keys, selected)
	} else {
		rel.sql = "SELECT " + distinct + list + sql + keys.sql()
	}
	return rel, nil
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
