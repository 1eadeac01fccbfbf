// Command columns reads a result in the form in which it travels: column by column. It adds up numbers, skips NULLs
// with their bitmap, counts texts without copying them, and never builds a row.
package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/examples/internal/demo"
)

const rowCount = 200_000

// A tenth of the amounts are NULL.
const fill = `INSERT INTO sales
	SELECT n, CASE MOD(n, 3) WHEN 0 THEN 'Berlin' WHEN 1 THEN 'Ghent' ELSE 'Turin' END,
	       CASE WHEN MOD(n, 10) = 0 THEN NULL ELSE n END, CAST(n AS DOUBLE) / 4
	FROM VALUES BETWEEN 1 AND 200000 AS v(n)`

func main() { demo.Main(run) }

func run(ctx context.Context, dsn string) (err error) {
	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer sess.Close(ctx)
	drop, err := demo.Schema(ctx, sess)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	if _, err := sess.Exec(ctx, "CREATE TABLE sales (id DECIMAL(18,0), city VARCHAR(40), amount DECIMAL(18,0), weight DOUBLE)"); err != nil {
		return err
	}
	if _, err := sess.Exec(ctx, fill); err != nil {
		return err
	}

	var t totals
	rows, err := sess.Query(ctx, "SELECT amount, weight, city FROM sales")
	if err != nil {
		return err
	}
	for batch, err := range rows.Batches() {
		if err != nil {
			return err
		}
		if err := t.add(batch); err != nil {
			return err
		}
	}
	t.print()
	return t.check(rows.NumRows())
}

// totals are what the program finds out about the table.
type totals struct {
	rows, amounts, nulls int64
	sum                  int64
	weight               float64
	cities               map[string]int
}

// add adds one batch to the totals. The columns are valid until the next batch comes.
func (t *totals) add(batch *exawire.Batch) error {
	amount, err := batch.Int64(0)
	if err != nil {
		return err
	}
	weight, err := batch.Float64(1)
	if err != nil {
		return err
	}
	city, err := batch.Text(2)
	if err != nil {
		return err
	}
	t.rows += int64(batch.Len())
	t.nulls += int64(amount.Nulls.Count())
	for i, v := range amount.Values {
		if !amount.IsNull(i) { // a sum could do without this check, since the value for NULL is 0
			t.amounts++
			t.sum += v
		}
	}
	for _, v := range weight.Values {
		t.weight += v
	}
	if t.cities == nil {
		t.cities = map[string]int{}
	}
	for i := range city.Len() {
		t.cities[string(city.Bytes(i))]++ // the map copies the bytes of a key only once
	}
	return nil
}

func (t *totals) print() {
	fmt.Printf("%d rows, %d amounts and %d NULLs\n", t.rows, t.amounts, t.nulls)
	fmt.Printf("sum of amounts %d, sum of weights %.2f\n", t.sum, t.weight)
	for _, city := range []string{"Berlin", "Ghent", "Turin"} {
		fmt.Printf("%-6s %d\n", city, t.cities[city])
	}
}

// check compares the totals with those of the rows that were written.
func (t *totals) check(announced int64) error {
	const all = rowCount * (rowCount + 1) / 2
	const multiplesOfTen = 10 * (rowCount / 10) * (rowCount/10 + 1) / 2
	switch {
	case t.rows != rowCount || announced != rowCount:
		return fmt.Errorf("read %d rows instead of %d; the server announced %d", t.rows, rowCount, announced)
	case t.nulls != rowCount/10 || t.amounts+t.nulls != rowCount:
		return fmt.Errorf("%d NULLs and %d amounts", t.nulls, t.amounts)
	case t.sum != all-multiplesOfTen || t.weight != all/4.0:
		return fmt.Errorf("sums are %d and %v", t.sum, t.weight)
	case t.cities["Berlin"] != rowCount/3 || len(t.cities) != 3:
		return fmt.Errorf("cities are %v", t.cities)
	}
	return nil
}
