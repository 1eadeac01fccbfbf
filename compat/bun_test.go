package compat

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/uptrace/bun"
)

// author has many books.
type author struct {
	ID    int64   `bun:",pk"`
	Name  string  `bun:"type:VARCHAR(100),notnull"`
	Books []*book `bun:"rel:has-many,join:id=author_id"`
}

// book has one value of each kind.
type book struct {
	ID        int64 `bun:",pk"`
	Title     *string
	Price     exawire.Decimal `bun:"type:DECIMAL(12,2),notnull"`
	Exact     sql.NullString  `bun:"type:DECIMAL(36,6)"`
	Weight    *float64
	Active    bool
	Published sql.Null[time.Time] `bun:"type:DATE"`
	Seen      time.Time           `bun:",nullzero"`
	Tags      []string
	Grade     string `bun:"type:VARCHAR(2),nullzero,notnull,default:'C'"`
	Sum       []byte `bun:"type:HASHTYPE(4 BYTE)"`
	AuthorID  *int64
	Author    *author `bun:"rel:belongs-to,join:author_id=id"`
}

func books() []book {
	return []book{
		{
			ID: beyond, Title: ptr(nasty), Price: decimal("-12.50"), Exact: sql.NullString{String: "123456789012345678901234567890.000001", Valid: true},
			Weight: ptr(0.1), Active: true, Published: sql.Null[time.Time]{V: day(1999, 12, 31), Valid: true}, Seen: moment,
			Tags: []string{"it's", nasty}, Grade: "A'", Sum: []byte{0, 1, 0xfe, 0xff}, AuthorID: ptr(int64(1)),
		},
		{ID: -1, Price: decimal("0.00"), Grade: "C"},
		{ID: 5, Title: ptr("Ümit"), Price: decimal("9999999999.99"), Grade: "B", AuthorID: ptr(int64(1))},
	}
}

// openBun gives a test an author and three books.
func openBun(t *testing.T, plain *sql.DB) *bun.DB {
	t.Helper()
	db := bun.NewDB(plain, newBunDialect())
	ctx := t.Context()
	_, err := db.NewCreateTable().Model((*author)(nil)).Exec(ctx)
	must(t, err)
	_, err = db.NewCreateTable().Model((*book)(nil)).IfNotExists().WithForeignKeys().Exec(ctx)
	must(t, err)
	_, err = db.NewInsert().Model(&author{ID: 1, Name: "Ö'Brien"}).Exec(ctx)
	must(t, err)
	all := books()
	all[1].Grade = "" // the default of the column
	result, err := db.NewInsert().Model(&all).Exec(ctx)
	must(t, err)
	n, err := result.RowsAffected()
	check(t, "insert of a slice", err, int64(3), n)
	return db
}

