package compat

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// Company has many employees.
type Company struct {
	ID        int64  `gorm:"autoIncrement:false"`
	Name      string `gorm:"size:100;not null"`
	Employees []Employee
}

// Employee has one value of each kind.
type Employee struct {
	ID        int64 `gorm:"autoIncrement:false"`
	Name      *string
	Salary    exawire.Decimal `gorm:"type:DECIMAL(12,2);not null"`
	Exact     sql.NullString  `gorm:"type:DECIMAL(36,6)"`
	Weight    *float64
	Active    bool                `gorm:"default:true"`
	Born      sql.Null[time.Time] `gorm:"type:DATE"`
	Seen      *time.Time
	Small     uint8
	Grade     string `gorm:"size:2;default:C"`
	CompanyID *int64
	Company   *Company
	DeletedAt gorm.DeletedAt `gorm:"index"`
}

func employees() []Employee {
	return []Employee{
		{
			ID: beyond, Name: ptr(nasty), Salary: decimal("-12.50"), Exact: sql.NullString{String: "123456789012345678901234567890.000001", Valid: true},
			Weight: ptr(0.1), Active: true, Born: sql.Null[time.Time]{V: day(1999, 12, 31), Valid: true}, Seen: ptr(moment), Small: 255, Grade: "A'",
		},
		{ID: -1, Salary: decimal("0.00"), Active: true, Grade: "C"},
		{ID: 5, Name: ptr("Ümit"), Salary: decimal("9999999999.99"), Active: true, Grade: "B"},
	}
}

// everyGORM runs a test everywhere, without and with prepared statements.
func everyGORM(t *testing.T, test func(t *testing.T, plain *sql.DB, prepared bool)) {
	t.Helper()
	for way, prepared := range map[string]bool{"": false, "/prepared": true} {
		everywhereAs(t, way, func(t *testing.T, plain *sql.DB) { test(t, plain, prepared) })
	}
}

// openGORM gives a test empty tables of the models.
func openGORM(t *testing.T, plain *sql.DB, prepared bool, models ...any) *gorm.DB {
	t.Helper()
	db, err := gorm.Open(exasolDialector{plain}, &gorm.Config{Logger: logger.Discard, PrepareStmt: prepared})
	must(t, err)
	db = db.WithContext(t.Context())
	must(t, db.AutoMigrate(models...))
	return db
}

// openEmployees gives a test three rows, which one statement wrote.
func openEmployees(t *testing.T, plain *sql.DB, prepared bool) *gorm.DB {
	t.Helper()
	db := openGORM(t, plain, prepared, &Company{}, &Employee{})
	all := employees()
	result := db.Create(&all)
	check(t, "Create with a slice", result.Error, int64(3), result.RowsAffected)
	return db
}

func TestGORMReads(t *testing.T) {
	everyGORM(t, func(t *testing.T, plain *sql.DB, prepared bool) {
		db := openEmployees(t, plain, prepared)
		all := employees()
		first := func(what string, query *gorm.DB, want Employee) {
			t.Helper()
			var got Employee
			err := query.First(&got).Error
			check(t, what, err, want, got)
		}
		find := func(what string, query *gorm.DB, want ...Employee) {
			t.Helper()
			var got []Employee
			err := query.Find(&got).Error
			check(t, what, err, want, got)
		}
		first("First", db, all[1]) // by primary key
		first("by id", db.Where(&Employee{ID: beyond}), all[0])
		first("by text", db.Where("name = ?", nasty), all[0])
		first("by decimal", db.Where("salary < ?", decimal("-12.49")), all[0])
		first("by decimal as text", db.Where("exact = ?", "123456789012345678901234567890.000001"), all[0])
		first("by date", db.Where("born = ?", day(1999, 12, 31)), all[0])
		first("by time", db.Where("seen = ?", moment), all[0])
		first("by names", db.Where(map[string]any{"grade": "B", "name": "Ümit"}), all[2])
		find("Order", db.Order("id desc"), all[0], all[2], all[1])
		find("Limit", db.Order("id").Limit(2), all[1], all[2])
		find("Offset", db.Order("id").Limit(1).Offset(1), all[2])
		find("Offset alone", db.Order("id").Offset(2), all[0])
		find("IN", db.Where("id IN ?", []int64{5, beyond}).Order("salary"), all[0], all[2])
		find("OR", db.Where("id = ?", 5).Or("small > ?", 200).Order("id"), all[2], all[0])
		find("NULL", db.Where("seen IS NULL").Not("id = ?", 5), all[1])
		find("nobody", db.Where("id = ?", 1), []Employee{}...)

		var none Employee
		if err := db.First(&none, 1).Error; !errors.Is(err, gorm.ErrRecordNotFound) {
			t.Errorf("First without a row: %v", err)
		}
		var n int64
		err := db.Model(&Employee{}).Where("salary >= 0").Count(&n).Error
		check(t, "Count", err, int64(2), n)
		var names []sql.NullString
		err = db.Model(&Employee{}).Order("id").Pluck("name", &names).Error
		check(t, "Pluck", err, []sql.NullString{{}, {String: "Ümit", Valid: true}, {String: nasty, Valid: true}}, names)
		var sums []struct {
			Grade string
			Total exawire.Decimal
		}
		err = db.Model(&Employee{}).Select("grade, SUM(salary) AS total").Group("grade").Having("COUNT(*) = 1").Order("grade").Scan(&sums).Error
		check(t, "Group", err, []struct {
			Grade string
			Total exawire.Decimal
		}{{"A'", decimal("-12.50")}, {"B", decimal("9999999999.99")}, {"C", decimal("0.00")}}, sums)
		var row map[string]any
		err = db.Table("employees").Select("id", "salary", "seen", "name").Where("id = ?", int64(beyond)).Take(&row).Error
		check(t, "map", err, map[string]any{"ID": "9007199254740993" /* a DECIMAL(19,0) */, "SALARY": "-12.50", "SEEN": moment, "NAME": nasty}, row)
	})
}

