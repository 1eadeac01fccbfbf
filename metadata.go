package exawire

import (
	"fmt"
	"iter"
	"reflect"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/fields"
	"github.com/exawire/exawire/resultset"
)

// eachMetadata reads the rows of a metadata command, which newer servers can give more columns: what has no field of its
// own goes into the field Extra.
func eachMetadata[T any](rows *Rows) iter.Seq2[T, error] {
	extra := extraColumns(reflect.TypeFor[T](), rows.Columns())
	if len(extra) == 0 {
		return resultset.Each[T](rows, resultset.Lax())
	}
	return func(yield func(T, error) bool) {
		for row, err := range rows.All() {
			var v T
			if err == nil {
				v, err = resultset.Scan[T](row, resultset.Lax())
			}
			if err == nil {
				err = addExtra(reflect.ValueOf(&v).Elem(), row, extra)
			}
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// extraColumns returns the columns that have no field in a row of a metadata command.
func extraColumns(t reflect.Type, cols []ColumnInfo) (extra []int) {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	targets, err := fields.Map(t, names, fields.Mapping{Lax: true})
	if err != nil {
		return nil // reading the rows says why
	}
	known := make(map[int]bool, len(targets))
	for _, to := range targets {
		known[to.Column] = true
	}
	for i := range cols {
		if !known[i] {
			extra = append(extra, i)
		}
	}
	return extra
}

// addExtra sets the field Extra of v.
func addExtra(v reflect.Value, row resultset.Row, extra []int) error {
	all := make([]commands.ExtraColumn, len(extra))
	for i, col := range extra {
		value, err := row.Value(col)
		if err != nil {
			return fmt.Errorf("extra column: %w", err)
		}
		all[i] = commands.ExtraColumn{Column: row.Columns()[col], Value: value}
	}
	v.FieldByName("Extra").Set(reflect.ValueOf(all))
	return nil
}
