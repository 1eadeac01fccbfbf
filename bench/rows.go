package bench

import (
	"database/sql"
	"reflect"
	"time"

	"github.com/exawire/exawire/resultset"
)

// A row of each shape as a struct, whose fields are the columns.
type (
	// Mixed is a row of mixed10.
	Mixed struct {
		ID      int64
		Qty     sql.Null[int64]
		Price   resultset.Decimal
		Score   sql.Null[float64]
		Created time.Time
		Day     sql.Null[time.Time]
		Name    string
		Status  string
		Active  sql.Null[bool]
		Comment sql.Null[string]
	}

	// Numbers is a row of narrow.
	Numbers struct {
		K      int64
		V      sql.Null[int64]
		D1, D2 float64
	}

	// Texts is a row of wide.
	Texts struct {
		A, B string
		C    sql.Null[string]
		D    string
		E    sql.Null[string]
		F    string
	}
)

// typedRows are the ways that need the type of a row.
type typedRows struct {
	each, collect, ownLoop func(*resultset.Rows) (int64, error)
	scan                   func(*sql.Rows) (int64, error)
}

// typed has the type of the rows of each shape.
var typed = map[string]typedRows{"mixed10": typedAs[Mixed](), "narrow": typedAs[Numbers](), "wide": typedAs[Texts]()}

func typedAs[T any]() typedRows { return typedRows{each[T], collect[T], ownLoop[T], scanTyped[T]} }

// each looks at one row after the other.
func each[T any](rows *resultset.Rows) (n int64, err error) {
	for _, err := range resultset.Each[T](rows) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func collect[T any](rows *resultset.Rows) (int64, error) {
	all, err := resultset.Collect[T](rows)
	return int64(len(all)), err
}

// ownLoop is the loop that a user would write in place of Collect.
func ownLoop[T any](rows *resultset.Rows) (int64, error) {
	all := make([]T, 0, rows.NumRows())
	for v, err := range resultset.Each[T](rows) {
		if err != nil {
			return int64(len(all)), err
		}
		all = append(all, v)
	}
	return int64(len(all)), nil
}

// scanTyped scans into the fields of a struct.
func scanTyped[T any](rows *sql.Rows) (n int64, err error) {
	var row T
	v := reflect.ValueOf(&row).Elem()
	dest := make([]any, v.NumField())
	for i := range dest {
		dest[i] = v.Field(i).Addr().Interface()
	}
	return scanAll(rows, dest)
}

// scanAny scans each value into an any.
func scanAny(rows *sql.Rows) (int64, error) {
	names, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	return scanAll(rows, anys(len(names)))
}

func scanAll(rows *sql.Rows, dest []any) (n int64, err error) {
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}

// anys returns pointers to n variables that take any value.
func anys(n int) []any {
	dest := make([]any, n)
	for i := range dest {
		dest[i] = new(any)
	}
	return dest
}
