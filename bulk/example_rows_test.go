package bulk_test

import (
	"context"
	"fmt"

	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

// handleParts lets a server describe a table of parts.
func handleParts(srv *exatest.Server) {
	srv.HandleSQL("SELECT * FROM parts", exatest.Rows(exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(100) UTF8")))
}

// The rows of a table are read column by column.
func ExampleQuery() {
	srv, sess := exampleSession()
	defer srv.Close()
	ctx := context.Background()
	defer sess.Close(ctx)
	handleParts(srv)

	rows, err := bulk.Query(ctx, sess, "parts")
	if err != nil {
		fmt.Println(err)
		return
	}
	for batch, err := range rows.Batches() {
		if err != nil {
			fmt.Println(err)
			return
		}
		ids, err := batch.Int64(0)
		fmt.Println(ids.Values, err)
	}
	fmt.Println(rows.NumRows(), "rows")
	// Output:
	// [1 2] <nil>
	// 2 rows
}
