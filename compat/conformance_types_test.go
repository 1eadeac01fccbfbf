package compat

import (
	"database/sql"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/exatest"
)

// columnTypes are the types that SQL can declare, and what database/sql is told of them.
var columnTypes = []struct {
	sqlType          string
	name             string
	precision, scale int64
	hasPrecision     bool
	length           int64
	hasLength        bool
}{
	{"BOOLEAN", "BOOLEAN", 0, 0, false, 0, false},
	{"DECIMAL(18,0)", "DECIMAL", 18, 0, true, 0, false},
	{"INTEGER", "DECIMAL", 18, 0, true, 0, false},
	{"BIGINT", "DECIMAL", 36, 0, true, 0, false},
	{"SMALLINT", "DECIMAL", 9, 0, true, 0, false},
	{"DECIMAL(36,0)", "DECIMAL", 36, 0, true, 0, false},
	{"DECIMAL(4,2)", "DECIMAL", 4, 2, true, 0, false},
	{"DOUBLE", "DOUBLE", 0, 0, false, 0, false},
	{"CHAR(10)", "CHAR", 0, 0, false, 10, true},
	{"VARCHAR(10)", "VARCHAR", 0, 0, false, 10, true},
	{"VARCHAR(2000000)", "VARCHAR", 0, 0, false, 2000000, true},
	{"DATE", "DATE", 0, 0, false, 0, false},
	{"TIMESTAMP", "TIMESTAMP", 0, 0, false, 0, false},
	{"TIMESTAMP WITH LOCAL TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE", 0, 0, false, 0, false},
	{"INTERVAL YEAR TO MONTH", "INTERVAL YEAR TO MONTH", 0, 0, false, 0, false},
	{"INTERVAL DAY TO SECOND", "INTERVAL DAY TO SECOND", 0, 0, false, 0, false},
	{"GEOMETRY", "GEOMETRY", 0, 0, false, 0, false},
	{"HASHTYPE(16 BYTE)", "HASHTYPE", 0, 0, false, 32, true},
}

// ColumnTypes describes every type, of a table with no row as well.
func TestConformanceColumnTypes(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		hashtype := hasHashtype(t, db)
		for i, tt := range columnTypes {
			if tt.name == "HASHTYPE" && !hashtype {
				continue
			}
			table := fmt.Sprintf("t%d", i)
			exec(t, db, fmt.Sprintf("CREATE TABLE %s (c %s, \"Second\" INT)", table, tt.sqlType))
			rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
			if err != nil {
				t.Fatal(err)
			}
			types, err := rows.ColumnTypes()
			if err != nil || len(types) != 2 {
				t.Fatalf("%d types, %v", len(types), err)
			}
			ct := types[0]
			precision, scale, hasPrecision := ct.DecimalSize()
			length, hasLength := ct.Length()
			if ct.Name() != "C" || types[1].Name() != "Second" || ct.DatabaseTypeName() != tt.name ||
				precision != tt.precision || scale != tt.scale || hasPrecision != tt.hasPrecision {
				t.Errorf("%s: name %q, type %q, digits %d, %d, %t", tt.sqlType, ct.Name(), ct.DatabaseTypeName(), precision, scale, hasPrecision)
			}
			if hasLength != tt.hasLength || length != tt.length {
				t.Errorf("%s: length %d, %t instead of %d, %t", tt.sqlType, length, hasLength, tt.length, tt.hasLength)
			}
			if nullable, ok := ct.Nullable(); ok && !nullable {
				t.Errorf("%s: is said never to be NULL", tt.sqlType)
			}
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// ScanType is the type of the values, as an any gets them. A pointer to it takes every value of the column, NULL too.
func TestConformanceColumnTypesScan(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		for i, tt := range valueCases {
			table := fmt.Sprintf("s%d", i)
			exec(t, db, fmt.Sprintf("CREATE TABLE %s (c %s)", table, tt.sqlType))
			exec(t, db, fmt.Sprintf("INSERT INTO %s VALUES (CAST(%s AS %s)), (NULL)", table, tt.sql, tt.sqlType))
			rows, err := db.QueryContext(t.Context(), "SELECT c FROM "+table+" ORDER BY c NULLS LAST")
			if err != nil {
				t.Fatal(err)
			}
			types, err := rows.ColumnTypes()
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for rows.Next() {
				n++
				dest := reflect.New(reflect.PointerTo(types[0].ScanType()))
				if err := rows.Scan(dest.Interface()); err != nil {
					t.Errorf("%s, row %d: %v", tt.sqlType, n, err)
				} else if got := dest.Elem(); got.IsNil() != (n == 2) {
					t.Errorf("%s, row %d: NULL is %t", tt.sqlType, n, got.IsNil())
				} else if n == 1 && !cmp.Equal(tt.natural, got.Elem().Interface()) {
					t.Errorf("%s: %v instead of %v", tt.sqlType, got.Elem().Interface(), tt.natural)
				}
			}
			if n != 2 || rows.Err() != nil {
				t.Errorf("%d rows, %v", n, rows.Err())
			}
		}
	})
}

