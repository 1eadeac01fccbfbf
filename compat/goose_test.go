package compat

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/exawire/exawire"
	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// gooseFiles returns the migrations as goose wants them: without folders. With failing, the last one fails half-way.
func gooseFiles(t *testing.T, failing bool) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	add := func(pattern string) {
		names, err := fs.Glob(migrations, pattern)
		must(t, err)
		for _, name := range names {
			text, err := fs.ReadFile(migrations, name)
			must(t, err)
			info, err := fs.Stat(migrations, name)
			must(t, err)
			files[info.Name()] = &fstest.MapFile{Data: text}
		}
	}
	add("migrations/*.sql")
	if failing {
		add("migrations/failing/*.sql")
	}
	return files
}

// errRefused is the error of a migration in Go.
var errRefused = errors.New("migration refused")

// newProvider returns a provider with the migrations 1 to 5, of which the third is in Go. The Go code returns refuse after
// its work is done.
func newProvider(t *testing.T, db *sql.DB, files fs.FS, refuse error) *goose.Provider {
	t.Helper()
	store, err := newGooseStore()
	must(t, err)
	up := func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO customers (id, name, balance, seen) VALUES (?, ?, ?, ?)", 3, nasty, decimal("99999999999999.9999"), moment); err != nil {
			return err
		}
		return refuse
	}
	down := func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM customers WHERE id = ?", 3)
		return err
	}
	provider, err := goose.NewProvider("", db, files, goose.WithStore(store), goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(goose.NewGoMigration(3, &goose.GoFunc{RunTx: up}, &goose.GoFunc{RunTx: down})))
	must(t, err)
	return provider
}

// versionsOf returns the versions of the migrations that ran.
func versionsOf(results []*goose.MigrationResult) (versions []int64) {
	for _, r := range results {
		versions = append(versions, r.Source.Version)
	}
	return versions
}

func checkVersion(t *testing.T, provider *goose.Provider, want int64) {
	t.Helper()
	got, err := provider.GetDBVersion(t.Context())
	check(t, "version", err, want, got)
}

type customer struct {
	ID      int64
	Name    string
	Balance exawire.Decimal
	Since   sql.Null[time.Time]
	Seen    sql.NullTime
	Rating  sql.Null[string]
}

// customers returns the rows that the migrations wrote.
func customers(t *testing.T, db *sql.DB) (all []customer) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT id, name, balance, since, seen, rating FROM customers ORDER BY id")
	must(t, err)
	for rows.Next() {
		var c customer
		must(t, rows.Scan(&c.ID, &c.Name, &c.Balance, &c.Since, &c.Seen, &c.Rating))
		all = append(all, c)
	}
	must(t, rows.Err(), rows.Close())
	return all
}

