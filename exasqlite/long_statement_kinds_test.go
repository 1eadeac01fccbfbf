package exasqlite_test

import (
	"fmt"
	"strconv"
	"strings"
)

// repeated joins n parts.
func repeated(n int, separator string, part func(i int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = part(i)
	}
	return strings.Join(parts, separator)
}

// longStatements are statements with n parts of one kind, and what they give.
var longStatements = map[string]struct {
	sql  func(n int) string
	want func(n int) string
}{
	"IN": {
		func(n int) string {
			return "SELECT COUNT(*) FROM t WHERE id IN (" + repeated(n, ", ", strconv.Itoa) + ")"
		},
		func(int) string { return "9" },
	},
	"IN of texts": {
		func(n int) string {
			return "SELECT COUNT(*) FROM t WHERE v NOT IN (" + repeated(n, ", ", quotedNumber) + ")"
		},
		func(int) string { return "0" },
	},
	"IN of columns": {
		func(n int) string {
			return "SELECT COUNT(*) FROM t WHERE 3 IN (" + repeated(n, ", ", func(i int) string { return []string{"id", "d", "5"}[i%3] }) + ")"
		},
		func(int) string { return "1" },
	},
	"IN of rows": {
		func(n int) string {
			return "SELECT COUNT(*) FROM t WHERE (id, v) IN (" + repeated(n, ", ", func(i int) string { return fmt.Sprintf("(%d, '%d')", i, i) }) + ")"
		},
		func(int) string { return "9" },
	},
	"OR of equal": {
		func(n int) string {
			return "SELECT COUNT(*) FROM t WHERE " + repeated(n, " OR ", func(i int) string { return fmt.Sprintf("id = %d", i) })
		},
		func(int) string { return "9" },
	},
	"OR of like": {
		func(n int) string {
			return "SELECT COUNT(*) FROM t WHERE " + repeated(n, " OR ", func(i int) string { return fmt.Sprintf("v LIKE '%d_'", i) })
		},
		func(int) string { return "0" },
	},
	"AND of unequal": {
		func(n int) string {
			return "SELECT COUNT(*) FROM t WHERE " + repeated(n, " AND ", func(i int) string { return fmt.Sprintf("id <> %d", i+4) })
		},
		func(int) string { return "3" },
	},
	"AND of greater": {
		func(n int) string {
			return "SELECT COUNT(*) FROM t WHERE " + repeated(n, " AND ", func(i int) string { return fmt.Sprintf("id > %d", -i) })
		},
		func(int) string { return "9" },
	},
	"AND in a list": {
		func(n int) string {
			return "SELECT DISTINCT " + repeated(n, " AND ", func(i int) string { return fmt.Sprintf("d < %d", i+10) }) + " FROM t"
		},
		func(int) string { return "true" },
	},
	"||": {
		func(n int) string {
			return "SELECT MAX(LENGTH(" + repeated(n, " || ", func(i int) string { return []string{"v", "NULL", "'ab'", "id"}[i%4] }) + ")) FROM t"
		},
		strconv.Itoa,
	},
	"+": {
		func(n int) string { return "SELECT " + repeated(n, " + ", func(int) string { return "1" }) },
		strconv.Itoa,
	},
	"- of columns": {
		func(n int) string {
			return "SELECT SUM(" + repeated(n, " - ", func(i int) string { return []string{"id", "0.5", "2"}[i%3] }) + ") FROM t WHERE id = 3"
		},
		func(n int) string {
			sum := 6.0
			for i := range n {
				sum -= []float64{3, 0.5, 2}[i%3]
			}
			return strconv.FormatFloat(sum, 'f', -1, 64)
		},
	},
	"*": {
		func(n int) string {
			return "SELECT " + repeated(n, " * ", func(i int) string { return []string{"1", "-1"}[i%2] })
		},
		func(n int) string { return strconv.Itoa(1 - 2*(n/2%2)) },
	},
	"/": {
		func(n int) string {
			return "SELECT 8 / " + repeated(n, " / ", func(i int) string { return []string{"2", "0.5"}[i%2] })
		},
		func(int) string { return "8" },
	},
	"UNION ALL": {
		func(n int) string {
			return "SELECT COUNT(*), SUM(x) FROM (" + repeated(n, " UNION ALL ", func(i int) string { return fmt.Sprintf("SELECT %d AS x", i) }) + ")"
		},
		func(n int) string { return fmt.Sprintf("%d | %d", n, n*(n-1)/2) },
	},
	"UNION ALL of tables": {
		func(n int) string {
			return "SELECT COUNT(*) FROM (" + repeated(n, " UNION ALL ", func(int) string { return "SELECT v FROM t WHERE id < 3" }) + ")"
		},
		func(n int) string { return strconv.Itoa(2 * n) },
	},
	"UNION": {
		func(n int) string {
			return "SELECT COUNT(*) FROM (" + repeated(n, " UNION ", func(i int) string { return fmt.Sprintf("SELECT %d", i%100) }) + ")"
		},
		func(int) string { return "100" },
	},
	"CASE": {
		func(n int) string {
			return "SELECT MAX(CASE id " + repeated(n, " ", func(i int) string { return fmt.Sprintf("WHEN %d THEN '%d'", i, i) }) + " END) FROM t"
		},
		func(int) string { return "9" },
	},
	"VALUES": {
		func(n int) string {
			return "SELECT SUM(COL1) FROM (VALUES " + repeated(n, ", ", func(i int) string { return fmt.Sprintf("(%d, 'a')", i) }) + ") AS v"
		},
		func(n int) string { return strconv.Itoa(n * (n - 1) / 2) },
	},
}

func quotedNumber(i int) string { return "'" + strconv.Itoa(i) + "'" }
