// Command parallel reads one result over several connections at the same time. Each node of a cluster holds a part of
// the result, and a subconnection reads the part of its node. The server in this process plays a cluster of three
// nodes.
package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/examples/internal/demo"
	"github.com/exawire/exawire/exatest"
)

func main() { demo.Main(run, exatest.WithNodes(nodes()...)) }

// nodes returns three addresses of this machine, which differ only on Linux.
func nodes() []string {
	if runtime.GOOS == "linux" {
		return []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"}
	}
	return []string{"127.0.0.1", "127.0.0.1", "127.0.0.1"}
}

const rowCount = 300_000

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
	if _, err := sess.Exec(ctx, "CREATE TABLE numbers (n DECIMAL(18,0))"); err != nil {
		return err
	}
	if _, err := sess.Exec(ctx, fmt.Sprintf("INSERT INTO numbers SELECT v FROM VALUES BETWEEN 1 AND %d AS r(v)", rowCount)); err != nil {
		return err
	}

	group, err := sess.Parallel(ctx, 16) // or one for each node, if there are fewer
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, group.Close(ctx)) }()
	rs, err := open(ctx, sess, "SELECT n FROM numbers")
	if err != nil {
		return err
	}
	parts := make([]part, len(group.Sessions()))
	err = group.Each(ctx, func(ctx context.Context, i int, sub *exawire.Session) (err error) {
		parts[i], err = read(ctx, sub, rs.Handle)
		return err
	})
	if err != nil {
		return err
	}
	if err := sess.CloseResultSet(ctx, []int{rs.Handle}); err != nil {
		return err
	}

	var rows, sum int64
	for _, p := range parts {
		fmt.Printf("%-16s rows %6d to %6d in %d fetches\n", p.addr, p.offset, p.offset+p.rows-1, p.fetches)
		rows += p.rows
		sum += p.sum
	}
	fmt.Printf("%d connections, %d rows, sum %d\n", len(parts), rows, sum)
	if rows != rowCount || sum != rowCount*(rowCount+1)/2 {
		return fmt.Errorf("%d rows add up to %d", rows, sum)
	}
	return nil
}

// open runs a query and returns the header of its result set, with the handle that all connections use for it.
func open(ctx context.Context, sess *exawire.Session, sql string) (*commands.ResultSet, error) {
	payload, err := sess.Do(ctx, commands.Raw{Name: "execute", Fields: map[string]any{"sqlText": sql}})
	if err != nil {
		return nil, err
	}
	results, err := commands.ParseResults(payload)
	if err != nil {
		return nil, err
	}
	if len(results) != 1 || results[0].ResultSet == nil || results[0].ResultSet.Handle == commands.NoHandle {
		return nil, errors.New("the query left no open result set")
	}
	return results[0].ResultSet, nil
}

// part is what one connection has read.
type part struct {
	addr              string
	offset, rows, sum int64
	fetches           int
}

// read reads the rows of one node and adds them up.
func read(ctx context.Context, sub *exawire.Session, handle int) (p part, err error) {
	p.addr = sub.Addr()
	if p.offset, err = sub.GetOffset(ctx, handle); err != nil {
		return p, err
	}
	headers, err := sub.GetResultSetHeader(ctx, []int{handle})
	if err != nil {
		return p, err
	}
	for rs := headers[0]; p.rows < rs.NumRows; p.fetches++ { // the rows of this node
		batch, err := sub.Fetch(ctx, rs, p.rows, 256<<10)
		if err != nil {
			return p, err
		}
		column, err := batch.Int64(0)
		if err != nil {
			return p, err
		}
		for _, v := range column.Values {
			p.sum += v
		}
		p.rows += int64(batch.Len())
	}
	return p, sub.CloseResultSet(ctx, []int{handle})
}