func TestBunReads(t *testing.T) {
	everywhere(t, func(t *testing.T, plain *sql.DB) {
		db := openBun(t, plain)
		ctx := t.Context()
		all := books()
		one := func(what string, where string, args ...any) func(want book) {
			return func(want book) {
				t.Helper()
				var got book
				err := db.NewSelect().Model(&got).Where(where, args...).Scan(ctx)
				check(t, what, err, want, got)
			}
		}
		one("by id", "id = ?", int64(beyond))(all[0])
		one("by text", "title = ?", nasty)(all[0])
		one("by decimal", "price < ?", decimal("-12.49"))(all[0])
		one("by date", "published = ?", day(1999, 12, 31))(all[0])
		one("by time", "seen = ?", moment)(all[0])
		one("NULL", "title IS NULL")(all[1])
		one("with the alias", "book.grade = ?", "B")(all[2])
		if err := db.NewSelect().Model(&book{}).Where("id = ?", 1).Scan(ctx); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("select without a row: %v", err)
		}

		var many []book
		err := db.NewSelect().Model(&many).Order("ID DESC").Limit(2).Offset(1).Scan(ctx)
		check(t, "Order, Limit, Offset", err, []book{all[2], all[1]}, many)
		many = nil
		err = db.NewSelect().Model(&many).Where("id IN (?)", bun.List([]int64{5, -1})).OrderExpr("id").Scan(ctx)
		check(t, "In", err, []book{all[1], all[2]}, many)
		n, err := db.NewSelect().Model((*book)(nil)).Where("price >= 0").Count(ctx)
		check(t, "Count", err, int64(2), n)
		var ids []int64
		var prices []string
		err = db.NewSelect().Model((*book)(nil)).Column("id", "price").OrderExpr("id").Scan(ctx, &ids, &prices)
		check(t, "Column", err, []int64{-1, 5, beyond}, ids)
		check(t, "Column", nil, []string{"0.00", "9999999999.99", "-12.50"}, prices)
		var row map[string]any
		err = db.NewSelect().Model((*book)(nil)).Column("price", "seen", "weight").Where("id = ?", int64(beyond)).Scan(ctx, &row)
		check(t, "map", err, map[string]any{"PRICE": "-12.50", "SEEN": moment, "WEIGHT": 0.1}, row)
		var grade string
		var total exawire.Decimal
		err = db.NewRaw("SELECT grade, SUM(price) FROM books WHERE grade > ? GROUP BY grade ORDER BY grade LIMIT 1", "A'").Scan(ctx, &grade, &total)
		check(t, "Raw", err, []any{"B", decimal("9999999999.99")}, []any{grade, total})

		var a author
		err = db.NewSelect().Model(&a).Relation("Books", func(q *bun.SelectQuery) *bun.SelectQuery { return q.OrderExpr("id") }).Where("id = ?", 1).Scan(ctx)
		check(t, "has-many", err, author{ID: 1, Name: "Ö'Brien", Books: []*book{&all[2], &all[0]}}, a)
		var b book
		err = db.NewSelect().Model(&b).Relation("Author").Where("book.id = ?", 5).Scan(ctx)
		want := all[2]
		want.Author = &author{ID: 1, Name: "Ö'Brien"}
		check(t, "belongs-to", err, want, b)
	})
}

func TestBunWrites(t *testing.T) {
	everywhere(t, func(t *testing.T, plain *sql.DB) {
		db := openBun(t, plain)
		ctx := t.Context()
		affected := func(what string, want int64) func(sql.Result, error) {
			return func(result sql.Result, err error) {
				t.Helper()
				must(t, err)
				n, err := result.RowsAffected()
				check(t, what, err, want, n)
			}
		}
		reload := func(id int64) book {
			t.Helper()
			b := book{ID: id}
			must(t, db.NewSelect().Model(&b).WherePK().Scan(ctx))
			return b
		}
		want := books()[2]
		want.Title, want.Price, want.Seen, want.Active = nil, decimal("0.01"), moment, true
		want.Published = sql.Null[time.Time]{V: day(2024, 2, 29), Valid: true}
		affected("update", 1)(db.NewUpdate().Model(&want).WherePK().Exec(ctx))
		check(t, "after the update", nil, want, reload(5))
		affected("update of one column", 2)(db.NewUpdate().Model((*book)(nil)).Set("title = ?", nasty).Where("author_id IS NULL OR id = ?", 5).Exec(ctx))
		check(t, "after the update of one column", nil, []*string{ptr(nasty), ptr(nasty)}, []*string{reload(5).Title, reload(-1).Title})
		affected("delete", 1)(db.NewDelete().Model(&book{ID: -1}).WherePK().Exec(ctx))
		affected("delete of nothing", 0)(db.NewDelete().Model((*book)(nil)).Where("title = ?", "'").Exec(ctx))
		n, err := db.NewSelect().Model((*book)(nil)).Count(ctx)
		check(t, "rows that are left", err, int64(2), n)
		var exaErr *exawire.Error
		if _, err := db.NewInsert().Model(&want).Exec(ctx); !errors.As(err, &exaErr) {
			t.Errorf("a key that exists: %v", err)
		}
		_, err = db.NewTruncateTable().Model((*book)(nil)).Exec(ctx)
		must(t, err)
		_, err = db.NewDropTable().Model((*book)(nil)).Exec(ctx)
		must(t, err)
		check(t, "table", nil, false, exists(t, plain, "BOOKS"))
	})
}

