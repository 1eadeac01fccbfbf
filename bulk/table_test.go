package bulk_test

import (
	"context"
	"database/sql"
	"encoding"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

type (
	level   int16
	secret  string
	marshal struct{ encoding.TextMarshaler }
	hidden  struct {
		ID     int64
		Opened time.Time `exa:"opened at"`
	}
	manyTypes struct {
		hidden
		ID            int64 // hides that of hidden
		Yes           bool
		I8            int8
		I16           level
		I32           int32
		U             uint
		U8            uint8
		U16           uint16
		U32           uint32
		HTTPServerURL string
		UserIDs       secret
		Ratio         float32
		Wait          time.Duration
		Age           exawire.YearMonth
		Rest          exawire.DaySecond
		Key           [16]byte
		Doc           exawire.JSON[map[string]any]
		MaybeInt      *int
		MaybeTime     **time.Time
		NullText      sql.Null[string]
		OldNull       sql.NullInt64
		Price         exawire.Decimal  `exatype:"DECIMAL(12,2)"`
		MaybePrice    *exawire.Decimal `exatype:"DECIMAL(12,2)"`
		Blob          []byte           `exatype:"HASHTYPE(20 BYTE)"`
		Day           time.Time        `exa:"Day" exatype:"DATE"`
		Method        marshal          `exatype:"VARCHAR(20)"`
		Count         int              `exatype:"DECIMAL(9,0) DEFAULT 0 NOT NULL"`
		Left          int              `exa:"-"`
		unexported    int
	}
)

func TestTableFor(t *testing.T) {
	_ = manyTypes{}.unexported
	def, err := bulk.TableFor[manyTypes](`sales."Every thing"`, bulk.OrReplace())
	if err != nil {
		t.Fatal(err)
	}
	want := `CREATE OR REPLACE TABLE sales."Every thing" (
  "opened at" TIMESTAMP(9) NOT NULL,
  "ID" DECIMAL(19,0) NOT NULL,
  "YES" BOOLEAN NOT NULL,
  "I8" DECIMAL(3,0) NOT NULL,
  "I16" DECIMAL(5,0) NOT NULL,
  "I32" DECIMAL(10,0) NOT NULL,
  "U" DECIMAL(20,0) NOT NULL,
  "U8" DECIMAL(3,0) NOT NULL,
  "U16" DECIMAL(5,0) NOT NULL,
  "U32" DECIMAL(10,0) NOT NULL,
  "HTTP_SERVER_URL" VARCHAR(2000000) UTF8,
  "USER_IDS" VARCHAR(2000000) UTF8,
  "RATIO" DOUBLE PRECISION NOT NULL,
  "WAIT" INTERVAL DAY(9) TO SECOND(9) NOT NULL,
  "AGE" INTERVAL YEAR(9) TO MONTH NOT NULL,
  "REST" INTERVAL DAY(9) TO SECOND(9) NOT NULL,
  "KEY" HASHTYPE(16 BYTE) NOT NULL,
  "DOC" VARCHAR(2000000) UTF8,
  "MAYBE_INT" DECIMAL(19,0),
  "MAYBE_TIME" TIMESTAMP(9),
  "NULL_TEXT" VARCHAR(2000000) UTF8,
  "OLD_NULL" DECIMAL(19,0),
  "PRICE" DECIMAL(12,2) NOT NULL,
  "MAYBE_PRICE" DECIMAL(12,2),
  "BLOB" HASHTYPE(20 BYTE),
  "Day" DATE NOT NULL,
  "METHOD" VARCHAR(20),
  "COUNT" DECIMAL(9,0) DEFAULT 0 NOT NULL
)`
	if diff := cmp.Diff(want, def.SQL()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if def.String() != def.SQL() {
		t.Errorf("String gives %s", def)
	}
}

func TestTableForOptions(t *testing.T) {
	type row struct {
		ID    int64
		Price exawire.Decimal
	}
	def, err := bulk.TableFor[row]("t", bulk.ColumnNames("k", "K2"), bulk.ColumnTypes(map[string]string{"K": "DECIMAL(18,0)", "k2": "DECIMAL(18,4)"}), bulk.IfNotExists())
	want := "CREATE TABLE IF NOT EXISTS t (\n  \"k\" DECIMAL(18,0) NOT NULL,\n  \"K2\" DECIMAL(18,4) NOT NULL\n)"
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, def.SQL()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTableForErrors(t *testing.T) {
	type id struct{ ID int64 }
	type twoCases struct {
		A int `exa:"a"`
		B int `exa:"A"`
	}
	type sameName struct {
		ProductID  int
		Product_ID int //nolint:revive // as in code that somebody else has generated
	}
	types := func(name, typ string) bulk.TableOption {
		return bulk.ColumnTypes(map[string]string{name: typ})
	}
	tests := []struct {
		err  error
		want string
	}{
		{tableError[int]("t"), "columns need names"},
		{tableError[time.Time]("t"), "columns need names"},
		{tableError[*id]("t"), "columns need names"},
		{tableError[struct{ a int }]("t"), "no exported fields"},
		{tableError[id]("t; DROP TABLE x"), "is not a name as in SQL"},
		{tableError[struct{ Price *exawire.Decimal }]("t"), "field Price: no SQL type follows from *exawire.Decimal: state one by a tag such as `exatype:\"DECIMAL(18,2)\"`"},
		{tableError[struct{ N big.Int }]("t"), "no SQL type follows"},
		{tableError[struct{ B []byte }]("t"), `exatype:"VARCHAR(1000)"`},
		{tableError[struct{ V any }]("t"), "no SQL type follows"},
		{tableError[struct{ M marshal }]("t"), "no SQL type follows"},
		{tableError[struct{ C []int }]("t"), "no SQL type follows"},
		{tableError[struct{ C chan int }]("t"), "no SQL type follows"},
		{tableError[struct{ C [1025]byte }]("t"), `exatype:"HASHTYPE(16 BYTE)"`},
		{tableError[sameName]("t"), `columns 1 and 2 have the same name "PRODUCT_ID"`},
		{tableError[id]("t", bulk.ColumnNames("A", "B")), "ColumnNames has 2 names for 1 column"},
		{tableError[id]("t", bulk.ColumnNames("")), "column 1: it has no name"},
		{tableError[id]("t", bulk.ColumnNames("a\x00b")), "is not UTF-8 text"},
		{tableError[id]("t", bulk.ColumnNames(strings.Repeat("ä", 129))), "129 characters; at most 128"},
		{tableError[id]("t", types("X", "DATE")), `there is no column "X"; the columns are "ID"`},
		{tableError[twoCases]("t", bulk.ColumnNames("aB", "Ab"), types("AB", "DATE")), `could be column "aB" or "Ab"`},
		{tableError[id]("t", bulk.ColumnTypes(map[string]string{"id": "DATE", "ID": "DATE"})), "states two types"},
		{tableError[id]("t", types("ID", "DATE, X INT")), "more than the type of one column"},
		{tableError[id]("t", types("ID", "DATE); DROP TABLE x")), "more than the type of one column"},
		{tableError[id]("t", types("ID", "DATE -- x")), "not a type as in SQL"},
		{tableError[id]("t", types("ID", "DECIMAL(18,2")), "not a type as in SQL"},
		{tableError[id]("t", types("ID", " DATE")), "not a type as in SQL"},
		{tableError[id]("t", bulk.IfNotExists(), bulk.OrReplace()), "exclude each other"},
	}
	for _, tt := range tests {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) || !strings.HasPrefix(tt.err.Error(), "bulk: table for ") {
			t.Errorf("got %v, want %s", tt.err, tt.want)
		}
	}
}

func tableError[T any](table string, opts ...bulk.TableOption) error {
	_, err := bulk.TableFor[T](table, opts...)
	return err
}

func TestCreate(t *testing.T) {
	type event struct{ At time.Time }
	for release, want := range map[string]string{
		"7.1.30": "create table t: column \"AT\" is a TIMESTAMP(9), and release 7.1.30 of the database knows TIMESTAMP only",
		"8.29.0": "knows TIMESTAMP only, with milliseconds: state that type by ColumnTypes or the tag exatype",
		"8.32.0": "", "2025.1.0": "",
	} {
		srv := exatest.NewServer(t, exatest.WithRelease(release))
		srv.HandleSQL("CREATE TABLE t (\n  \"AT\" TIMESTAMP(9) NOT NULL\n)", exatest.RowCount(0))
		srv.HandleSQL("CREATE TABLE t (\n  \"AT\" TIMESTAMP\n)", exatest.Exception("42500", "object T already exists"))
		sess, err := exawire.Connect(t.Context(), srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		def, err := bulk.TableFor[event]("t")
		if err != nil {
			t.Fatal(err)
		}
		err = def.Create(t.Context(), sess)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", release, err, want)
		}
		def.Columns[0] = bulk.ColumnDef{Name: "AT", Type: "TIMESTAMP"}
		if err := def.Create(t.Context(), sess); err == nil || !strings.Contains(err.Error(), "already exists") {
			t.Errorf("%s: a table that is there: %v", release, err)
		}
		def.Columns[0].Type = "TIMESTAMP) x ("
		if err := def.Create(t.Context(), sess); err == nil || !strings.Contains(err.Error(), "more than the type") {
			t.Errorf("%s: a broken definition: %v", release, err)
		}
		if err := sess.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
