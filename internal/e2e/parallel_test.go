package e2e_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// Subconnections read a result side by side, by both generations of the commands; whether positions on a subconnection
// count from its own first row or from that of the whole result is not known.
func TestParallel(t *testing.T) {
	for name, version := range map[string]commands.Version{"enterParallel": commands.V3, "requestParallelConnections": commands.V5} {
		t.Run(name, func(t *testing.T) {
			bubbleNodes(t, func(t *testing.T, vn *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config) {
				cfg.ProtocolVersion = version
				client, err := exawire.New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				sess := connect(t, client)
				ids := make([]int64, 3001)
				for i := range ids {
					ids[i] = int64(i)
				}
				cols := exatest.Columns("N DECIMAL(18,0)")
				srv.HandleSQL("SELECT", exatest.Rows(cols, exatest.ValuesOf(ids)))
				group, err := sess.Parallel(t.Context(), 16)
				if err != nil {
					t.Fatal(err)
				}
				if n := len(group.Sessions()); n != 3 {
					t.Errorf("%d subconnections on 3 nodes", n)
				}
				result, err := sess.Execute(t.Context(), "SELECT")
				if err != nil {
					t.Fatal(err)
				}
				rows, _ := result.Rows()
				handle := rows.Handle()
				var mu sync.Mutex
				var got []int64
				err = group.Each(t.Context(), func(ctx context.Context, i int, sub *exawire.Session) error {
					offset, err := sub.GetOffset(ctx, handle)
					if err != nil {
						return err
					}
					headers, err := sub.GetResultSetHeader(ctx, []int{handle})
					if err != nil {
						return err
					}
					batch, err := sub.Fetch(ctx, headers[0], 0, 1<<20)
					if err != nil {
						return err
					}
					column, err := batch.Int64(0)
					if err != nil {
						return err
					}
					if column.Values[0] != offset {
						t.Errorf("subconnection %d begins with %d at offset %d", i, column.Values[0], offset)
					}
					mu.Lock()
					got = append(got, column.Values...)
					mu.Unlock()
					return sub.CloseResultSet(ctx, []int{handle})
				})
				if err != nil {
					t.Fatal(err)
				}
				slices.Sort(got)
				if !slices.Equal(got, ids) {
					t.Errorf("%d rows were read", len(got))
				}
				if err := result.Close(); err != nil {
					t.Error(err)
				}
				if err := group.Close(t.Context()); err != nil {
					t.Error(err)
				}
				if err := group.Close(t.Context()); err != nil {
					t.Errorf("second close: %v", err)
				}
				if !sess.Attributes().Autocommit {
					t.Errorf("autocommit is off afterwards")
				}
			})
		})
	}
}

// A subconnection that cannot log in does not make the others hang.
func TestParallelLoginFails(t *testing.T) {
	bubbleNodes(t, func(t *testing.T, vn *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config) {
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		sess := connect(t, client)
		vn.SetDown("exa1", true)
		vn.SetDown("exa2", true)
		start := time.Now()
		_, err = sess.Parallel(t.Context(), 3)
		var connect *exawire.ConnectError
		if !errors.As(err, &connect) || connect.Op != "dial" {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %v", took)
		}
		if !sess.Attributes().Autocommit {
			t.Errorf("autocommit is off afterwards")
		}
		checkUsable(t, sess)
	})
}