// exists says whether the schema has a table, view or script.
func exists(t *testing.T, db *sql.DB, name string) bool {
	t.Helper()
	var n int
	must(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM EXA_ALL_OBJECTS WHERE ROOT_NAME = CURRENT_SCHEMA AND OBJECT_NAME = ?", name).Scan(&n))
	return n == 1
}

func TestGooseUpAndDown(t *testing.T) {
	everywhere(t, func(t *testing.T, db *sql.DB) {
		ctx := t.Context()
		provider := newProvider(t, db, gooseFiles(t, false), nil)
		pending, err := provider.HasPending(ctx)
		check(t, "pending", err, true, pending)
		checkVersion(t, provider, 0)
		results, err := provider.UpTo(ctx, 2)
		check(t, "up to 2", err, []int64{1, 2}, versionsOf(results))
		checkVersion(t, provider, 2)
		results, err = provider.Up(ctx)
		check(t, "up", err, []int64{3, 4, 5}, versionsOf(results))
		results, err = provider.Up(ctx)
		check(t, "up again", err, []int64(nil), versionsOf(results))
		current, target, err := provider.GetVersions(ctx)
		check(t, "versions", err, [2]int64{5, 5}, [2]int64{current, target})

		check(t, "rows", nil, []customer{
			{ID: 2, Name: "a -- b ?", Balance: decimal("0.0000")},
			{ID: 3, Name: nasty, Balance: decimal("99999999999999.9999"), Seen: sql.NullTime{Time: moment, Valid: true}},
			{
				ID: beyond, Name: `O'Hara; 日本 "👍"`, Balance: decimal("-0.0001"), Since: sql.Null[time.Time]{V: day(1999, 12, 31), Valid: true},
				Seen: sql.NullTime{Time: moment, Valid: true}, Rating: sql.Null[string]{V: "9.5", Valid: true},
			},
		}, customers(t, db))
		check(t, "script and view", nil, []bool{true, true}, []bool{exists(t, db, "CLEAN_UP"), exists(t, db, "RATED")})

		// Another provider finds what this one has done.
		status, err := newProvider(t, db, gooseFiles(t, true), nil).Status(ctx)
		must(t, err)
		var states []goose.State
		for _, s := range status {
			states = append(states, s.State)
			if s.AppliedAt.IsZero() != (s.State == goose.StatePending) {
				t.Errorf("version %d is %s since %v", s.Source.Version, s.State, s.AppliedAt)
			}
		}
		applied := goose.StateApplied
		check(t, "status", nil, []goose.State{applied, applied, applied, applied, applied, goose.StatePending}, states)

		result, err := provider.Down(ctx)
		check(t, "down", err, []int64{5}, versionsOf([]*goose.MigrationResult{result}))
		results, err = provider.DownTo(ctx, 1)
		check(t, "down to 1", err, []int64{4, 3, 2}, versionsOf(results))
		check(t, "script and view", nil, []bool{false, false}, []bool{exists(t, db, "CLEAN_UP"), exists(t, db, "RATED")})
		var n int
		err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM customers").Scan(&n)
		check(t, "rows that are left", err, 2, n)
		results, err = provider.DownTo(ctx, 0)
		check(t, "down to 0", err, []int64{1}, versionsOf(results))
		check(t, "table", nil, false, exists(t, db, "CUSTOMERS"))
		checkVersion(t, provider, 0)
	})
}

// A migration that fails leaves no trace: neither its rows nor its tables, and the version is what it was.
func TestGooseFailures(t *testing.T) {
	everywhere(t, func(t *testing.T, db *sql.DB) {
		ctx := t.Context()
		refused := newProvider(t, db, gooseFiles(t, false), errRefused)
		results, err := refused.Up(ctx)
		var partial *goose.PartialError
		if !errors.As(err, &partial) || !errors.Is(err, errRefused) {
			t.Fatalf("the migration in Go gave %v, %v", versionsOf(results), err)
		}
		check(t, "applied", nil, []int64{1, 2}, versionsOf(partial.Applied))
		checkVersion(t, refused, 2)
		before := customers(t, db)
		check(t, "rows after the refusal", nil, 2, len(before))

		provider := newProvider(t, db, gooseFiles(t, true), nil)
		_, err = provider.Up(ctx)
		var exaErr *exawire.Error
		if !errors.As(err, &partial) || !errors.As(err, &exaErr) {
			t.Fatalf("the migration in SQL gave %v", err)
		}
		check(t, "code", nil, "42X91", exaErr.SQLCode)
		check(t, "applied", nil, []int64{3, 4, 5}, versionsOf(partial.Applied))
		check(t, "failed", nil, int64(6), partial.Failed.Source.Version)
		checkVersion(t, provider, 5)
		check(t, "table of the failed migration", nil, false, exists(t, db, "HALFWAY"))
		after := customers(t, db)
		check(t, "balance", nil, decimal("0.0000"), after[0].Balance)

		pending, err := provider.HasPending(ctx)
		check(t, "pending", err, true, pending)
		if _, err := provider.ApplyVersion(ctx, 5, true); !errors.Is(err, goose.ErrAlreadyApplied) {
			t.Errorf("version 5 once more: %v", err)
		}
		result, err := provider.ApplyVersion(ctx, 4, false)
		check(t, "version 4 undone", err, []int64{4}, versionsOf([]*goose.MigrationResult{result}))
		check(t, "script", nil, false, exists(t, db, "CLEAN_UP"))
	})
}
