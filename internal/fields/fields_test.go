package fields_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/fields"
)

type (
	base struct {
		ID      int64
		Created time.Time `exa:"CREATED_AT"`
	}
	order struct {
		base
		Name    *string `exa:"name"`
		Skipped func()  `exa:"-"`
		private int
	}
	tags struct {
		Upper int `exa:"A"`
		Lower int `exa:"a"`
	}
	labelled struct {
		base `exa:"B"`
	}
	pointing struct {
		*base
		A int
	}
	twice struct {
		A int
		B int `exa:"A"`
	}
	folded struct {
		X int `exa:"aB"`
		Y int `exa:"Ab"`
	}
	product struct {
		ProductID int64
		UnitPrice float64
	}
	rivals struct {
		ProductID int
		Productid int
	}
	tagAndName struct {
		ProductID int
		Key       int `exa:"product_id"` // underscores of a tag count
	}
	clock struct {
		time.Time
	}
	event struct {
		ID int64
		time.Time
	}
	note struct {
		sql.NullString
		*time.Time
		N int
	}
	timed struct {
		event
		Name string
	}
	renamed struct {
		time.Time `exa:"AT"`
		Name      string
	}
	nullClock struct {
		time.Time
		Valid bool
	}
	ownMethods struct {
		time.Time
		Zone string
	}
	wrapper struct {
		sql.NullString
		seen bool
	}
)

func (*ownMethods) Scan(any) error { return nil }

func TestMap(t *testing.T) {
	_ = wrapper{seen: true}
	_ = order{private: 0} // read by reflection only
	strict, lax, position := fields.Mapping{}, fields.Mapping{Lax: true}, fields.Mapping{ByPosition: true}
	tests := []struct {
		typ     reflect.Type
		columns string
		mapping fields.Mapping
		want    string // column:index, or part of the error
	}{
		{reflect.TypeFor[order](), "NAME id Created_At", strict, "0:[1] 1:[0 0] 2:[0 1]"},
		{reflect.TypeFor[order](), "X Y Z", position, "0:[0 0] 1:[0 1] 2:[1]"},
		{reflect.TypeFor[order](), "X Y", fields.Mapping{ByPosition: true, Lax: true}, "0:[0 0] 1:[0 1]"},
		{reflect.TypeFor[order](), "X Y", position, "3 fields for 2 columns"},
		{reflect.TypeFor[order](), "ID NAME", strict, `field base.Created: no column "CREATED_AT"; the columns are "ID" and "NAME"; a tag ` + "`exa:\"NAME\"`" + ` says which of them a field has`},
		{reflect.TypeFor[order](), "ID NAME CREATED_AT Z", strict, `no field for "Z"; the tag ` + "`exa:\"Z\"`" + ` binds a field to a column`},
		{reflect.TypeFor[order](), "Z NAME", lax, "1:[1]"},
		{reflect.TypeFor[tags](), "a A", strict, "0:[1] 1:[0]"},
		{reflect.TypeFor[tags](), "A", lax, "0:[0]"},
		{reflect.TypeFor[order](), "name NAME", lax, "0:[1]"},
		{reflect.TypeFor[order](), "ID id", lax, "0:[0 0]"},
		{reflect.TypeFor[order](), "Id id", lax, `field base.ID: columns 1 "Id" and 2 "id" both match`},
		{reflect.TypeFor[pointing](), "A", strict, "field base: embedded pointers are not supported"},
		{reflect.TypeFor[twice](), "A", strict, `fields A and B have the same name "A"`},
		{reflect.TypeFor[folded](), "AB", strict, `belongs to the fields X and Y`},
		{reflect.TypeFor[labelled](), "B", strict, "field base has a tag but is not exported"},
		{reflect.TypeFor[clock](), "TIME", strict, "0:[0]"},
		{reflect.TypeFor[event](), "TIME ID", strict, "0:[1] 1:[0]"},
		{reflect.TypeFor[note](), "N TIME NULLSTRING", strict, "0:[2] 1:[1] 2:[0]"},
		{reflect.TypeFor[timed](), "NAME TIME ID", strict, "0:[1] 1:[0 1] 2:[0 0]"},
		{reflect.TypeFor[renamed](), "NAME AT", strict, "0:[1] 1:[0]"},
		{reflect.TypeFor[product](), "PRODUCT_ID UNIT_PRICE", strict, "0:[0] 1:[1]"},
		{reflect.TypeFor[product](), "unitprice _PRODUCTID_", strict, "0:[1] 1:[0]"},
		{reflect.TypeFor[product](), "ProductID PRODUCT_ID UNIT_PRICE", lax, "0:[0] 2:[1]"},
		{reflect.TypeFor[product](), "PRODUCTID PRODUCT_ID UNIT_PRICE", lax, `field ProductID: columns 1 "PRODUCTID" and 2 "PRODUCT_ID" both match`},
		{reflect.TypeFor[product](), "PRODUCT_ID", strict, `field UnitPrice: no column "UnitPrice"; the columns are "PRODUCT_ID"`},
		{reflect.TypeFor[product](), "X PRODUCT_ID Y UNIT_PRICE Z", strict, `no field for "X", "Y" and "Z"; the tag ` + "`exa:\"X\"`" + ` binds a field to a column`},
		{reflect.TypeFor[product](), "", strict, "the statement gives no rows"},
		{reflect.TypeFor[product](), "A B C D E F G H I J K L M N", strict, `the columns are "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L" and 2 more;`},
		{reflect.TypeFor[product](), strings.Repeat("X", 100) + " " + strings.Repeat("Y", 100) + " " + strings.Repeat("Z", 100) + " A B", strict, `Y" and 3 more;`},
		{reflect.TypeFor[product](), "PRODUCT_ID UNIT_PRICE UPPER('s3cret')", strict, `no field for "UPPER(..."; give columns names with AS`},
		{reflect.TypeFor[product](), "A||'s3cret' B", strict, `no column "ProductID"; the columns are "A||..." and "B"; a tag`},
		{reflect.TypeFor[order](), "'s3cret' NAME ID ID", lax, `field base.ID: columns 3 "ID" and 4 "ID" both match`},
		{reflect.TypeFor[rivals](), "PRODUCT_ID", strict, `column 1 "PRODUCT_ID" belongs to the fields ProductID and Productid`},
		{reflect.TypeFor[rivals](), "PRODUCT_ID Productid", strict, "0:[0] 1:[1]"},
		{reflect.TypeFor[tagAndName](), "PRODUCT_ID", lax, "0:[1]"},
		{reflect.TypeFor[tagAndName](), "PRODUCT_ID PRODUCTID", strict, "0:[1] 1:[0]"},
		{reflect.TypeFor[tagAndName](), "PRODUCT_ID", strict, `field ProductID: no column "ProductID"`},
		{reflect.TypeFor[tagAndName](), "PRODUCTID PRODUCT__ID", lax, `field ProductID: columns 1 "PRODUCTID" and 2 "PRODUCT__ID" both match`},
		{reflect.TypeFor[struct{ a int }](), "A", strict, "no exported fields"},
	}
	for _, tt := range tests {
		targets, err := fields.Map(tt.typ, strings.Fields(tt.columns), tt.mapping)
		var got []string
		for _, to := range targets {
			got = append(got, fmt.Sprintf("%d:%v", to.Column, to.Index))
		}
		text := strings.Join(got, " ")
		if err != nil {
			text = err.Error()
		}
		if !strings.Contains(text, tt.want) || err == nil && text != tt.want {
			t.Errorf("%v and %s with %+v: got %s, want %s", tt.typ, tt.columns, tt.mapping, text, tt.want)
		}
	}
}

