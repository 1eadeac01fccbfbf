package bulk_test

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

type part struct {
	ID   int64
	Name string
}

// handleParts lets a server describe a table of parts.
func handleParts(srv *exatest.Server) {
	srv.HandleSQL("SELECT * FROM parts", exatest.Rows(exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(100) UTF8")))
}

// The structs of a sequence become rows of a table.
func ExampleImportRows() {
	srv, sess := exampleSession()
	defer srv.Close()
	ctx := context.Background()
	defer sess.Close(ctx)
	handleParts(srv)
	srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
		text, err := io.ReadAll(content)
		fmt.Printf("%s", text)
		return 2, err
	}))

	parts := []part{{1, "bolt"}, {2, `nut, 3/4"`}}
	result, err := bulk.ImportRows(ctx, sess, "parts", exawire.WithoutErrors(slices.Values(parts)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Rows, "rows")
	// Output:
	// 1,"bolt"
	// 2,"nut, 3/4"""
	// 2 rows
}

// The rows of a query come as structs.
func ExampleExportRows() {
	srv, sess := exampleSession()
	defer srv.Close()
	ctx := context.Background()
	defer sess.Close(ctx)
	handleParts(srv)

	for p, err := range bulk.ExportRows[part](ctx, sess, "SELECT * FROM parts") {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.ID, p.Name)
	}
	// Output:
	// 1 bolt
	// 2 nut
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