// Columns may have any name, the same name twice, and none.
func TestConformanceColumnNames(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		rows, err := db.QueryContext(t.Context(), `SELECT 1 AS a, 2 AS a, 3 AS "a b", 4 AS "ü""x", 5 AS "lower" FROM DUAL`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"A", "A", "a b", `ü"x`, "lower"}, names); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"1 2 3 4 5"}, drain(t, rows)); diff != "" {
			t.Error(diff)
		}
	})
}

// Many goroutines use one pool with everything that it has. Each of them gets the answers to its own questions.
func TestConformanceConcurrency(t *testing.T) {
	eachServer(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(6)
		db.SetMaxIdleConns(3)
		exec(t, db, "CREATE TABLE con (g INT, i INT)")
		stmt, err := db.PrepareContext(t.Context(), "SELECT ? || '-' || ? FROM DUAL")
		if err != nil {
			t.Fatal(err)
		}
		defer stmt.Close()
		var writing sync.Mutex // exasqlite lets one transaction write at a time
		var wg sync.WaitGroup
		for g := range 12 {
			wg.Go(func() {
				for i := range 8 {
					want, got := fmt.Sprintf("%d-%d", g, i), ""
					switch (g + i) % 4 {
					case 0:
						if err := db.QueryRowContext(t.Context(), "SELECT '"+want+"' FROM DUAL").Scan(&got); err != nil {
							t.Error(err)
						}
					case 1:
						if err := stmt.QueryRowContext(t.Context(), fmt.Sprint(g), fmt.Sprint(i)).Scan(&got); err != nil {
							t.Error(err)
						}
					case 2:
						conn, err := db.Conn(t.Context())
						if err != nil {
							t.Error(err)
							continue
						}
						if err := conn.QueryRowContext(t.Context(), "SELECT ? || '-' || ? FROM DUAL", g, i).Scan(&got); err != nil {
							t.Error(err)
						}
						if err := conn.Close(); err != nil {
							t.Error(err)
						}
					case 3:
						got = want
					}
					if got != want {
						t.Errorf("%q got the answer %q", want, got)
					}
					writing.Lock()
					tx, err := db.BeginTx(t.Context(), nil)
					if err != nil {
						t.Error(err)
					} else {
						if _, err := tx.ExecContext(t.Context(), "INSERT INTO con VALUES (?, ?)", g, i); err != nil {
							t.Error(err)
						}
						end := tx.Commit
						if i%2 == 1 {
							end = tx.Rollback
						}
						if err := end(); err != nil {
							t.Error(err)
						}
					}
					writing.Unlock()
				}
			})
		}
		wg.Wait()
		wantTexts(t, db, "SELECT COUNT(*), COUNT(DISTINCT g * 100 + i), MAX(MOD(i, 2)) FROM con", "48 48 0")
		if stats := db.Stats(); stats.InUse != 0 || stats.OpenConnections > 6 {
			t.Errorf("%d in use, %d open", stats.InUse, stats.OpenConnections)
		}
		if n := len(srv.Sessions()); n > 3 {
			t.Logf("%d sessions are idle", n)
		}
	})
}

// Several results of one transaction are open at once.
func TestConformanceRowsSideBySide(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		outer, err := tx.QueryContext(t.Context(), "SELECT n FROM VALUES BETWEEN 1 AND 1200 AS v(n) ORDER BY n")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for outer.Next() {
			n++
			var got, inner int
			if err := outer.Scan(&got); err != nil || got != n {
				t.Fatalf("row %d: %d, %v", n, got, err)
			}
			if n%400 == 0 {
				if err := tx.QueryRowContext(t.Context(), "SELECT n + 1 FROM VALUES BETWEEN 1 AND 1500 AS v(n) WHERE n = ?", n).Scan(&inner); err != nil || inner != n+1 {
					t.Errorf("inner row %d, %v", inner, err)
				}
			}
		}
		if outer.Err() != nil || n != 1200 {
			t.Errorf("%d rows, %v", n, outer.Err())
		}
		if err := tx.Commit(); err != nil {
			t.Error(err)
		}
	})
}

// Decimals of a session with another separator, and timestamps in another format, are the same values.
func TestConformanceFormats(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		const query = "SELECT CAST(-1234.5 AS DECIMAL(18,2)), CAST(0.25 AS DOUBLE), DATE '2024-06-18', TIMESTAMP '2024-06-18 17:22:13.5' FROM DUAL"
		exec(t, conn, "CREATE TABLE fm (a DECIMAL(18,2), b DOUBLE, c DATE, d TIMESTAMP)")
		exec(t, conn, "INSERT INTO fm "+query)
		want := texts(t, conn, "SELECT * FROM fm")
		for _, set := range []string{"NLS_NUMERIC_CHARACTERS = ',.'", "NLS_DATE_FORMAT = 'DD.MM.YYYY'", "NLS_TIMESTAMP_FORMAT = 'DD.MM.YYYY HH12:MI:SS.FF3 AM'"} {
			exec(t, conn, "ALTER SESSION SET "+set)
			wantTexts(t, conn, "SELECT * FROM fm", want...)
		}
	})
}