func TestGORMWrites(t *testing.T) {
	everyGORM(t, func(t *testing.T, plain *sql.DB, prepared bool) {
		db := openEmployees(t, plain, prepared)
		reload := func(id int64) (e Employee) {
			t.Helper()
			must(t, db.Unscoped().First(&e, id).Error)
			return e
		}
		want := employees()[2]

		result := db.Model(&Employee{ID: 5}).Update("Salary", decimal("7.25"))
		check(t, "Update", result.Error, int64(1), result.RowsAffected)
		want.Salary = decimal("7.25")
		check(t, "after Update", nil, want, reload(5))
		result = db.Model(&Employee{}).Where("id = ?", 5).Updates(map[string]any{"Name": nil, "Seen": moment, "Active": false, "Small": gorm.Expr("small + ?", 2)})
		check(t, "Updates", result.Error, int64(1), result.RowsAffected)
		want.Name, want.Seen, want.Active, want.Small = nil, ptr(moment), false, 2
		check(t, "after Updates", nil, want, reload(5))

		// Save updates a row that exists, and inserts one that does not.
		want.Name, want.Exact = ptr(nasty), sql.NullString{String: "-0.000001", Valid: true}
		must(t, db.Save(&want).Error)
		check(t, "after Save", nil, want, reload(5))
		added := employees()[0]
		added.ID = 77
		must(t, db.Save(&added).Error)
		check(t, "after Save of a new row", nil, added, reload(77))

		// Rows that may be there already.
		again := employees()[:2]
		again[0].Grade, again[1].ID = "Z", 78
		must(t, db.Clauses(clause.OnConflict{DoNothing: true}).Create(&again).Error)
		check(t, "after DO NOTHING", nil, []Employee{employees()[0], again[1]}, []Employee{reload(beyond), reload(78)})
		must(t, db.Clauses(clause.OnConflict{DoUpdates: clause.AssignmentColumns([]string{"GRADE"})}).Create(&again).Error)
		check(t, "after DO UPDATE", nil, "Z", reload(beyond).Grade)

		// A deleted row is hidden, until it is really deleted.
		result = db.Delete(&Employee{}, 5)
		check(t, "Delete", result.Error, int64(1), result.RowsAffected)
		if deleted := reload(5).DeletedAt; !deleted.Valid || deleted.Time.Location() != time.UTC {
			t.Errorf("deleted at %v", deleted)
		}
		var n int64
		err := db.Model(&Employee{}).Count(&n).Error
		check(t, "rows that are left", err, int64(4), n)
		result = db.Unscoped().Where("id < ?", 70).Delete(&Employee{})
		check(t, "Unscoped Delete", result.Error, int64(2), result.RowsAffected)

		var exaErr *exawire.Error
		if err := db.Create(&Employee{ID: 77}).Error; !errors.As(err, &exaErr) {
			t.Errorf("a key that exists: %v", err)
		}
		found := Employee{ID: 77}
		must(t, db.FirstOrCreate(&found).Error)
		check(t, "FirstOrCreate of a row that is there", nil, added, found)
		var made Employee
		must(t, db.Where(Employee{ID: 79}).Attrs(Employee{Salary: decimal("1.00"), Grade: "F", Active: true}).FirstOrCreate(&made).Error)
		check(t, "FirstOrCreate of a new row", nil, made, reload(79))

		many := make([]Employee, 25)
		for i := range many {
			many[i] = Employee{ID: int64(1000 + i), Name: ptr(nasty), Active: true, Grade: "M"}
		}
		must(t, db.CreateInBatches(many, 10).Error)
		err = db.Model(&Employee{}).Where("grade = ? AND name = ?", "M", nasty).Count(&n).Error
		check(t, "CreateInBatches", err, int64(25), n)
		var batch []Employee
		var sizes []int
		err = db.Where("grade = ?", "M").FindInBatches(&batch, 10, func(*gorm.DB, int) error { sizes = append(sizes, len(batch)); return nil }).Error
		check(t, "FindInBatches", err, []int{10, 10, 5}, sizes)
	})
}

