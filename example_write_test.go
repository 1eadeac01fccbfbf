package exawire_test

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// customerParams describes the parameters of the INSERTs below, as a database does.
var customerParams = exatest.Columns(`"" DECIMAL(18,0), "" VARCHAR(10), "" DATE`)

// Arguments take the place of the question marks. They are sent as values and never become part of the text.
func ExampleSession_Exec() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("UPDATE products SET price = price * ? WHERE name = ?", exatest.RowCount(3))

		factor, err := exawire.ParseDecimal("1.19")
		if err != nil {
			return err
		}
		n, err := sess.Exec(ctx, "UPDATE products SET price = price * ? WHERE name = ?", factor, "desk'; --")
		if err != nil {
			return err
		}
		fmt.Println(n, "rows changed")
		return nil
	})
	// Output:
	// 3 rows changed
}

// Execute is one command of the protocol. It can set attributes with the same message, and its result says whether the
// statement gave rows.
func ExampleSession_Execute() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("DELETE FROM sales.orders", exatest.RowCount(7))

		result, err := sess.Execute(ctx, "DELETE FROM sales.orders", exawire.Autocommit(false))
		if err != nil {
			return err
		}
		defer result.Close()
		if rows, ok := result.Rows(); ok {
			fmt.Println(rows.NumRows(), "rows to read")
		} else {
			fmt.Println(result.RowCount(), "rows changed")
		}
		fmt.Println("autocommit:", sess.Attributes().Autocommit)
		_, err = sess.Exec(ctx, "ROLLBACK")
		return err
	})
	// Output:
	// 7 rows changed
	// autocommit: false
}

// Several statements in one round trip, one result for each.
func ExampleSession_ExecuteBatch() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("CREATE TABLE t (n INT)", exatest.OK())
		srv.HandleSQL("INSERT INTO t...", exatest.RowCount(3))

		results, err := sess.ExecuteBatch(ctx, []string{
			"CREATE TABLE t (n INT)",
			"INSERT INTO t VALUES 1, 2, 3",
		})
		if err != nil {
			return err
		}
		for i, r := range results {
			fmt.Println("statement", i, "changed", r.RowCount(), "rows")
			if err := r.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	// Output:
	// statement 0 changed 0 rows
	// statement 1 changed 3 rows
}

// A prepared statement knows the types of its parameters and can run as often as wanted.
func ExampleSession_Prepare() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("UPDATE stock...", exatest.RowCount(1).Params(exatest.Columns(`"" DECIMAL(9,0), "" VARCHAR(10)`)...))

		stmt, err := sess.Prepare(ctx, "UPDATE stock SET pieces = ? WHERE name = ?")
		if err != nil {
			return err
		}
		defer stmt.Close(ctx)
		for _, p := range stmt.Params() {
			fmt.Println(p.DataType)
		}
		for name, pieces := range map[string]int{"desk": 3, "lamp": 0} {
			if _, err := stmt.Exec(ctx, pieces, name); err != nil {
				return err
			}
		}
		fmt.Println(len(srv.Requests("executePreparedStatement")), "executions")
		return nil
	})
	// Output:
	// DECIMAL(9,0)
	// VARCHAR(10) UTF8
	// 2 executions
}

