package exasqlite

import "strconv"

// ORDER BY. An item is a position, the name of an output column, or an expression of the query's inside.

// orderKey is a bound item of ORDER BY: a position in the select list, or an expression.
type orderKey struct {
	position int
	expr     string
	dir      string
}

// orderKeys are the items in their order.
type orderKeys []orderKey

// sql writes ORDER BY for the query itself.
func (keys orderKeys) sql() string {
	return keys.join(func(k orderKey, _ int) string {
		if k.position > 0 {
			return strconv.Itoa(k.position)
		}
		return k.expr
	})
}

// columns adds the expressions to a select list, so that outer can sort by them.
func (keys orderKeys) columns() string {
	sql := ""
	for i, k := range keys {
		if k.position == 0 {
			sql += ", " + k.expr + " AS o" + strconv.Itoa(i+1)
		}
	}
	return sql
}

// outer writes ORDER BY for a query around this one, which has the columns that columns added.
func (keys orderKeys) outer() string {
	return keys.join(func(k orderKey, i int) string {
		if k.position > 0 {
			return "c" + strconv.Itoa(k.position)
		}
		return "o" + strconv.Itoa(i+1)
	})
}

// join writes ORDER BY with what key says of each item, or nothing if there are none.
func (keys orderKeys) join(key func(orderKey, int) string) string {
	sql := ""
	for i, k := range keys {
		if sql += ", "; i == 0 {
			sql = " ORDER BY "
		}
		sql += key(k, i) + k.dir
	}
	return sql
}

// orderKeys binds ORDER BY. NULLs come last, and first with DESC.
func (b *binder) orderKeys(order []orderItem, sc *scope, cols []outCol, seen func(bound, pos) error) (orderKeys, error) {
	var keys orderKeys
	for _, o := range order {
		key := orderKey{dir: direction(o)}
		if n, ok := position(o.x); ok {
			if n < 1 || n > len(cols) {
				return nil, errorAt(codeSyntax, o.pos, "invalid position in ORDER BY: %d", n)
			}
			key.position = n
		} else if key.position = aliasPosition(o.x, cols, sc); key.position == 0 {
			x, err := b.expr(o.x, sc)
			if err != nil {
				return nil, err
			}
			// A SELECT wants to know, because grouping and DISTINCT restrict what may be sorted by.
			if seen != nil {
				if err := seen(x, o.pos); err != nil {
					return nil, err
				}
			}
			if key.expr = x.sql; x.lit || x.param > 0 {
				key.expr = "NULL" // a constant does not sort, and SQLite would take a number for a position
			}
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// direction is the order of an item, with the place of NULL in words: SQLite's default is the other way round.
func direction(o orderItem) string {
	d := " ASC"
	if o.desc {
		d = " DESC"
	}
	if o.nullsFirst {
		return d + " NULLS FIRST"
	}
	return d + " NULLS LAST"
}

// aliasPosition finds the output column that a name in ORDER BY stands for, or 0.
func aliasPosition(x expr, cols []outCol, sc *scope) int {
	c, ok := x.(*exColumn)
	if !ok || len(c.path) == 2 && c.path[0].name != "LOCAL" || len(c.path) > 2 {
		return 0
	}
	name := c.path.last().name
	// A name that is no alias is a column of FROM, even if an output column is called like it.
	if _, ok := sc.aliases[name]; !ok && len(c.path) == 1 && sc.aliases != nil {
		return 0
	}
	for i, col := range cols {
		if col.name == name {
			return i + 1
		}
	}
	return 0
}
