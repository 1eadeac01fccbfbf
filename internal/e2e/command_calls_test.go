package e2e_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// calls has one call for each command that can be sent on a session that has logged in, with these attributes.
func calls(attrs ...exawire.Attribute) map[string]func(context.Context, *exawire.Session) error {
	name := "X"
	m := map[string]func(context.Context, *exawire.Session) error{
		"disconnect": func(ctx context.Context, s *exawire.Session) error { return s.Disconnect(ctx, attrs...) },
		"execute": func(ctx context.Context, s *exawire.Session) error {
			r, err := s.Execute(ctx, "UPDATE t SET a = 1", attrs...)
			return closeResult(r, err)
		},
		"executeBatch": func(ctx context.Context, s *exawire.Session) error {
			_, err := s.ExecuteBatch(ctx, []string{"UPDATE t SET a = 1"}, attrs...)
			return err
		},
		"createPreparedStatement": func(ctx context.Context, s *exawire.Session) error {
			_, err := s.CreatePreparedStatement(ctx, "UPDATE t SET a = 1", attrs...)
			return err
		},
		"executePreparedStatement": func(ctx context.Context, s *exawire.Session) error {
			r, err := s.ExecutePreparedStatement(ctx, 7, nil, nil, attrs...)
			return closeResult(r, err)
		},
		"closePreparedStatement": func(ctx context.Context, s *exawire.Session) error { return s.ClosePreparedStatement(ctx, 7, attrs...) },
		"fetch": func(ctx context.Context, s *exawire.Session) error {
			_, err := s.Fetch(ctx, &commands.ResultSet{Handle: 7, Columns: exatest.Columns("A DECIMAL(18,0)")}, 0, 1<<20, attrs...)
			return err
		},
		"closeResultSet": func(ctx context.Context, s *exawire.Session) error { return s.CloseResultSet(ctx, []int{7}, attrs...) },
		"getResultSetHeader": func(ctx context.Context, s *exawire.Session) error {
			_, err := s.GetResultSetHeader(ctx, []int{7}, attrs...)
			return err
		},
		"getOffset": func(ctx context.Context, s *exawire.Session) error {
			_, err := s.GetOffset(ctx, 7, attrs...)
			return err
		},
		"getAttributes": func(ctx context.Context, s *exawire.Session) error {
			_, err := s.GetAttributes(ctx, attrs...)
			return err
		},
		"setAttributes": func(ctx context.Context, s *exawire.Session) error {
			return s.SetAttributes(ctx, append(attrs, exawire.Autocommit(true))...)
		},
		"getHosts": func(ctx context.Context, s *exawire.Session) error {
			_, err := s.GetHosts(ctx, attrs...)
			return err
		},
		"enterParallel": func(ctx context.Context, s *exawire.Session) error {
			_, err := s.EnterParallel(ctx, "127.0.0.1", 2, attrs...)
			return err
		},
		"requestParallelConnections": func(ctx context.Context, s *exawire.Session) error {
			_, err := s.RequestParallelConnections(ctx, 2, attrs...)
			return err
		},
		"getColumnPrivileges": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetColumnPrivileges(ctx, commands.ColumnPrivilegesFilter{Schema: &name}, attrs...))
		},
		"getColumns": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetColumns(ctx, commands.ColumnsFilter{Schema: &name}, attrs...))
		},
		"getConnections": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetConnections(ctx, commands.ConnectionsFilter{Name: &name}, attrs...))
		},
		"getFunctions": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetFunctions(ctx, commands.FunctionsFilter{Schema: &name}, attrs...))
		},
		"getKeywords": func(ctx context.Context, s *exawire.Session) error { return last(s.GetKeywords(ctx, attrs...)) },
		"getPrimaryKeys": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetPrimaryKeys(ctx, commands.PrimaryKeysFilter{Schema: &name}, attrs...))
		},
		"getProperties": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetProperties(ctx, commands.PropertiesFilter{Name: &name}, attrs...))
		},
		"getRoles": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetRoles(ctx, commands.RolesFilter{Name: &name}, attrs...))
		},
		"getSchemas": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetSchemas(ctx, commands.SchemasFilter{Schema: &name}, attrs...))
		},
		"getScripts": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetScripts(ctx, commands.ScriptsFilter{Schema: &name}, attrs...))
		},
		"getTablePrivileges": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetTablePrivileges(ctx, commands.TablePrivilegesFilter{Schema: &name}, attrs...))
		},
		"getTables": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetTables(ctx, commands.TablesFilter{Schema: &name}, attrs...))
		},
		"getTableTypes": func(ctx context.Context, s *exawire.Session) error { return last(s.GetTableTypes(ctx, attrs...)) },
		"getTypeInfo":   func(ctx context.Context, s *exawire.Session) error { return last(s.GetTypeInfo(ctx, attrs...)) },
		"getUsers": func(ctx context.Context, s *exawire.Session) error {
			return last(s.GetUsers(ctx, commands.UsersFilter{Name: &name}, attrs...))
		},
	}
	return m
}

func closeResult(r *exawire.Result, err error) error {
	if err != nil {
		return err
	}
	return r.Close()
}

// last drains an iterator and returns its error.
func last[T any](seq func(func(T, error) bool)) (err error) {
	seq(func(_ T, e error) bool {
		err = e
		return true
	})
	return err
}

// forEachCommand runs a test in a bubble of its own for each command, in all versions of the protocol that have it, with
// and without compression.
func forEachCommand(t *testing.T, test func(t *testing.T, srv *exatest.Server, sess *exawire.Session, info commands.Info, call func(context.Context, *exawire.Session) error)) {
	all := calls()
	for _, info := range commands.All() {
		if info.Family == commands.FamilyLogin || info.Name == "abortQuery" {
			continue
		}
		call, ok := all[info.Name]
		if !ok {
			t.Fatalf("no call for %s in this test", info.Name)
		}
		for version := info.Since; version <= commands.Latest; version++ {
			for _, compress := range []bool{false, true} {
				if raceEnabled && compress != (version%2 == 1) {
					continue // versions and compression share no memory, so half of the pairs find as many races
				}
				t.Run(fmt.Sprintf("%s %v compression=%t", info.Name, version, compress), func(t *testing.T) {
					t.Parallel()
					bubble(t, func(c *exawire.Config) {
						c.CancelGrace, c.ProtocolVersion, c.Compression = testGrace, version, compress
					}, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
						sess := connect(t, client)
						srv.ForgetRequests()
						test(t, srv, sess, info, call)
					})
				})
			}
		}
	}
}
