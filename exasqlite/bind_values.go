package exasqlite

import (
	"fmt"
	"strings"
)

// VALUES and VALUES BETWEEN as sources of rows.
//
// VALUES gives SQLite's columns their names, column1 and so on. All values of a column are written in its type, here
// DECIMAL(2,1):
//
//	(VALUES (1, 'a'), (2.5, NULL)) AS v(a, b)  (VALUES (10, 'a'), (25, NULL)) AS f1
//
//	VALUES BETWEEN 1 AND 9 WITH STEP 2         WITH RECURSIVE r1(c1) AS (SELECT 1 WHERE 1 <= 9
//	                                           UNION ALL SELECT c1 + 2 FROM r1 WHERE c1 + 2 <= 9) SELECT c1 FROM r1

// valuesColumn is what SQLite calls a column of VALUES.
func valuesColumn(i int) string { return fmt.Sprintf("column%d", i+1) }

// valuesBetween writes a recursive query that counts. SQLite makes its rows while they are read, so a million of them
// need no memory.
func (b *binder) valuesBetween(it fromItem) (string, error) {
	part := func(x expr) (bound, error) {
		if x == nil {
			return b.literal(int64(1), typeInt), nil
		}
		v, err := b.expr(x, &scope{})
		if err != nil {
			return v, err
		}
		return b.coerce(v, typeInt, "")
	}
	low, err := part(it.between.low)
	if err != nil {
		return "", err
	}
	high, err := part(it.between.high)
	if err != nil {
		return "", err
	}
	step, err := part(it.between.step)
	if err != nil {
		return "", err
	}
	// The direction has to be known: it decides which comparison ends the count.
	n, ok := step.val.(int64)
	if !ok || n == 0 {
		return "", unsupported(it.pos, "VALUES BETWEEN with a step that is not a constant other than 0")
	}
	op := "<="
	if n < 0 {
		op = ">="
	}
	r := b.alias("r")
	return fmt.Sprintf("(WITH RECURSIVE %s(c1) AS (SELECT %s WHERE %s %s %s UNION ALL SELECT c1 + %s FROM %s WHERE c1 + %s %s %s)"+
		" SELECT c1 FROM %s)", r, low.sql, low.sql, op, high.sql, step.sql, r, step.sql, op, high.sql, r), nil
}

// values binds VALUES as a table source.
func (b *binder) values(it fromItem, sc *scope) (string, []outCol, error) {
	// The first row says how many columns there are.
	width := len(it.values[0])
	columns := make([][]bound, width)
	for _, row := range it.values {
		if len(row) != width {
			return "", nil, errorAt(codeSyntax, it.pos, "rows of VALUES have different numbers of columns")
		}
		for i, x := range row {
			v, err := b.expr(x, &scope{parent: sc})
			if err != nil {
				return "", nil, err
			}
			columns[i] = append(columns[i], v)
		}
	}
	// By columns now: a type is found only when all rows are bound.
	cols := make([]outCol, width)
	for i := range columns {
		unified, t, err := b.unify(columns[i], it.pos)
		if err != nil {
			return "", nil, err
		}
		columns[i], cols[i] = unified, outCol{fmt.Sprintf("COL%d", i+1), t}
	}
	var sql strings.Builder
	sql.WriteString("(VALUES ")
	for r := range it.values {
		if r > 0 {
			sql.WriteString(", ")
		}
		sql.WriteByte('(')
		for i := range columns {
			if i > 0 {
				sql.WriteString(", ")
			}
			sql.WriteString(columns[i][r].sql)
		}
		sql.WriteByte(')')
	}
	sql.WriteByte(')')
	return sql.String(), cols, nil
}
