package exasqlite

import (
	"slices"
	"strconv"
	"strings"
)

// UNION and UNION ALL, of which programs write thousands in a row. SQLite takes 500 SELECTs in one compound.
//
// Columns get their common type in a query around each branch, and names c1, c2 in one around all:
//
//	SELECT id FROM t UNION SELECT v FROM u ORDER BY 1 LIMIT 3
//	SELECT f5.c1 AS c1 FROM (SELECT exa_f(11, f3.c1) AS c1 FROM (...) AS f3 UNION SELECT f4.c1 AS c1 FROM (...) AS f4) AS f5
//	ORDER BY 1 ASC NULLS LAST LIMIT 3

// maxBranches keeps a compound below the 500 SELECTs that SQLite allows.
const maxBranches = 400

// union binds a row of UNION or of UNION ALL, whose branches stand side by side for SQLite, too.
func (b *binder) union(last *setBody, sc *scope) (*relation, error) {
	sets := []*setBody{last}
	for {
		// The tree leans to the left; another operator begins a union of its own.
		left, ok := sets[len(sets)-1].x.(*setBody)
		if !ok || left.op != last.op {
			break
		}
		sets = append(sets, left)
	}
	slices.Reverse(sets)
	first, err := b.body(sets[0].x, sc)
	if err != nil {
		return nil, err
	}
	branches, cols := []*relation{first}, first.cols
	for _, set := range sets {
		y, err := b.body(set.y, sc)
		if err != nil {
			return nil, err
		}
		if cols, err = commonColumns(set, cols, y.cols); err != nil {
			return nil, err
		}
		branches = append(branches, y)
	}
	// The types are known only when all branches are.
	selects := make([]string, len(branches))
	for i, rel := range branches {
		if selects[i], err = b.coerceRelation(rel, cols); err != nil {
			return nil, err
		}
	}
	return &relation{sql: b.compound(last.op, selects, len(cols)), cols: cols}, nil
}

// commonColumns are the columns of a set operation: the names of the left side, and types that hold both sides.
func commonColumns(set *setBody, x, y []outCol) ([]outCol, error) {
	if len(x) != len(y) {
		return nil, errorAt(codeSyntax, set.pos, "The number of columns in the SELECTs of a %s has to be equal", set.op)
	}
	cols := make([]outCol, len(x))
	for i := range cols {
		t, ok := commonType(x[i].t, y[i].t)
		if !ok {
			return nil, errorAt(codeSyntax, set.pos, "datatypes are not compatible: %s and %s", x[i].t, y[i].t)
		}
		cols[i] = outCol{x[i].name, t}
	}
	return cols, nil
}

// compound joins SELECTs by UNION or UNION ALL: more than SQLite allows in groups, and groups of groups.
func (b *binder) compound(op string, selects []string, width int) string {
	if len(selects) <= maxBranches {
		return strings.Join(selects, " "+op+" ")
	}
	list := ""
	for i := range width {
		list += ", c" + strconv.Itoa(i+1)
	}
	var groups []string
	for group := range slices.Chunk(selects, maxBranches) {
		// The LIMIT keeps SQLite from making one compound of all groups.
		groups = append(groups, "SELECT "+list[2:]+" FROM ("+strings.Join(group, " "+op+" ")+" LIMIT -1) AS "+b.alias("f"))
	}
	return b.compound(op, groups, width)
}
