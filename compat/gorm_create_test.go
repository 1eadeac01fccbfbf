package compat

import (
	"errors"
	"reflect"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
)

// errNoID is the error of a row whose primary key the database would have to choose. Exasol does not tell which number it
// gave, and a model that keeps the id 0 would be inserted once more when it is saved.
var errNoID = errors.New("set the primary key before Create, in a BeforeCreate hook for example; with Omit on its field the database numbers the row")

// gormCreate takes the place of GORM's callback, which asks for the id of the last row. A statement with ON CONFLICT, which
// GORM also writes to save associations, becomes a MERGE.
func gormCreate(db *gorm.DB) {
	if db.Error != nil {
		return
	}
	stmt := db.Statement
	if stmt.SQL.Len() == 0 {
		if numbersRows(stmt) {
			_ = db.AddError(errNoID)
			return
		}
		values := callbacks.ConvertToCreateValues(stmt)
		stmt.AddClauseIfNotExists(clause.Insert{})
		stmt.AddClause(values)
		if c, ok := stmt.Clauses["ON CONFLICT"]; ok && stmt.Schema != nil {
			conflict, _ := c.Expression.(clause.OnConflict)
			buildMerge(stmt, conflict, values)
		} else {
			stmt.Build("INSERT", "VALUES")
		}
	}
	if db.DryRun || db.Error != nil {
		return
	}
	result, err := stmt.ConnPool.ExecContext(stmt.Context, stmt.SQL.String(), stmt.Vars...)
	if db.AddError(err) != nil {
		return
	}
	db.RowsAffected, err = result.RowsAffected()
	_ = db.AddError(err)
	if stmt.Result != nil {
		stmt.Result.Result, stmt.Result.RowsAffected = result, db.RowsAffected
	}
}

// numbersRows says whether the database would have to choose a primary key that the program wants to know.
func numbersRows(stmt *gorm.Statement) bool {
	if stmt.Schema == nil || stmt.Schema.PrioritizedPrimaryField == nil || !stmt.Schema.PrioritizedPrimaryField.AutoIncrement {
		return false
	}
	key := stmt.Schema.PrioritizedPrimaryField
	columns, restricted := stmt.SelectAndOmitColumns(true, false)
	if wanted, ok := columns[key.DBName]; ok && !wanted || !ok && restricted {
		return false
	}
	zero := func(row reflect.Value) bool {
		row = reflect.Indirect(row)
		if row.Kind() != reflect.Struct {
			return false
		}
		_, isZero := key.ValueOf(stmt.Context, row)
		return isZero
	}
	switch stmt.ReflectValue.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range stmt.ReflectValue.Len() {
			if zero(stmt.ReflectValue.Index(i)) {
				return true
			}
		}
		return false
	}
	return zero(stmt.ReflectValue)
}

// buildMerge writes INSERT ... ON CONFLICT as Exasol has it. The parameters of a query have no type of their own, so each
// is cast to that of its column.
func buildMerge(stmt *gorm.Statement, conflict clause.OnConflict, values clause.Values) {
	on := conflict.Columns
	if len(on) == 0 {
		for _, key := range stmt.Schema.PrimaryFields {
			on = append(on, clause.Column{Name: key.DBName})
		}
	}
	names := make([]string, len(values.Columns))
	sources := make([]string, len(values.Columns))
	for i, c := range values.Columns {
		names[i], sources[i] = stmt.Quote(c.Name), stmt.Quote(clause.Column{Table: "excluded", Name: c.Name})
	}
	write := func(text string) { _, _ = stmt.WriteString(text) }
	write("MERGE INTO " + stmt.Quote(clause.Table{Name: clause.CurrentTable}) + " USING (")
	for i, row := range values.Values {
		if i > 0 {
			write(" UNION ALL ")
		}
		write("SELECT ")
		for j, v := range row {
			if j > 0 {
				write(", ")
			}
			write("CAST(")
			stmt.AddVar(stmt, v)
			write(" AS " + stmt.Dialector.DataTypeOf(stmt.Schema.FieldsByDBName[values.Columns[j].Name]) + ") AS " + names[j])
		}
		write(" FROM DUAL")
	}
	write(") " + stmt.Quote("excluded") + " ON (")
	for i, c := range on {
		if i > 0 {
			write(" AND ")
		}
		write(stmt.Quote(clause.Column{Table: clause.CurrentTable, Name: c.Name}) + " = " + stmt.Quote(clause.Column{Table: "excluded", Name: c.Name}))
	}
	write(")")
	if !conflict.DoNothing && len(conflict.DoUpdates) > 0 {
		write(" WHEN MATCHED THEN UPDATE SET ")
		conflict.DoUpdates.Build(stmt)
	}
	write(" WHEN NOT MATCHED THEN INSERT (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(sources, ", ") + ")")
}
