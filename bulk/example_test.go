package bulk_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

// exampleSession returns a session of a server whose table has two rows.
func exampleSession() (*exatest.Server, *exawire.Session) {
	srv, err := exatest.Start()
	if err != nil {
		panic(err)
	}
	srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(file string, content io.Reader) (int64, error) {
		text, err := io.ReadAll(content)
		return int64(strings.Count(string(text), "\n")), err
	}))
	srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		_, err := io.WriteString(content, "1,bolt\n2,nut\n")
		return 2, err
	}))
	sess, err := exawire.Connect(context.Background(), srv.DSN())
	if err != nil {
		panic(err)
	}
	return srv, sess
}

// What a reader gives becomes rows of a table.
func ExampleImport() {
	srv, sess := exampleSession()
	defer srv.Close()
	ctx := context.Background()
	defer sess.Close(ctx)

	data := strings.NewReader("1,bolt\n2,nut\n3,washer\n")
	result, err := bulk.Import(ctx, sess, "SALES.PARTS", bulk.FromReader(data))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Rows, "rows")
	// Output:
	// 3 rows
}

// Files of another program, all or none of them.
func ExampleImport_files() {
	srv, sess := exampleSession()
	defer srv.Close()
	ctx := context.Background()
	defer sess.Close(ctx)
	dir, remove := exampleFiles("may.csv", "june.csv")
	defer remove()

	result, err := bulk.Import(ctx, sess, "SALES.PARTS", bulk.FromFiles(filepath.Join(dir, "*.csv")),
		bulk.Format(bulk.CSV{
			ColumnSeparator: ";",
			RowSeparator:    bulk.CRLF,
			Header:          true,
			Fields:          []bulk.Field{{From: 1, To: 2}, {From: 4, Format: "DD.MM.YYYY"}},
		}),
		bulk.Columns("ID", "NAME", "SOLD"),
		bulk.Compress(),
		bulk.Parallel(4),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range result.Files {
		fmt.Println(filepath.Base(f.Name), f.Done)
	}
	// Output:
	// june.csv true
	// may.csv true
}

func exampleFiles(names ...string) (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "bulk")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("ID;NAME;PRICE;SOLD\r\n1;bolt;3;01.05.2026\r\n"), 0o600); err != nil {
			panic(err)
		}
	}
	return dir, func() { _ = os.RemoveAll(dir) }
}

// The rows of a query go to a writer.
func ExampleExport() {
	srv, sess := exampleSession()
	defer srv.Close()
	ctx := context.Background()
	defer sess.Close(ctx)

	result, err := bulk.Export(ctx, sess, "SELECT id, name FROM sales.parts ORDER BY id", bulk.ToWriter(os.Stdout))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Rows, "rows")
	// Output:
	// 1,bolt
	// 2,nut
	// 2 rows
}

// Statements as other programs of Exasol know them.
func ExampleExec() {
	srv, sess := exampleSession()
	defer srv.Close()
	ctx := context.Background()
	defer sess.Close(ctx)
	dir, remove := exampleFiles()
	defer remove()

	path := filepath.Join(dir, "parts.csv")
	result, err := bulk.Exec(ctx, sess, "EXPORT sales.parts INTO LOCAL CSV FILE '"+path+"' REPLACE")
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := os.ReadFile(path)
	fmt.Printf("%d rows: %q %v\n", result.Rows, text, err)
	// Output:
	// 2 rows: "1,bolt\n2,nut\n" <nil>
}
