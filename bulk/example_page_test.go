package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

// What docs/bulk.md shows.

// example runs f with a session of a server that says what it has got by IMPORT, and gives two rows to an EXPORT.
func example(f func(ctx context.Context, sess *exawire.Session) error) {
	srv, err := exatest.Start()
	if err != nil {
		fmt.Println("start:", err)
		return
	}
	defer srv.Close()
	srv.HandleSQL("CREATE TABLE ...", exatest.RowCount(0))
	srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(name string, content io.Reader) (int64, error) {
		text, err := io.ReadAll(content)
		if err == nil {
			fmt.Printf("the database got %s: %q\n", name, text)
		}
		return int64(strings.Count(string(text), "\n")), err
	}))
	srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		_, err := io.WriteString(content, "1,12.5\n2,7.25\n")
		return 2, err
	}))
	for _, query := range []string{"SELECT * FROM sales.orders", "SELECT id, amount FROM sales.orders"} {
		srv.HandleSQL(query, exatest.Rows(exatest.Columns("ID DECIMAL(18,0), AMOUNT DECIMAL(12,2)")))
	}
	ctx := context.Background()
	sess, err := exawire.Connect(ctx, srv.DSN())
	if err != nil {
		fmt.Println("connect:", err)
		return
	}
	defer sess.Close(ctx)
	if err := f(ctx, sess); err != nil {
		fmt.Println(err)
	}
}

// files makes files in a folder of their own, which is removed by the function that it returns.
func files(contents map[string]string) (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	for name, text := range contents {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			panic(err)
		}
	}
	return dir, func() { _ = os.RemoveAll(dir) }
}

func ExampleImport_format() {
	dir, remove := files(map[string]string{"orders.csv": "1;12.5\r\n2;7.25\r\n"})
	defer remove()
	example(func(ctx context.Context, sess *exawire.Session) error {
		n, err := load(ctx, sess, filepath.Join(dir, "*.csv"))
		fmt.Println(n, "rows")
		return err
	})
	// Output:
	// the database got 000.csv: "1;12.5\r\n2;7.25\r\n"
	// 2 rows
}

func load(ctx context.Context, sess *exawire.Session, pattern string) (int64, error) {
	result, err := bulk.Import(ctx, sess, "sales.orders", bulk.FromFiles(pattern),
		bulk.Format(bulk.CSV{ColumnSeparator: ";", RowSeparator: bulk.CRLF}))
	return result.Rows, err
}

func ExampleExport_files() {
	dir, remove := files(nil)
	defer remove()
	example(func(ctx context.Context, sess *exawire.Session) error {
		path := filepath.Join(dir, "orders.csv")
		if err := save(ctx, sess, path); err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Printf("%q\n", text)
		return err
	})
	// Output: "1,12.5\n2,7.25\n"
}

func save(ctx context.Context, sess *exawire.Session, path string) error {
	_, err := bulk.Export(ctx, sess, "SELECT id, amount FROM sales.orders ORDER BY id", bulk.ToFiles(path),
		bulk.Format(bulk.CSV{Header: true, Boolean: "true/false"}))
	return err
}

func ExampleToWriter() {
	example(func(ctx context.Context, sess *exawire.Session) error {
		w := httptest.NewRecorder()
		download(sess)(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/orders.csv.gz", http.NoBody))
		fmt.Println(w.Header().Get("Content-Type"), w.Code)
		fmt.Print(w.Body)
		return nil
	})
	// Output:
	// text/csv 200
	// 1,12.5
	// 2,7.25
}

func download(sess *exawire.Session) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		if _, err := bulk.Export(r.Context(), sess, "sales.orders", bulk.ToWriter(w)); err != nil {
			panic(http.ErrAbortHandler) // a part may have been sent: the other side must not take it for all
		}
	}
}

func ExampleFromReader() {
	upload := strings.NewReader("1,12.5\n2,7.25\n")
	example(func(ctx context.Context, sess *exawire.Session) error {
		return receive(ctx, sess, upload)
	})
	// Output:
	// the database got 000.csv: "1,12.5\n2,7.25\n"
	// 14 bytes
}

func receive(ctx context.Context, sess *exawire.Session, upload io.Reader) error {
	_, err := bulk.Import(ctx, sess, "sales.orders", bulk.FromReader(upload),
		bulk.Columns("ID", "AMOUNT"),
		bulk.Rejected(bulk.Reject{Limit: 100, Into: "sales.refused", Tag: "upload"}),
		bulk.OnProgress(func(p bulk.Progress) {
			if p.Done {
				fmt.Println(p.Bytes, "bytes")
			}
		}))
	return err
}