// Insert Go slices as they are.
func ExampleStmt_ExecColumns() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("INSERT INTO customers VALUES (?, ?, ?)", exatest.RowCount(3).Params(customerParams...))

		ids := []int64{1, 2, 3}
		names := []sql.Null[string]{{V: "ann", Valid: true}, {}, {V: "bob", Valid: true}} // the second is NULL
		days := []time.Time{date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)}

		stmt, err := sess.Prepare(ctx, `INSERT INTO customers VALUES (?, ?, ?)`)
		if err != nil {
			return err
		}
		defer stmt.Close(ctx)
		n, err := stmt.ExecColumns(ctx, exawire.Values(ids), exawire.Values(names), exawire.Values(days))
		if err != nil {
			return err
		}
		fmt.Println(n, "rows in", len(srv.Requests("executePreparedStatement")), "message")
		return nil
	})
	// Output:
	// 3 rows in 1 message
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Rows from anywhere are streamed: only a few thousand of them are in memory at a time.
func ExampleStmt_ExecRows() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("INSERT INTO customers VALUES (?, ?, ?)", exatest.Func(func(r *exatest.Request) exatest.Response {
			if len(r.Params) == 0 { // prepared, not yet executed
				return exatest.RowCount(0).Params(customerParams...)
			}
			return exatest.RowCount(int64(r.Params[0].Len()))
		}))

		stmt, err := sess.Prepare(ctx, "INSERT INTO customers VALUES (?, ?, ?)")
		if err != nil {
			return err
		}
		defer stmt.Close(ctx)
		n, err := stmt.ExecRows(ctx, func(yield func([]any, error) bool) {
			row := make([]any, 3) // may be used again for each row
			for i := range 12_000 {
				row[0], row[1], row[2] = i, fmt.Sprint("c", i), date(2024, 1, 1+i%31)
				if !yield(row, nil) {
					return
				}
			}
		})
		if err != nil {
			return err
		}
		fmt.Println(n, "rows in", len(srv.Requests("executePreparedStatement")), "messages")
		return nil
	})
	// Output:
	// 12000 rows in 2 messages
}

// A value that does not fit is refused before anything of its message is sent, with the parameter and the row.
func ExampleWriteError() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("INSERT INTO customers VALUES (?, ?, ?)", exatest.RowCount(2).Params(customerParams...))

		stmt, err := sess.Prepare(ctx, "INSERT INTO customers VALUES (?, ?, ?)")
		if err != nil {
			return err
		}
		defer stmt.Close(ctx)
		day := date(2024, 1, 31)
		_, err = stmt.ExecColumns(ctx, exawire.Values([]int{1, 2}),
			exawire.Values([]string{"ann", "bartholomew"}), exawire.Values([]time.Time{day, day}))

		var writeErr *exawire.WriteError
		var paramErr *exawire.ParamError
		if errors.As(err, &writeErr) {
			fmt.Printf("rows %d to %d were not written, %d rows were\n", writeErr.First, writeErr.Last-1, writeErr.RowCount)
		}
		if errors.As(err, &paramErr) {
			fmt.Printf("row %d, parameter %d: %s into %s\n", paramErr.Row, paramErr.Column, paramErr.GoType, paramErr.SQLType)
		}
		fmt.Println(errors.Is(err, commands.ErrParamRange), exawire.SafeToRetry(err))
		return nil
	})
	// Output:
	// rows 0 to 1 were not written, 0 rows were
	// row 1, parameter 1: string into VARCHAR(10) UTF8
	// true true
}

// A transaction that is not committed is rolled back, whichever way the function is left.
func ExampleSession_Begin() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("UPDATE accounts SET balance = balance - ?...", exatest.RowCount(1))
		srv.HandleSQL("UPDATE accounts SET balance = balance + ?...", exatest.Sequence(exatest.RowCount(1), exatest.RowCount(0)))

		transfer := func(amount int, from, to string) error {
			tx, err := sess.Begin(ctx)
			if err != nil {
				return err
			}
			defer tx.Rollback(ctx) // does nothing after Commit
			if _, err := sess.Exec(ctx, "UPDATE accounts SET balance = balance - ? WHERE name = ?", amount, from); err != nil {
				return err
			}
			if n, err := sess.Exec(ctx, "UPDATE accounts SET balance = balance + ? WHERE name = ?", amount, to); err != nil {
				return err
			} else if n == 0 {
				return fmt.Errorf("no account %s", to)
			}
			return tx.Commit(ctx)
		}
		if err := transfer(100, "ann", "bob"); err != nil {
			return err
		}
		fmt.Println("committed")
		fmt.Println("rolled back:", transfer(100, "ann", "eve"))
		fmt.Println("autocommit is on again:", sess.Attributes().Autocommit)
		return nil
	})
	// Output:
	// committed
	// rolled back: no account eve
	// autocommit is on again: true
}

// customer is a row of the table of customers.
type customer struct {
	ID    int64
	Name  *string   // nil is NULL
	Since time.Time `exa:"CUSTOMER_SINCE"`
}