func TestGORMTransactions(t *testing.T) {
	everyGORM(t, func(t *testing.T, plain *sql.DB, prepared bool) {
		db := openEmployees(t, plain, prepared)
		count := func(db *gorm.DB) (n int64) {
			t.Helper()
			must(t, db.Model(&Employee{}).Count(&n).Error)
			return n
		}
		errStop := errors.New("stop")
		err := db.Transaction(func(tx *gorm.DB) error {
			must(t, tx.Unscoped().Where("id > ?", 0).Delete(&Employee{}).Error)
			check(t, "rows in the transaction", nil, int64(1), count(tx))
			return errStop
		})
		if !errors.Is(err, errStop) {
			t.Errorf("the transaction gave %v", err)
		}
		check(t, "rows after the rollback", nil, int64(3), count(db))
		err = db.Transaction(func(tx *gorm.DB) error { return tx.Unscoped().Delete(&Employee{}, 5).Error })
		check(t, "rows after the commit", err, int64(2), count(db))

		// There are no savepoints: a transaction inside of another is refused, or one with it.
		err = db.Transaction(func(tx *gorm.DB) error {
			return tx.Transaction(func(tx *gorm.DB) error { return tx.Unscoped().Delete(&Employee{}, -1).Error })
		})
		if !errors.Is(err, gorm.ErrUnsupportedDriver) {
			t.Errorf("a transaction inside of another: %v", err)
		}
		check(t, "rows after that", nil, int64(2), count(db))
		err = db.Session(&gorm.Session{DisableNestedTransaction: true}).Transaction(func(tx *gorm.DB) error {
			must(t, tx.Transaction(func(tx *gorm.DB) error { return tx.Unscoped().Delete(&Employee{}, -1).Error }))
			check(t, "rows in the transaction", nil, int64(1), count(tx))
			return errStop
		})
		if !errors.Is(err, errStop) {
			t.Errorf("the transaction gave %v", err)
		}
		check(t, "rows after the rollback", nil, int64(2), count(db))

		tx := db.Begin()
		must(t, tx.Error, tx.Unscoped().Where("1 = 1").Delete(&Employee{}).Error, tx.Rollback().Error)
		check(t, "rows after Rollback", nil, int64(2), count(db))
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.WithContext(ended).Create(&Employee{ID: 1}).Error; !errors.Is(err, context.Canceled) {
			t.Errorf("a context that has ended: %v", err)
		}
		check(t, "rows at the end", nil, int64(2), count(db))
	})
}

func TestGORMAssociations(t *testing.T) {
	everyGORM(t, func(t *testing.T, plain *sql.DB, prepared bool) {
		db := openGORM(t, plain, prepared, &Company{}, &Employee{})
		staff := employees()
		must(t, db.Create(&Company{ID: 1, Name: "Ö'Brien", Employees: staff}).Error)
		for i := range staff {
			staff[i].CompanyID = ptr(int64(1))
		}
		var company Company
		err := db.Preload("Employees", func(db *gorm.DB) *gorm.DB { return db.Order("id DESC") }).First(&company, 1).Error
		check(t, "Preload", err, Company{ID: 1, Name: "Ö'Brien", Employees: []Employee{staff[0], staff[2], staff[1]}}, company)

		var one Employee
		err = db.Joins("Company").First(&one, 5).Error
		want := staff[2]
		want.Company = &Company{ID: 1, Name: "Ö'Brien"}
		check(t, "Joins", err, want, one)

		// Saving one that is there already updates its company.
		one.Company = &Company{ID: 2, Name: "other"}
		must(t, db.Save(&one).Error)
		var ids []int64
		err = db.Model(&Employee{}).Where("company_id = ?", 2).Pluck("id", &ids).Error
		check(t, "employees of the other company", err, []int64{5}, ids)
		n := db.Model(&company).Association("Employees").Count()
		check(t, "Association", nil, int64(2), n)

		if err := db.Create(&Employee{ID: 6, CompanyID: ptr(int64(404))}).Error; err == nil {
			t.Error("a company that is not there is no error")
		}
	})
}

// A statement that runs into a deadline is aborted on the server, and the connection goes on.
func TestGORMDeadline(t *testing.T) {
	bubble(t, func(t *testing.T, plain *sql.DB) {
		db := openEmployees(t, plain, false)
		before := plain.Stats()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		var n int
		err := db.WithContext(ctx).Raw(`SELECT "$SLEEP"(60)`).Scan(&n).Error
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the deadline gave %v", err)
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("the statement took %v", took)
		}
		var names []sql.NullString
		err = db.Model(&Employee{}).Where("id = ?", 5).Pluck("name", &names).Error
		check(t, "after the deadline", err, []sql.NullString{{String: "Ümit", Valid: true}}, names)
		check(t, "connections", nil, [2]int{before.OpenConnections, 0}, [2]int{plain.Stats().OpenConnections, plain.Stats().InUse})

		// A transaction that runs into it is rolled back.
		ctx, cancel = context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		err = db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			must(t, tx.Unscoped().Delete(&Employee{}, 5).Error)
			return tx.Exec(`SELECT "$SLEEP"(60)`).Error
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the deadline gave %v", err)
		}
		var count int64
		err = db.Model(&Employee{}).Count(&count).Error
		check(t, "rows after the deadline", err, int64(3), count)
	})
}
