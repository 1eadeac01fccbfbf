package bench

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/resultset"
)

// Order is a row of the shape mixed10 as a struct.
type Order struct {
	ID      int64             `exa:"ID"`
	Qty     *int32            `exa:"QTY"`
	Price   resultset.Decimal `exa:"PRICE"`
	Score   *float64          `exa:"SCORE"`
	Created time.Time         `exa:"CREATED"`
	Day     *time.Time        `exa:"DAY"`
	Name    string            `exa:"NAME"`
	Status  string            `exa:"STATUS"`
	Active  *bool             `exa:"ACTIVE"`
	Comment *string           `exa:"COMMENT"`
}

// Orders returns a sequence of this many orders. Making one costs little, so that writing it is what is measured; all of
// them share the texts.
func Orders(n int) iter.Seq[Order] {
	return func(yield func(Order) bool) {
		r := rand.New(rand.NewPCG(1, 2))
		names := []string{"Ann Perkins", "Bj\u00f6rn Borg", "Charles de Gaulle", "Dora", "Eve \"Evil\" Moss"}
		states := []string{"new", "paid", "shipped", "returned", "cancelled"}
		comment := "left at the door, as agreed; the neighbour has a key"
		var qty int32
		var score float64
		var active bool
		start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range n {
			o := Order{
				ID: 100_000_000_000 + int64(i), Price: price(r), Created: start.Add(time.Duration(r.Int64N(1e8))*time.Second + time.Duration(r.IntN(1e6))*time.Microsecond),
				Name: names[r.IntN(len(names))], Status: states[r.IntN(len(states))],
			}
			// Pointers must stay as they are until the rows are encoded, so that there is one for all.
			if r.IntN(50) > 0 {
				o.Qty = &qty
			}
			if r.IntN(20) > 0 {
				o.Score = &score
			}
			if r.IntN(50) > 0 {
				o.Day = &start
			}
			if r.IntN(100) > 0 {
				o.Active = &active
			}
			if r.IntN(10) > 0 {
				o.Comment = &comment
			}
			if !yield(o) {
				return
			}
		}
	}
}

func price(r *rand.Rand) resultset.Decimal {
	d, err := exawire.NewDecimal(r.Int64N(1_000_000), 2)
	if err != nil {
		panic(err)
	}
	return d
}

// ExportedOrders returns a file of orders as CSV, for [Options]: of up to 100,000 rows, or of a multiple of that.
func ExportedOrders(rows int) Exported {
	once := min(rows, 100_000)
	f := Exported{Rows: int64(once), Times: rows / once}
	for o := range Orders(once) {
		f.Text = fmt.Appendf(f.Text, "%d,", o.ID)
		if o.Qty != nil {
			f.Text = fmt.Append(f.Text, *o.Qty)
		}
		f.Text = fmt.Appendf(f.Text, ",%s,", o.Price)
		if o.Score != nil {
			f.Text = fmt.Append(f.Text, *o.Score)
		}
		// With nine digits, since the server does not say how many the column has.
		f.Text = o.Created.AppendFormat(f.Text, ",2006-01-02 15:04:05.000000000,")
		if o.Day != nil {
			f.Text = o.Day.AppendFormat(f.Text, time.DateOnly)
		}
		f.Text = fmt.Appendf(f.Text, ",\"%s\",%s,", strings.ReplaceAll(o.Name, `"`, `""`), o.Status)
		if o.Active != nil {
			f.Text = append(f.Text, '0')
		}
		f.Text = append(f.Text, ',')
		if o.Comment != nil {
			f.Text = fmt.Appendf(f.Text, "\"%s\"", *o.Comment)
		}
		f.Text = append(f.Text, '\n')
	}
	return f
}