// handleCustomers makes the server answer inserts into a table of customers.
func handleCustomers(srv *exatest.Server) {
	srv.HandleSQL("SELECT * FROM customers", exatest.Rows(exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(10), CUSTOMER_SINCE DATE")))
	srv.HandleSQL("INSERT INTO customers...", exatest.Func(func(r *exatest.Request) exatest.Response {
		if len(r.Params) == 0 { // prepared, not yet executed
			return exatest.RowCount(0).Params(customerParams...)
		}
		return exatest.RowCount(int64(r.Params[0].Len()))
	}))
	srv.HandleSQL("COMMIT", exatest.OK())
	srv.HandleSQL("ROLLBACK", exatest.OK())
}

// Structs become rows. The sequence may be as long as it wants: it is sent in portions.
func ExampleInsert() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		handleCustomers(srv)
		ann := "ann"
		customers := []customer{
			{1, &ann, date(2024, 1, 31)},
			{2, nil, date(2024, 2, 29)},
		}
		n, err := exawire.Insert(ctx, sess, "customers", slices.Values(customers))
		if err != nil {
			return err
		}
		fmt.Println(n, "rows")
		fmt.Println(srv.Requests("executePreparedStatement")[0].SQL)
		return nil
	})
	// Output:
	// 2 rows
	// INSERT INTO customers ("ID", "NAME", "CUSTOMER_SINCE") VALUES (?, ?, ?)
}

// Atomic writes all rows or none, however many messages they need and whatever goes wrong on the way.
func ExampleAtomic() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		handleCustomers(srv)
		_, err := exawire.InsertEach(ctx, sess, "customers", func(yield func(customer, error) bool) {
			for i := range 2500 {
				if !yield(customer{ID: int64(i), Since: date(2024, 1, 1)}, nil) {
					return
				}
			}
			yield(customer{}, errors.New("line 2501 has no number"))
		}, exawire.Atomic(), exawire.ChunkRows(1000))

		var writeErr *exawire.WriteError
		if errors.As(err, &writeErr) {
			fmt.Println(writeErr.RowCount, "rows had been written, rolled back:", writeErr.RolledBack)
			fmt.Println(writeErr.Err)
		}
		fmt.Println("autocommit is on again:", sess.Attributes().Autocommit)
		return nil
	})
	// Output:
	// 2000 rows had been written, rolled back: true
	// exawire: line 2501 has no number
	// autocommit is on again: true
}

// readCustomers parses lines such as 7,ann,2024-01-31. An error is handed on and ends the sequence.
func readCustomers(file io.Reader) iter.Seq2[customer, error] {
	return func(yield func(customer, error) bool) {
		lines := csv.NewReader(file)
		for {
			fields, err := lines.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			c, err := parseCustomer(fields, err)
			if err != nil {
				line, _ := lines.FieldPos(0)
				err = fmt.Errorf("line %d: %w", line, err)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// parseCustomer makes a customer of the fields of a line, unless the line could not be read.
func parseCustomer(fields []string, err error) (customer, error) {
	switch {
	case err != nil:
		return customer{}, err
	case len(fields) != 3:
		return customer{}, errors.New("there are not three fields")
	}
	id, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return customer{}, errors.New("the first field is no number")
	}
	since, err := time.Parse(time.DateOnly, fields[2])
	if err != nil {
		return customer{}, errors.New("the third field is no date")
	}
	return customer{id, &fields[1], since}, nil
}

// A file of CSV, all of it or nothing. A line that cannot be read is an error of the source.
func ExampleInsertEach() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		handleCustomers(srv)
		for _, file := range []string{"1,ann,2024-01-31\n2,bob,2024-02-29\n", "3,cid,2024-03-01\n4,dan,tomorrow\n5,eve,2024-03-02\n"} {
			n, err := exawire.InsertEach(ctx, sess, "customers", readCustomers(strings.NewReader(file)), exawire.Atomic())
			var writeErr *exawire.WriteError
			if errors.As(err, &writeErr) {
				fmt.Println("nothing is in the table:", writeErr.Err)
				continue
			}
			if err != nil {
				return err
			}
			fmt.Println(n, "rows")
		}
		return nil
	})
	// Output:
	// 2 rows
	// nothing is in the table: exawire: line 2: the third field is no date
}

