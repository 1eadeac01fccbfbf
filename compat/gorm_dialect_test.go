package compat

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/migrator"
	"gorm.io/gorm/schema"
)

// exasolDialector is what GORM has to know about Exasol: gorm.Open(exasolDialector{db}, &gorm.Config{}).
//
// Names of tables and columns are in upper case, as the database stores them, so conditions in SQL need no quotes. Times
// that GORM sets are in UTC and have milliseconds. There are no savepoints, so a transaction inside of another needs
// gorm.Config.DisableNestedTransaction.
type exasolDialector struct{ db *sql.DB }

var _ gorm.Dialector = exasolDialector{}

func (exasolDialector) Name() string { return "exasol" }

func (d exasolDialector) Initialize(db *gorm.DB) error {
	if db.ConnPool == nil {
		db.ConnPool = d.db
	}
	db.NamingStrategy = upperNames{db.NamingStrategy}
	now := db.NowFunc
	db.NowFunc = func() time.Time { return now().UTC().Truncate(time.Millisecond) }
	db.ClauseBuilders["LIMIT"] = buildLimit
	db.ClauseBuilders["FOR"] = func(clause.Clause, clause.Builder) {} // rows cannot be locked
	callbacks.RegisterDefaultCallbacks(db, &callbacks.Config{})
	return db.Callback().Create().Replace("gorm:create", gormCreate)
}

func (d exasolDialector) Migrator(db *gorm.DB) gorm.Migrator {
	return exasolMigrator{migrator.Migrator{Config: migrator.Config{DB: db, Dialector: d, CreateIndexAfterCreateTable: true}}}
}

func (exasolDialector) DataTypeOf(field *schema.Field) string {
	switch field.DataType {
	case schema.Bool:
		return "BOOLEAN"
	case schema.Int:
		return decimalOf(field, map[int]int{8: 3, 16: 5, 32: 10, 64: 19})
	case schema.Uint:
		return decimalOf(field, map[int]int{8: 3, 16: 5, 32: 10, 64: 20})
	case schema.Float:
		if field.Precision > 0 {
			return fmt.Sprintf("DECIMAL(%d,%d)", field.Precision, field.Scale)
		}
		return "DOUBLE"
	case schema.String:
		size := field.Size
		if size <= 0 {
			size = 2000000
		}
		return fmt.Sprintf("VARCHAR(%d)", size)
	case schema.Time:
		if field.Precision > 0 {
			return fmt.Sprintf("TIMESTAMP(%d)", field.Precision)
		}
		return "TIMESTAMP"
	}
	return string(field.DataType) // of a tag: type:DECIMAL(12,2)
}

// decimalOf returns the DECIMAL that holds all integers of a number of bits.
func decimalOf(field *schema.Field, digits map[int]int) string {
	if field.Precision > 0 {
		return fmt.Sprintf("DECIMAL(%d,0)", field.Precision)
	}
	return fmt.Sprintf("DECIMAL(%d,0)", digits[field.Size])
}

func (exasolDialector) DefaultValueOf(*schema.Field) clause.Expression {
	return clause.Expr{SQL: "DEFAULT"}
}

func (exasolDialector) BindVarTo(w clause.Writer, _ *gorm.Statement, _ any) { _ = w.WriteByte('?') }

// QuoteTo writes a name, which may have parts: schema.table. A part without a capital letter gets capitals; GORM's own
// aliases, such as Company__NAME, have some and stay.
func (exasolDialector) QuoteTo(w clause.Writer, name string) {
	for i, part := range strings.Split(name, ".") {
		if i > 0 {
			_ = w.WriteByte('.')
		}
		part = upper(strings.Trim(part, `"`))
		_, _ = w.WriteString(`"` + strings.ReplaceAll(part, `"`, `""`) + `"`)
	}
}

// upper is the name as the database stores it, unless it has a capital letter.
func upper(name string) string {
	if name == strings.ToLower(name) {
		return strings.ToUpper(name)
	}
	return name
}

func (exasolDialector) Explain(sql string, vars ...any) string {
	return logger.ExplainSQL(sql, nil, `'`, vars...)
}

// upperNames are the names that another strategy gives, in upper case.
type upperNames struct{ schema.Namer }

func (n upperNames) TableName(table string) string { return strings.ToUpper(n.Namer.TableName(table)) }

func (n upperNames) SchemaName(table string) string {
	return n.Namer.SchemaName(strings.ToLower(table))
}

func (n upperNames) ColumnName(table, column string) string {
	return strings.ToUpper(n.Namer.ColumnName(table, column))
}

func (n upperNames) JoinTableName(table string) string {
	return strings.ToUpper(n.Namer.JoinTableName(table))
}

func (n upperNames) RelationshipFKName(rel schema.Relationship) string {
	return strings.ToUpper(n.Namer.RelationshipFKName(rel))
}

// buildLimit writes numbers and not parameters.
func buildLimit(c clause.Clause, b clause.Builder) {
	limit, ok := c.Expression.(clause.Limit)
	if !ok || limit.Limit == nil && limit.Offset <= 0 {
		return
	}
	count := "2147483647" // OFFSET needs one
	if limit.Limit != nil {
		count = strconv.Itoa(*limit.Limit)
	}
	_, _ = b.WriteString("LIMIT " + count)
	if limit.Offset > 0 {
		_, _ = b.WriteString(" OFFSET " + strconv.Itoa(limit.Offset))
	}
}
