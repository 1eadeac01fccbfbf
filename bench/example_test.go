package bench_test

import (
	"context"
	"fmt"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bench"
	"github.com/exawire/exawire/internal/benchdata"
)

func ExampleStart() {
	server, err := bench.Start(benchdata.All()[0], bench.Options{Rows: 5000})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	ctx := context.Background()
	sess, err := exawire.Connect(ctx, server.DSN())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sess.Close(ctx)
	rows, err := sess.Query(ctx, "SELECT *")
	if err != nil {
		fmt.Println(err)
		return
	}
	n := 0
	for batch, err := range rows.Batches() {
		if err != nil {
			fmt.Println(err)
			return
		}
		n += batch.Len()
	}
	fmt.Println(n, "rows")
	// Output: 5000 rows
}