func TestBunTransactions(t *testing.T) {
	everywhere(t, func(t *testing.T, plain *sql.DB) {
		db := openBun(t, plain)
		ctx := t.Context()
		count := func(db bun.IDB) int64 {
			t.Helper()
			n, err := db.NewSelect().Model((*book)(nil)).Count(ctx)
			must(t, err)
			return n
		}
		remove := func(end error) error {
			return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewDelete().Model((*book)(nil)).Where("id > 0").Exec(ctx)
				must(t, err)
				check(t, "rows in the transaction", nil, int64(1), count(tx))
				return end
			})
		}
		errStop := errors.New("stop")
		if err := remove(errStop); !errors.Is(err, errStop) {
			t.Errorf("the transaction gave %v", err)
		}
		check(t, "rows after the rollback", nil, int64(3), count(db))
		must(t, remove(nil))
		check(t, "rows after the commit", nil, int64(1), count(db))

		// A transaction inside of another would be a savepoint.
		err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewDelete().Model((*book)(nil)).Where("1 = 1").Exec(ctx)
			must(t, err)
			return tx.RunInTx(ctx, nil, func(context.Context, bun.Tx) error { t.Error("it began"); return nil })
		})
		var exaErr *exawire.Error
		if !errors.As(err, &exaErr) {
			t.Errorf("a transaction inside of another: %v", err)
		}
		check(t, "rows after that", nil, int64(1), count(db))
	})
}

// event is numbered by the database.
type event struct {
	ID    int64     `bun:",pk,autoincrement"`
	Text  string    `bun:"type:VARCHAR(50),nullzero,notnull,default:'it''s ?'"`
	Count uint8     `bun:",notnull,default:7"`
	At    time.Time `bun:"type:TIMESTAMP,notnull"`
}

func TestBunDefaults(t *testing.T) {
	everywhere(t, func(t *testing.T, plain *sql.DB) {
		db := openBun(t, plain)
		ctx := t.Context()
		_, err := db.NewCreateTable().Model((*event)(nil)).Exec(ctx)
		must(t, err)
		here := time.FixedZone("", 3600)
		_, err = db.NewInsert().Model(&[]event{{At: moment}, {Text: "b", Count: 255, At: moment.In(here)}, {ID: 40, Text: "c", At: moment.Add(-999e6)}}).Exec(ctx)
		must(t, err)
		var all []event
		must(t, db.NewSelect().Model(&all).OrderExpr("text DESC").Scan(ctx))
		check(t, "rows", nil, 3, len(all))
		for i, want := range []event{
			{Text: "it's ?", At: moment},
			{ID: 40, Text: "c", At: moment.Add(-999e6)},
			{Text: "b", Count: 255, At: moment.Add(time.Hour)}, // a TIMESTAMP has no zone: the wall clock counts
		} {
			if want.ID == 0 {
				if all[i].ID == 0 {
					t.Error("there is no number")
				}
				want.ID = all[i].ID
			}
			check(t, "row", nil, want, all[i])
		}
		if _, err := db.NewInsert().Model(&book{ID: 9, AuthorID: ptr(int64(404))}).Exec(ctx); err == nil {
			t.Error("an author that is not there is no error")
		}
		for text, want := range map[string]bool{"c": true, "nobody": false} {
			found, err := db.NewSelect().Model((*event)(nil)).Where("text = ?", text).Exists(ctx)
			check(t, "Exists of "+text, err, want, found)
		}
	})
}
