package e2e_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// TestLeftovers leaves things behind in a session, and takes them away again.
func TestLeftovers(t *testing.T) {
	var nothing exawire.Leftovers
	tests := []struct {
		name string
		// leave leaves something and returns a function that takes it away, nil if Reset does or nothing can.
		leave func(ctx context.Context, sess *exawire.Session) (away func() error, err error)
		want  exawire.Leftovers
	}{
		{"nothing", func(context.Context, *exawire.Session) (func() error, error) { return nil, nil }, nothing},
		{"rows", func(ctx context.Context, sess *exawire.Session) (func() error, error) {
			rows, err := sess.Query(ctx, "SELECT many")
			return rows.Close, err
		}, exawire.Leftovers{Rows: 1}},
		{"rows that were read to the end", func(ctx context.Context, sess *exawire.Session) (func() error, error) {
			rows, err := sess.Query(ctx, "SELECT many")
			if err == nil {
				_, err = exawire.Collect[int64](rows)
			}
			return rows.Close, err
		}, nothing},
		{"rows that came with the answer", func(ctx context.Context, sess *exawire.Session) (func() error, error) {
			rows, err := sess.Query(ctx, "SELECT few")
			return rows.Close, err
		}, nothing},
		{"rows of several statements", func(ctx context.Context, sess *exawire.Session) (func() error, error) {
			results, err := sess.ExecuteBatch(ctx, []string{"SELECT many", "SELECT few", "SELECT many"})
			return func() error {
				for _, r := range results {
					if err := r.Close(); err != nil {
						return err
					}
				}
				return nil
			}, err
		}, exawire.Leftovers{Rows: 2}},
		{"rows that Exec does not want", func(ctx context.Context, sess *exawire.Session) (func() error, error) {
			_, err := sess.Exec(ctx, "SELECT many")
			return nil, err
		}, nothing},
		{"a statement", func(ctx context.Context, sess *exawire.Session) (func() error, error) {
			st, err := sess.Prepare(ctx, "SELECT many WHERE ?")
			return func() error { return st.Close(ctx) }, err
		}, exawire.Leftovers{Statements: 1}},
		{"a kept statement", func(ctx context.Context, sess *exawire.Session) (func() error, error) {
			rows, err := sess.Query(ctx, "SELECT few WHERE ?", 1)
			if err == nil {
				err = rows.Close()
			}
			return nil, err
		}, nothing},
		{"rows of a kept statement", func(ctx context.Context, sess *exawire.Session) (func() error, error) {
			rows, err := sess.Query(ctx, "SELECT many WHERE ?", 1)
			return rows.Close, err
		}, exawire.Leftovers{Rows: 1}},
		{"an attribute", func(ctx context.Context, sess *exawire.Session) (func() error, error) {
			return nil, sess.SetAttributes(ctx, exawire.QueryTimeout(time.Minute))
		}, exawire.Leftovers{Changed: true}},
		{"a transaction", func(ctx context.Context, sess *exawire.Session) (func() error, error) {
			tx, err := sess.Begin(ctx)
			return func() error { return tx.Rollback(ctx) }, err
		}, exawire.Leftovers{Changed: true}},
		{"subconnections", func(ctx context.Context, sess *exawire.Session) (func() error, error) {
			group, err := sess.Parallel(ctx, 2)
			return func() error { return group.Close(ctx) }, err
		}, exawire.Leftovers{Subconnections: true, Changed: true}},
	}
	many := make([]struct{ N int64 }, 3000)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				params := exatest.Columns("A DECIMAL(18,0)")
				srv.HandleSQL("SELECT many", exatest.RowsOf(many))
				srv.HandleSQL("SELECT few", exatest.RowsOf(many[:2]))
				srv.HandleSQL("SELECT many WHERE ?", exatest.RowsOf(many).Params(params...))
				srv.HandleSQL("SELECT few WHERE ?", exatest.RowsOf(many[:2]).Params(params...))
				sess := connect(t, client)
				away, err := test.leave(t.Context(), sess)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, sess.Leftovers()); diff != "" {
					t.Errorf("left (-want +got):\n%s", diff)
				}
				if away != nil {
					if err := away(); err != nil {
						t.Error(err)
					}
				}
				sent := len(srv.Requests(""))
				changed := sess.Leftovers().Changed
				if err := sess.Reset(t.Context()); err != nil {
					t.Error(err)
				}
				if n := len(srv.Requests("")) - sent; !changed && n > 0 {
					t.Errorf("Reset sent %d requests although nothing had changed", n)
				}
				if diff := cmp.Diff(nothing, sess.Leftovers()); diff != "" {
					t.Errorf("left in the end (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestLeftoversOfARunningCommand(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		srv.HandleSQL("UPDATE slow", exatest.RowCount(1).After(time.Minute))
		sess := connect(t, client)
		done := make(chan error, 1)
		go func() {
			_, err := sess.Exec(t.Context(), "UPDATE slow")
			done <- err
		}()
		synctest.Wait()
		if diff := cmp.Diff(exawire.Leftovers{Busy: true}, sess.Leftovers()); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(exawire.Leftovers{}, sess.Leftovers()); diff != "" {
			t.Errorf("left in the end (-want +got):\n%s", diff)
		}
	})
}

