package exawire_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// Attributes and metadata.
func ExampleSession_SetAttributes() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.Handle("getTables", shopTables)

		err := sess.SetAttributes(ctx, exawire.Autocommit(false), exawire.QueryTimeout(time.Minute))
		if err != nil {
			return err
		}
		fmt.Println("autocommit", sess.Attributes().Autocommit, "timeout", sess.Attributes().QueryTimeout)
		schema := sess.Attributes().EscapeLike("MY_SHOP") // the filter is a LIKE pattern: _ would be any character
		for t, err := range sess.GetTables(ctx, commands.TablesFilter{Schema: &schema}) {
			if err != nil {
				return err
			}
			fmt.Println(t.Schema, t.Name)
		}
		return nil
	})
	// Output:
	// autocommit false timeout 1m0s
	// MY_SHOP ORDERS
	// MY_SHOP TOTALS
}

// shopTables answers getTables with two objects.
func shopTables(*exatest.Request) exatest.Response {
	comment := "one row per order"
	return exatest.Rows(exatest.MetadataColumns("getTables"),
		exatest.TextValues("MY_SHOP", "MY_SHOP"), exatest.TextValues("ORDERS", "TOTALS"), exatest.TextValues("SYS", "SYS"),
		exatest.TextValues("TABLE", "VIEW"), exatest.ValuesOf([]bool{false, false}), exatest.ValuesOf([]*bool{new(bool), nil}),
		exatest.ValuesOf([]*bool{new(bool), nil}), exatest.ValuesOf([]*string{&comment, nil}))
}

// A metadata command runs when its loop begins. A filter that is nil does not filter; nil fields of a row are NULL.
func ExampleSession_GetTables() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.Handle("getTables", shopTables)

		filter := commands.TablesFilter{TableTypes: []string{"TABLE", "VIEW"}}
		for t, err := range sess.GetTables(ctx, filter) {
			if err != nil {
				return err
			}
			comment := "no comment"
			if t.Comment != nil {
				comment = *t.Comment
			}
			fmt.Printf("%s %s.%s: %s\n", t.TableType, t.Schema, t.Name, comment)
		}
		return nil
	})
	// Output:
	// TABLE MY_SHOP.ORDERS: one row per order
	// VIEW MY_SHOP.TOTALS: no comment
}

// Do sends what a newer server knows and this module does not.
func ExampleSession_Do() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.AllowCommands("getClusterMood") // which the protocol does not have
		srv.Handle("getClusterMood", func(r *exatest.Request) exatest.Response {
			return exatest.Data(map[string]any{"mood": "fine", "verbose": r.Field("verbose")})
		})

		payload, err := sess.Do(ctx, commands.Raw{Name: "getClusterMood", Fields: map[string]any{"verbose": true}})
		if err != nil {
			return err
		}
		var answer struct{ Mood string }
		if err := json.Unmarshal(payload, &answer); err != nil {
			return err
		}
		fmt.Println(answer.Mood)
		return nil
	})
	// Output:
	// fine
}

// openResultSet runs a query and returns the header of its result set, whose handle is open.
func openResultSet(ctx context.Context, sess *exawire.Session, sql string) (*commands.ResultSet, error) {
	payload, err := sess.Do(ctx, commands.Raw{Name: "execute", Fields: map[string]any{"sqlText": sql}})
	if err != nil {
		return nil, err
	}
	results, err := commands.ParseResults(payload)
	if err != nil {
		return nil, err
	}
	if len(results) != 1 || results[0].ResultSet == nil || results[0].ResultSet.Handle == commands.NoHandle {
		return nil, errors.New("the statement left no open result set")
	}
	return results[0].ResultSet, nil
}

// A result of three nodes is read by three connections, each of them its own part.
func ExampleSession_Parallel() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		numbers := make([]int64, 3000)
		for i := range numbers {
			numbers[i] = int64(i)
		}
		srv.HandleSQL("SELECT n FROM numbers", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(numbers)))

		group, err := sess.Parallel(ctx, 3)
		if err != nil {
			return err
		}
		defer group.Close(ctx)
		rs, err := openResultSet(ctx, sess, "SELECT n FROM numbers")
		if err != nil {
			return err
		}
		var (
			mu  sync.Mutex
			sum int64
		)
		err = group.Each(ctx, func(ctx context.Context, i int, sub *exawire.Session) error {
			headers, err := sub.GetResultSetHeader(ctx, []int{rs.Handle})
			if err != nil {
				return err
			}
			part := headers[0] // its NumRows are those of this connection
			for next := int64(0); next < part.NumRows; {
				batch, err := sub.Fetch(ctx, part, next, 1<<20)
				if err != nil {
					return err
				}
				n, err := batch.Int64(0)
				if err != nil {
					return err
				}
				mu.Lock()
				for _, v := range n.Values {
					sum += v
				}
				mu.Unlock()
				next += int64(batch.Len())
			}
			return sub.CloseResultSet(ctx, []int{part.Handle})
		})
		if err != nil {
			return err
		}
		fmt.Println(len(group.Sessions()), "connections, sum", sum)
		if err := sess.CloseResultSet(ctx, []int{rs.Handle}); err != nil {
			return err
		}
		return group.Close(ctx)
	}, exatest.WithNodes("127.0.0.1", "127.0.0.1", "127.0.0.1"))
	// Output:
	// 3 connections, sum 4498500
}
