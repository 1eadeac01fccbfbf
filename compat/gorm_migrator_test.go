package compat

import (
	"database/sql"
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/migrator"
	"gorm.io/gorm/schema"
)

// exasolMigrator reads the catalog of the current schema, and writes DDL as Exasol has it. What it does not override GORM
// writes in standard SQL.
type exasolMigrator struct{ migrator.Migrator }

func (m exasolMigrator) CurrentDatabase() (name string) {
	m.DB.Raw("SELECT CURRENT_SCHEMA").Row().Scan(&name)
	return name
}

// count counts rows of the catalog about the current schema.
func (m exasolMigrator) count(from string, args ...any) bool {
	var n int64
	err := m.DB.Raw("SELECT COUNT(*) FROM "+from, args...).Row().Scan(&n)
	return m.DB.AddError(err) == nil && n > 0
}

func (m exasolMigrator) HasTable(value any) (has bool) {
	_ = m.RunWithValue(value, func(stmt *gorm.Statement) error {
		has = m.count("EXA_ALL_TABLES WHERE TABLE_SCHEMA = CURRENT_SCHEMA AND TABLE_NAME = ?", upper(stmt.Table))
		return nil
	})
	return has
}

func (m exasolMigrator) HasColumn(value any, name string) (has bool) {
	_ = m.RunWithValue(value, func(stmt *gorm.Statement) error {
		if stmt.Schema != nil {
			if field := stmt.Schema.LookUpField(name); field != nil {
				name = field.DBName
			}
		}
		has = m.count("EXA_ALL_COLUMNS WHERE COLUMN_SCHEMA = CURRENT_SCHEMA AND COLUMN_TABLE = ? AND COLUMN_NAME = ?", upper(stmt.Table), upper(name))
		return nil
	})
	return has
}

func (m exasolMigrator) HasConstraint(value any, name string) (has bool) {
	_ = m.RunWithValue(value, func(stmt *gorm.Statement) error {
		has = m.count("EXA_ALL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = CURRENT_SCHEMA AND CONSTRAINT_TABLE = ? AND CONSTRAINT_NAME = ?", upper(stmt.Table), upper(name))
		return nil
	})
	return has
}

func (m exasolMigrator) GetTables() (tables []string, err error) {
	err = m.DB.Raw("SELECT TABLE_NAME FROM EXA_ALL_TABLES WHERE TABLE_SCHEMA = CURRENT_SCHEMA ORDER BY TABLE_NAME").Scan(&tables).Error
	return tables, err
}

func (m exasolMigrator) DropTable(values ...any) error {
	for _, value := range m.ReorderModels(values, false) {
		err := m.RunWithValue(value, func(stmt *gorm.Statement) error {
			return m.DB.Exec("DROP TABLE IF EXISTS ? CASCADE CONSTRAINTS", m.CurrentTable(stmt)).Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (m exasolMigrator) RenameTable(from, to any) error {
	name := func(value any) clause.Table {
		var table string
		_ = m.RunWithValue(value, func(stmt *gorm.Statement) error { table = stmt.Table; return nil })
		return clause.Table{Name: table}
	}
	return m.DB.Exec("RENAME TABLE ? TO ?", name(from), name(to)).Error
}

// FullDataTypeOf has DEFAULT and IDENTITY before NOT NULL.
func (m exasolMigrator) FullDataTypeOf(field *schema.Field) clause.Expr {
	text := m.DataTypeOf(field)
	switch {
	case field.AutoIncrement:
		text += " IDENTITY"
	case field.HasDefaultValue && field.DefaultValueInterface != nil:
		text += " DEFAULT " + m.Explain("?", field.DefaultValueInterface)
	case field.HasDefaultValue && field.DefaultValue != "" && field.DefaultValue != "(-)":
		text += " DEFAULT " + field.DefaultValue
	}
	if field.NotNull {
		text += " NOT NULL"
	}
	return clause.Expr{SQL: text}
}

// ColumnTypes reads the catalog.
func (m exasolMigrator) ColumnTypes(value any) (types []gorm.ColumnType, err error) {
	err = m.RunWithValue(value, func(stmt *gorm.Statement) error {
		rows, err := m.DB.Raw(`SELECT COLUMN_NAME, COLUMN_TYPE, COLUMN_MAXSIZE, COLUMN_NUM_SCALE, COLUMN_IS_NULLABLE, COLUMN_DEFAULT, COLUMN_IDENTITY IS NOT NULL, COLUMN_COMMENT
			FROM EXA_ALL_COLUMNS WHERE COLUMN_SCHEMA = CURRENT_SCHEMA AND COLUMN_TABLE = ? ORDER BY COLUMN_ORDINAL_POSITION`, upper(stmt.Table)).Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c migrator.ColumnType
			var size, scale sql.NullInt64
			err := rows.Scan(&c.NameValue, &c.ColumnTypeValue, &size, &scale, &c.NullableValue, &c.DefaultValueValue, &c.AutoIncrementValue, &c.CommentValue)
			if err != nil {
				return err
			}
			name, _, _ := strings.Cut(c.ColumnTypeValue.String, "(")
			c.DataTypeValue = sql.NullString{String: name, Valid: true}
			if strings.HasSuffix(name, "CHAR") {
				c.LengthValue = size
			} else if name == "DECIMAL" {
				c.DecimalSizeValue, c.ScaleValue = size, scale
			}
			types = append(types, c)
		}
		return rows.Err()
	})
	return types, err
}

// MigrateColumn changes the type of a column if it is another one.
func (m exasolMigrator) MigrateColumn(value any, field *schema.Field, column gorm.ColumnType) error {
	has, _ := column.ColumnType()
	want := m.DataTypeOf(field)
	if field.IgnoreMigration || has == want || strings.HasPrefix(has, want+" ") || strings.HasPrefix(has, want+"(") { // VARCHAR(9) UTF8, TIMESTAMP(3)
		return nil
	}
	return m.DB.Migrator().AlterColumn(value, field.DBName)
}

func (m exasolMigrator) AlterColumn(value any, name string) error {
	return m.RunWithValue(value, func(stmt *gorm.Statement) error {
		field := stmt.Schema.LookUpField(name)
		if field == nil {
			return fmt.Errorf("there is no field %s", name)
		}
		return m.DB.Exec("ALTER TABLE ? MODIFY COLUMN ? ?", m.CurrentTable(stmt), clause.Column{Name: field.DBName}, clause.Expr{SQL: m.DataTypeOf(field)}).Error
	})
}

// HasIndex says yes: the database makes its indexes itself.
func (m exasolMigrator) HasIndex(any, string) bool { return true }

// CreateIndex does nothing, unless the index were to keep values unique, which Exasol does for primary keys only.
func (m exasolMigrator) CreateIndex(value any, name string) error {
	return m.RunWithValue(value, func(stmt *gorm.Statement) error {
		if index := stmt.Schema.LookIndex(name); index != nil && index.Class == "UNIQUE" {
			return fmt.Errorf("index %s: only primary keys are unique", name)
		}
		return nil
	})
}

// DropIndex does nothing.
func (m exasolMigrator) DropIndex(any, string) error { return nil }