// TestHosts connects to each host of a list by itself.
func TestHosts(t *testing.T) {
	bubbleNodes(t, func(t *testing.T, _ *exatest.VirtualNetwork, _ *exatest.Server, cfg *exawire.Config) {
		all, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, host := range all.Hosts() {
			one := all.Config()
			one.Host = host
			client, err := exawire.New(one)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{host}, client.Hosts()); diff != "" {
				t.Errorf("hosts of one (-want +got):\n%s", diff)
			}
			got = append(got, connect(t, client).Addr())
		}
		if diff := cmp.Diff([]string{"exa1:8563", "exa2:8563", "exa3:8563"}, got); diff != "" {
			t.Errorf("addresses (-want +got):\n%s", diff)
		}
	})
}

func TestFormOfHosts(t *testing.T) {
	const pin = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	tests := []struct {
		name string
		cfg  exawire.Config
		want []string
	}{
		{"a name", exawire.Config{Host: "exa"}, []string{"exa:8563"}},
		{"a port for all", exawire.Config{Host: "exa1..2", Port: 1}, []string{"exa1:1", "exa2:1"}},
		{"ports of their own", exawire.Config{Host: "a,b:2,c"}, []string{"a:2", "b:2", "c:8563"}},
		{"IPv6", exawire.Config{Host: "[::1],[fe80::1%eth0]:7"}, []string{"[::1]:7", "[fe80::1%eth0]:7"}},
		{"a fingerprint for all", exawire.Config{Host: "10.0.0.1..2", CertificateFingerprint: pin}, []string{"10.0.0.1/" + pin + ":8563", "10.0.0.2/" + pin + ":8563"}},
		{"a fingerprint in another form", exawire.Config{Host: "a", CertificateFingerprint: strings.ToUpper(pin)}, []string{"a/" + pin + ":8563"}},
		{"fingerprints of their own", exawire.Config{Host: "a/nocertcheck,[::1]/" + pin + ":1"}, []string{"a/nocertcheck:1", "[::1]/" + pin + ":1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client, err := exawire.New(&test.cfg)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, client.Hosts()); diff != "" {
				t.Errorf("hosts (-want +got):\n%s", diff)
			}
			for _, host := range client.Hosts() {
				one := test.cfg
				one.Host = host
				alone, err := exawire.New(&one)
				if err != nil || !slices.Equal(alone.Hosts(), []string{host}) {
					t.Errorf("%s alone: %v, error %v", host, alone.Hosts(), err)
				}
			}
		})
	}
	if hosts := (*exawire.Client)(nil).Hosts(); hosts != nil {
		t.Errorf("hosts of nobody: %v", hosts)
	}
}