// Values that do not fit exactly are refused, unless cutting them is what is wanted.
func ExampleTruncate() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		handleCustomers(srv)
		stmt, err := sess.Prepare(ctx, "INSERT INTO customers VALUES (?, ?, ?)")
		if err != nil {
			return err
		}
		defer stmt.Close(ctx)
		noon := time.Date(2024, 1, 31, 12, 0, 0, 0, time.UTC)
		_, err = stmt.Exec(ctx, 1, "ann", noon)
		fmt.Println(errors.Is(err, commands.ErrParamInexact))

		n, err := stmt.With(exawire.Truncate()).Exec(ctx, 1, "ann", noon)
		if err != nil {
			return err
		}
		day, _ := srv.Requests("executePreparedStatement")[0].Params[2].AppendText(nil, 0)
		fmt.Println(n, "row with the day", string(day))
		return nil
	})
	// Output:
	// true
	// 1 row with the day 2024-01-31
}

// QuoteIdentifier makes a name in a statement of one that is data.
func ExampleQuoteIdentifier() {
	fmt.Println(exawire.QuoteIdentifier("SALES", `the "old" orders`))
	// Output:
	// "SALES"."the ""old"" orders"
}

// RunTx commits if the function returns nil, and runs it again if the transaction collided with another one.
func ExampleSession_RunTx() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("UPDATE accounts...", exatest.Sequence(
			exatest.Exception("40001", "GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback."),
			exatest.RowCount(1)))

		runs := 0
		err := sess.RunTx(ctx, func(tx *exawire.Tx) error {
			runs++
			for _, sql := range []string{
				"UPDATE accounts SET balance = balance - ? WHERE name = ?",
				"UPDATE accounts SET balance = balance + ? WHERE name = ?",
			} {
				if _, err := tx.Exec(ctx, sql, 100, "ann"); err != nil {
					return err // as it is, or wrapped: RunTx looks for the collision in it
				}
			}
			return nil
		}, exawire.TxAttempts(3), exawire.TxBackoff(10*time.Millisecond, time.Second))
		if err != nil {
			return err
		}
		fmt.Println("committed in run", runs)
		return nil
	})
	// Output:
	// committed in run 2
}

// The second run of a statement with arguments takes one round trip: the session keeps what it has prepared.
func ExampleSession_Query_cache() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("SELECT name...", exatest.Rows(exatest.Columns("NAME VARCHAR(10)"), exatest.TextValues("ann")).
			Params(exatest.Columns(`"" DECIMAL(18,0)`)...))

		for id := range 3 {
			rows, err := sess.Query(ctx, "SELECT name FROM customers WHERE id = ?", id)
			if err != nil {
				return err
			}
			if _, err := exawire.One[string](rows); err != nil {
				return err
			}
		}
		fmt.Println(len(srv.Requests("createPreparedStatement")), "prepared,",
			len(srv.Requests("executePreparedStatement")), "run,", len(srv.Requests("closePreparedStatement")), "closed")
		return nil
	})
	// Output:
	// 1 prepared, 3 run, 0 closed
}

// Reset is for whoever hands a session on, such as a pool.
func ExampleSession_Reset() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("DELETE FROM orders", exatest.RowCount(3))

		if err := sess.SetAttributes(ctx, exawire.Autocommit(false), exawire.CurrentSchema("SALES")); err != nil {
			return err
		}
		if _, err := sess.Exec(ctx, "DELETE FROM orders"); err != nil {
			return err
		}
		if err := sess.Reset(ctx); err != nil {
			return errors.Join(err, sess.Close(ctx)) // nobody must get it
		}
		fmt.Printf("autocommit %t, schema %q\n", sess.Attributes().Autocommit, sess.Attributes().CurrentSchema)

		if _, err := sess.Exec(ctx, "ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1"); err != nil {
			return err
		}
		fmt.Println(sess.Reset(ctx))
		return nil
	})
	// Output:
	// autocommit true, schema ""
	// exawire: reset: not restored: NLS_FIRST_DAY_OF_WEEK
}