func TestInOrder(t *testing.T) {
	got, err := fields.InOrder(reflect.TypeFor[order]())
	want := []fields.Target{{Column: 0, Index: []int{0, 0}}, {Column: 1, Index: []int{0, 1}}, {Column: 2, Index: []int{1}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := fields.InOrder(reflect.TypeFor[twice]()); err == nil {
		t.Error("two fields of one name are no error")
	}
}

func TestIsScalar(t *testing.T) {
	type (
		myInt  int
		myTime time.Time
	)
	for typ, want := range map[reflect.Type]bool{
		reflect.TypeFor[int](): true, reflect.TypeFor[*int](): true, reflect.TypeFor[**string](): true, reflect.TypeFor[myInt](): true,
		reflect.TypeFor[[]byte](): true, reflect.TypeFor[any](): true, reflect.TypeFor[time.Time](): true, reflect.TypeFor[myTime](): true,
		reflect.TypeFor[*big.Int](): true, reflect.TypeFor[sql.Null[int]](): true, reflect.TypeFor[sql.NullString](): true,
		reflect.TypeFor[clock]():     true, // it has the methods of what it embeds
		reflect.TypeFor[nullClock](): true, reflect.TypeFor[ownMethods](): true, reflect.TypeFor[wrapper](): true,
		reflect.TypeFor[event](): false, reflect.TypeFor[note](): false, reflect.TypeFor[timed](): false, reflect.TypeFor[renamed](): false,
		reflect.TypeFor[order](): false, reflect.TypeFor[*order](): false, reflect.TypeFor[[]int](): false, reflect.TypeFor[map[string]int](): false,
		reflect.TypeFor[error](): false, reflect.TypeFor[[]any](): false,
	} {
		if got := fields.IsScalar(typ); got != want {
			t.Errorf("%v: got %v, want %v", typ, got, want)
		}
	}
}

func TestCache(t *testing.T) {
	var c fields.Cache[int]
	key := func(i int) fields.Key { return fields.Key{Columns: fmt.Sprint(i)} }
	get := func(i, plan int, err error) (int, error) {
		return c.Get(key(i), func() (int, error) { return plan, err })
	}
	if _, err := get(1, 0, errors.ErrUnsupported); !errors.Is(err, errors.ErrUnsupported) || c.Len() != 0 {
		t.Errorf("a plan that failed: %v, %d are kept", err, c.Len())
	}
	for _, plan := range []int{5, 6} {
		if v, err := get(1, plan, nil); v != 5 || err != nil {
			t.Errorf("got %d, %v, want the first plan", v, err)
		}
	}
	for i := range 2500 {
		if v, err := get(i+10, i, nil); v != i || err != nil {
			t.Fatalf("plan %d: got %d, %v", i, v, err)
		}
		if c.Len() > 1000 {
			t.Fatalf("%d plans are kept", c.Len())
		}
	}
}
