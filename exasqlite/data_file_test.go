package exasqlite_test

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"modernc.org/sqlite"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
)

// TestFile checks that everything is there again when a file is opened a second time.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a #1 100%?.db")
	open := func() *exasqlite.Backend {
		b, err := exasqlite.New(exasqlite.WithFile(path), exasqlite.WithSQL(`
			CREATE SCHEMA s; -- seeds; only once
			CREATE TABLE t (id INT IDENTITY PRIMARY KEY, big DECIMAL(36,4), c CHAR(3), at_time TIMESTAMP(9) DEFAULT '2024-06-18 17:22:13.123456789');
			INSERT INTO t (big, c) VALUES (-99999999999999999999999999999999.0001, ';');
			COMMENT ON TABLE t IS 'it''s kept';
			CREATE VIEW v AS SELECT id, c FROM t;
			CREATE LUA SCRIPT kept AS
			x = ';' -- don't
			/
			CREATE LUA SCRIPT [Last] AS y = 2`))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := open()
	if _, err := exasqlite.New(exasqlite.WithFile(path)); err == nil || !strings.Contains(err.Error(), "is open already") {
		t.Errorf("opened twice: %v", err)
	}
	s := connect(t, b, commands.V5)
	set(t, s, "autocommit", false)
	for _, sql := range []string{
		"INSERT INTO s.t (c) VALUES ('x')", "ROLLBACK", // uses up a number
		"ALTER TABLE s.t ADD x INT", "COMMIT", "INSERT INTO s.t (c) VALUES ('y')", "DELETE FROM s.t WHERE c = 'y'",
		"CREATE LUA SCRIPT s.[Last2] AS w = 4", "COMMIT",
		"CREATE TABLE s.gone (a INT)", // rolled back by the end of the session
	} {
		run(t, s, sql)
	}
	if err := errors.Join(s.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	b = open()
	s = connect(t, b, commands.V5)
	run(t, s, "OPEN SCHEMA s")
	run(t, s, "INSERT INTO t (c) VALUES ('z')")
	run(t, s, "CREATE LUA SCRIPT more2 AS z = 3")
	run(t, s, "CREATE TABLE more (a INT)")
	var got []string
	for _, sql := range []string{
		"SELECT * FROM v ORDER BY 1", "SELECT big, at_time FROM t WHERE id = 1", "SELECT table_name, table_comment FROM exa_all_tables ORDER BY 1",
		"INSERT INTO t VALUES (1, 1, 'k', NULL, 1)", "SELECT script_text FROM exa_all_scripts",
	} {
		_, rows, _ := strings.Cut(show(s.Execute(context.Background(), sql)), "\n")
		got = append(got, rows)
	}
	want := []string{
		"1 | ;  \n4 | z  ", "-99999999999999999999999999999999.0001 | 2024-06-18 17:22:13.123456789", "MORE | NULL\nT | it's kept", "",
		"CREATE LUA SCRIPT kept AS\n\t\t\tx = ';' -- don't\nCREATE LUA SCRIPT [Last] AS y = 2\nCREATE LUA SCRIPT s.[Last2] AS w = 4\nCREATE LUA SCRIPT more2 AS z = 3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := errors.Join(s.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestFileRefused opens what is no data file, or one that somebody else has open.
func TestFileRefused(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := exasqlite.New(exasqlite.WithFile(text)); err == nil || !strings.Contains(err.Error(), "not a database") {
		t.Errorf("a text file: %v", err)
	}
	foreign := filepath.Join(dir, "foreign")
	conn, err := (&sqlite.Driver{}).Open(foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.(driver.ExecerContext).ExecContext(t.Context(), "CREATE TABLE t (a)", nil); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exasqlite.New(exasqlite.WithFile(foreign)); err == nil || !strings.Contains(err.Error(), "is not a database of exasqlite") {
		t.Errorf("another program's database: %v", err)
	}
	if after, err := os.ReadFile(foreign); err != nil || !bytes.Equal(before, after) {
		t.Errorf("another program's database was changed: %v", err)
	}
	if _, err := exasqlite.New(exasqlite.WithFile(filepath.Join(dir, "none", "db"))); err == nil {
		t.Error("a directory that is missing is no error")
	}
	_, err = exasqlite.New(exasqlite.WithFile(filepath.Join(dir, "new")), exasqlite.WithSQL("CREATE SCHEMA s;\n\nCREATE NONSENSE;"))
	if err == nil || !strings.Contains(err.Error(), `run "CREATE NONSENSE" of line 3: 42000`) {
		t.Errorf("a seed that fails: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 || left[0].Name() != "foreign" || left[1].Name() != "text" {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