func ExampleTableFromFile() {
	dir, remove := files(map[string]string{"orders.csv": "order_id,Ordered on,amount\n1,2024-06-18,12.50\n2,2024-06-19,7.25\n"})
	defer remove()
	example(func(ctx context.Context, sess *exawire.Session) error {
		return loadInto(ctx, sess, filepath.Join(dir, "orders.csv"))
	})
	// Output:
	// CREATE TABLE orders (
	//   "ORDER_ID" DECIMAL(18,0),
	//   "Ordered on" DATE,
	//   "AMOUNT" DECIMAL(18,2)
	// )
	// the database got 000.csv: "order_id,Ordered on,amount\n1,2024-06-18,12.50\n2,2024-06-19,7.25\n"
}

func loadInto(ctx context.Context, sess *exawire.Session, path string) error {
	table, err := bulk.TableFromFile("orders", path, bulk.CSV{Header: true})
	if err != nil {
		return err
	}
	fmt.Println(table)
	if err := table.Create(ctx, sess); err != nil {
		return err
	}
	_, err = bulk.Import(ctx, sess, "orders", bulk.FromFiles(path), bulk.Format(table.CSV))
	return err
}

func ExampleTableFromCSV() {
	table, again, err := bulk.TableFromCSV("codes", strings.NewReader("code,valid\n007,true\n"), bulk.CSV{Header: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := io.ReadAll(again)
	fmt.Printf("%s\n%q %v\n", table, text, err)
	// Output:
	// CREATE TABLE codes (
	//   "CODE" VARCHAR(100) UTF8,
	//   "VALID" BOOLEAN
	// )
	// "code,valid\n007,true\n" <nil>
}

func ExampleTableFor() {
	type Order struct {
		ID      int64
		Amount  exawire.Decimal `exatype:"DECIMAL(12,2)"`
		Ordered time.Time
		Shipped *time.Time `exatype:"DATE"`
		Note    string     `exa:"COMMENT"`
	}
	table, err := bulk.TableFor[Order]("sales.orders", bulk.IfNotExists())
	fmt.Println(table, err)
	// Output:
	// CREATE TABLE IF NOT EXISTS sales.orders (
	//   "ID" DECIMAL(19,0) NOT NULL,
	//   "AMOUNT" DECIMAL(12,2) NOT NULL,
	//   "ORDERED" TIMESTAMP(9) NOT NULL,
	//   "SHIPPED" DATE,
	//   "COMMENT" VARCHAR(2000000) UTF8
	// ) <nil>
}

func ExampleExec_import() {
	dir, remove := files(map[string]string{"orders.csv": "1,12.5\n"})
	defer remove()
	example(func(ctx context.Context, sess *exawire.Session) error {
		_, err := bulk.Exec(ctx, sess, "IMPORT INTO sales.orders FROM LOCAL CSV FILE '"+filepath.Join(dir, "orders.csv")+"' SKIP = 1")
		return err
	})
	// Output: the database got 000.csv: "1,12.5\n"
}

// Order is a row of the table SALES.ORDERS.
type Order struct {
	ID     int64
	Amount exawire.Decimal
}

func ExampleImportRows() {
	price, err := exawire.ParseDecimal("12.50")
	if err != nil {
		fmt.Println(err)
		return
	}
	example(func(ctx context.Context, sess *exawire.Session) error {
		n, err := loadRows(ctx, sess, []Order{{1, price}, {2, price}})
		fmt.Println(n, "rows")
		return err
	})
	// Output:
	// the database got 000.csv: "1,12.5\n2,12.5\n"
	// 2 rows
}

func loadRows(ctx context.Context, sess *exawire.Session, orders []Order) (int64, error) {
	result, err := bulk.ImportRows(ctx, sess, "sales.orders", exawire.WithoutErrors(slices.Values(orders)))
	return result.Rows, err
}

func ExampleExportRows() {
	example(printRows)
	// Output:
	// 1 12.50
	// 2 7.25
}

func printRows(ctx context.Context, sess *exawire.Session) error {
	for order, err := range bulk.ExportRows[Order](ctx, sess, "SELECT id, amount FROM sales.orders") {
		if err != nil {
			return err
		}
		fmt.Println(order.ID, order.Amount)
	}
	return nil
}

func ExampleError() {
	example(func(ctx context.Context, sess *exawire.Session) error {
		broken := io.MultiReader(strings.NewReader("1,12.5\n"), failing{})
		_, err := bulk.Import(ctx, sess, "sales.orders", bulk.FromReader(broken))
		explain(err)
		return nil
	})
	// Output:
	// the database said 42636
	// file "" failed at read: the disk is gone
	// nothing was committed
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

func explain(err error) {
	var failed *bulk.Error
	if !errors.As(err, &failed) {
		return
	}
	var server *exawire.Error
	if errors.As(failed.SQL, &server) {
		fmt.Println("the database said", server.SQLCode)
	}
	for _, f := range failed.Files {
		fmt.Printf("file %q failed at %s: %v\n", f.Name, f.Step, f.Err)
	}
	switch {
	case failed.Open:
		fmt.Println("rows may be in your transaction: roll it back")
	case failed.Uncertain:
		fmt.Println("all rows may be in the table, or none: look before you import them again")
	default:
		fmt.Println("nothing was committed")
	}
}
