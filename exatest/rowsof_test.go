package exatest_test

import (
	"database/sql"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/google/go-cmp/cmp"
)

type address struct {
	City string `exa:"City" exatype:"CHAR(5)"`
	ID   int64  // hidden by that of person
}

type person struct {
	ID      int64
	Name    *string `exa:"FULL_NAME"`
	Paid    string  `exatype:"DECIMAL(12,2)"`
	Secret  string  `exa:"-"`
	private int
	address
	Born   time.Time `exatype:"DATE"`
	Seen   sql.Null[time.Time]
	Took   time.Duration
	Active bool
	Rate   float32
	Big    *big.Int
	Small  uint8
	Key    []byte `exatype:"HASHTYPE(2 BYTE)"`
}

var people = []person{
	{
		ID: 1, Name: new("ann"), Paid: "12.50", private: 1, address: address{City: "Bonn", ID: 7},
		Born: time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC), Seen: sql.Null[time.Time]{V: time.Date(2024, 6, 18, 1, 2, 3, 5e8, time.UTC), Valid: true},
		Took: 90 * time.Minute, Active: true, Rate: 0.5, Big: new(big.Int).Exp(big.NewInt(10), big.NewInt(35), nil), Small: 255, Key: []byte("0aff"),
	},
	{ID: -2, Took: -time.Second},
}

func TestRowsOf(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("VALUES", exatest.RowsOf(people))
	srv.HandleSQL("POINTERS", exatest.RowsOf([]*person{&people[0], &people[1]}))
	srv.HandleSQL("NONE", exatest.RowsOf([]person(nil)))
	c := testclient.Connect(t, srv)
	want := []string{
		`ID DECIMAL(18,0): [1,-2]`, `FULL_NAME VARCHAR(2000000): ["ann",null]`, `PAID DECIMAL(12,2): ["12.5",null]`, `City CHAR(5): ["Bonn ",null]`,
		`BORN DATE: ["2001-02-03","0001-01-01"]`, `SEEN TIMESTAMP(9): ["2024-06-18 01:02:03.500000",null]`,
		`TOOK INTERVAL DAY(9) TO SECOND(9): ["+000000000 01:30:00.000000000","-000000000 00:00:01.000000000"]`, `ACTIVE BOOLEAN: [true,false]`,
		`RATE DOUBLE: [0.5,0.0]`, `BIG DECIMAL(36,0): ["100000000000000000000000000000000000",null]`, `SMALL DECIMAL(3,0): [255,0]`,
		`KEY HASHTYPE(4): ["0aff",null]`,
	}
	for _, statement := range []string{"VALUES", "POINTERS"} {
		if diff := cmp.Diff(want, columnTexts(c.Execute(statement).Set(0))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", statement, diff)
		}
	}
	if set := c.Execute("NONE").Set(0); fmt.Sprint(set["numColumns"], " ", set["numRows"]) != "12 0" {
		t.Errorf("without rows: %v", set)
	}
	c.Bye()
}

func TestRowsOfPanics(t *testing.T) {
	for name, tt := range map[string]struct {
		make func()
		want string
	}{
		"no struct": {func() { exatest.RowsOf([]int{1}) }, "not a struct"},
		"no fields": {func() { exatest.RowsOf([]struct{ a int }{}) }, "no exported fields"},
		"no type":   {func() { exatest.RowsOf([]struct{ A *big.Rat }{}) }, `field A: no SQL type follows from *big.Rat; add a tag such as exatype:"DECIMAL(18,2)"`},
		"any":       {func() { exatest.RowsOf([]struct{ A any }{}) }, "field A: no SQL type"},
		"bad type": {func() {
			exatest.RowsOf([]struct {
				A int `exatype:"DECIMAL("`
			}{})
		}, "field A: bad type"},
		"same name": {func() {
			exatest.RowsOf([]struct {
				A int
				B int `exa:"A"`
			}{})
		}, `both column "A"`},
		"too large": {func() { exatest.RowsOf([]struct{ A int64 }{{1}, {1e18}}) }, "row 1: 1000000000000000000 does not fit column A, a DECIMAL(18,0); the tag exatype"},
		"fraction": {func() {
			exatest.RowsOf([]struct {
				A string `exatype:"DECIMAL(9,1)"`
			}{{"0.25"}})
		}, "row 0: 0.25 does not fit column A, a DECIMAL(9,1)"},
		"no number": {func() {
			exatest.RowsOf([]struct {
				A string `exatype:"DECIMAL(9,1)"`
			}{{"x"}})
		}, "x does not fit"},
		"too long": {func() {
			exatest.RowsOf([]struct {
				A string `exatype:"VARCHAR(2)"`
			}{{"\u00e4\u00f6"}, {"abc"}})
		}, "row 1: abc does not fit"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.Contains(text, tt.want) {
					t.Errorf("panic %q, want %q", text, tt.want)
				}
			}()
			tt.make()
		})
	}
}

// columnTexts has one text for each column of a result set: its name, its type and its values.
func columnTexts(set map[string]any) []string {
	var texts []string
	for i, column := range set["columns"].([]any) {
		dt := dataType(set, i)
		text := fmt.Sprint(column.(map[string]any)["name"], " ", dt["type"])
		switch {
		case dt["scale"] != nil:
			text += fmt.Sprintf("(%v,%v)", dt["precision"], dt["scale"])
		case dt["fraction"] != nil:
			text = strings.Replace(text, "DAY", fmt.Sprintf("DAY(%v)", dt["precision"]), 1) + fmt.Sprintf("(%v)", dt["fraction"])
		case dt["size"] != nil || dt["precision"] != nil:
			text += "(" + strings.Fields(digitsOf(set, i))[1] + ")"
		}
		texts = append(texts, text+": "+testclient.Data(map[string]any{"data": set["data"].([]any)[i]}))
	}
	return texts
}
