package compat

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"gorm.io/gorm"
)

// note is a model as gorm.Model makes them: the database could number its rows.
type note struct {
	ID        uint
	CreatedAt time.Time
	UpdatedAt time.Time
	Text      string `gorm:"size:20;default:it's new"`
	Level     int16
}

// longerNote is the same table in the next version of a program.
type longerNote struct {
	ID    uint
	Text  string `gorm:"size:50"`
	Level int32
	Price exawire.Decimal `gorm:"type:DECIMAL(8,3);default:1.5"`
}

func (longerNote) TableName() string { return "NOTES" }

// unique has an index that the database does not have.
type unique struct {
	ID   int64  `gorm:"autoIncrement:false"`
	Code string `gorm:"uniqueIndex"`
}

type column struct {
	Name, Type, Default string
	Nullable, Identity  bool
}

// columnsOf returns what GORM knows of a table.
func columnsOf(t *testing.T, db *gorm.DB, model any) (columns []column) {
	t.Helper()
	types, err := db.Migrator().ColumnTypes(model)
	must(t, err)
	for _, c := range types {
		typ, _ := c.ColumnType()
		text, _ := c.DefaultValue()
		nullable, _ := c.Nullable()
		identity, _ := c.AutoIncrement()
		columns = append(columns, column{c.Name(), typ, text, nullable, identity})
	}
	return columns
}

func TestGORMMigrator(t *testing.T) {
	everyGORM(t, func(t *testing.T, plain *sql.DB, prepared bool) {
		db := openGORM(t, plain, prepared, &note{})
		m := db.Migrator()
		stamp := "TIMESTAMP"
		if got := columnsOf(t, db, &note{}); len(got) > 1 && got[1].Type != stamp { // since V5 with its precision
			stamp = "TIMESTAMP(3)"
		}
		check(t, "columns", nil, []column{
			{"ID", "DECIMAL(20,0)", "", false, true},
			{"CREATED_AT", stamp, "", true, false},
			{"UPDATED_AT", stamp, "", true, false},
			{"TEXT", "VARCHAR(20) UTF8", "'it''s new'", true, false},
			{"LEVEL", "DECIMAL(5,0)", "", true, false},
		}, columnsOf(t, db, &note{}))

		// The tables of a model that did not change stay as they are, with their rows.
		must(t, db.Omit("ID").Create(&note{Level: 7}).Error, db.AutoMigrate(&note{}), db.AutoMigrate(&longerNote{}))
		check(t, "columns after the migration", nil, []column{
			{"ID", "DECIMAL(20,0)", "", false, true},
			{"CREATED_AT", stamp, "", true, false},
			{"UPDATED_AT", stamp, "", true, false},
			{"TEXT", "VARCHAR(50) UTF8", "'it''s new'", true, false},
			{"LEVEL", "DECIMAL(10,0)", "", true, false},
			{"PRICE", "DECIMAL(8,3)", "'1.5'", true, false}, // GORM takes a Decimal for a text
		}, columnsOf(t, db, &longerNote{}))
		var kept longerNote
		err := db.Omit("id").Select("text", "level", "price").First(&kept).Error
		check(t, "row after the migration", err, longerNote{Text: "it's new", Level: 7, Price: decimal("1.500")}, kept)

		must(t, m.RenameColumn(&longerNote{}, "price", "cost"), m.DropColumn(&longerNote{}, "created_at"))
		check(t, "columns that are there", nil, []bool{true, false, false}, []bool{m.HasColumn("notes", "cost"), m.HasColumn(&longerNote{}, "Price"), m.HasColumn("notes", "created_at")})
		must(t, m.RenameTable(&note{}, "remarks"))
		tables, err := m.GetTables()
		check(t, "tables", err, []string{"REMARKS"}, tables)
		check(t, "tables that are there", nil, []bool{true, false}, []bool{m.HasTable("remarks"), m.HasTable(&note{})})
		must(t, m.DropTable("remarks"))
		check(t, "tables that are there", nil, false, m.HasTable("remarks"))

		must(t, db.AutoMigrate(&Company{}, &Employee{}))
		check(t, "constraints", nil, []bool{true, false}, []bool{m.HasConstraint(&Employee{}, "FK_COMPANIES_EMPLOYEES"), m.HasConstraint(&Company{}, "FK_COMPANIES_EMPLOYEES")})
		must(t, m.DropTable(&Company{}, &Employee{}))
		if err := db.AutoMigrate(&unique{}); err == nil {
			t.Error("an index that keeps values unique is no error")
		}
	})
}

// The database numbers rows, but does not tell the numbers.
func TestGORMNumberedRows(t *testing.T) {
	everyGORM(t, func(t *testing.T, plain *sql.DB, prepared bool) {
		db := openGORM(t, plain, prepared, &note{})
		if err := db.Create(&note{Level: 1}).Error; !errors.Is(err, errNoID) {
			t.Errorf("a row without an id: %v", err)
		}
		if err := db.Create([]note{{ID: 5}, {}}).Error; !errors.Is(err, errNoID) {
			t.Errorf("rows with and without an id: %v", err)
		}
		given := note{ID: 41, Level: 2, Text: "given"}
		must(t, db.Create(&given).Error)
		if given.CreatedAt.IsZero() || given.CreatedAt.Location() != time.UTC || given.CreatedAt.Nanosecond()%1e6 != 0 {
			t.Errorf("created at %v, which is not what the database stores", given.CreatedAt)
		}
		must(t, db.Omit("ID").Create([]note{{Level: 3}, {Level: 4, Text: nasty[:20]}}).Error)
		var notes []note
		err := db.Order("level").Find(&notes).Error
		must(t, err)
		check(t, "rows", nil, 3, len(notes))
		check(t, "row with an id", nil, given, notes[0])
		check(t, "texts", nil, [2]string{"it's new", nasty[:20]}, [2]string{notes[1].Text, notes[2].Text})
		if notes[1].ID == 0 || notes[1].ID == notes[2].ID {
			t.Errorf("the ids are %d and %d", notes[1].ID, notes[2].ID)
		}
	})
}
