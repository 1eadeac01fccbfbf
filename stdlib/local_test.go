package stdlib_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/stdlib"
)

// serveFiles is serve with an IMPORT that keeps what it gets and an EXPORT of two rows.
func serveFiles(t *testing.T, opts ...stdlib.Option) (srv *exatest.Server, db *sql.DB, imported func() []string) {
	t.Helper()
	srv = exatest.NewServer(t, exatest.WithPlaintext())
	var mu sync.Mutex
	var texts []string
	srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
		text, err := io.ReadAll(content)
		mu.Lock()
		defer mu.Unlock()
		texts = append(texts, string(text))
		return int64(strings.Count(string(text), "\n")), err
	}))
	srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		_, err := io.WriteString(content, "1\n2\n")
		return 2, err
	}))
	db, err := stdlib.OpenDB(configOf(t, srv), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return srv, db, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return texts
	}
}

// sent returns the first words of the statements about files and transactions.
func sent(srv *exatest.Server) (words []string) {
	for _, r := range srv.Requests("execute") {
		word, _, _ := strings.Cut(r.SQL, " ")
		if slices.Contains([]string{"IMPORT", "EXPORT", "COMMIT", "ROLLBACK"}, word) {
			words = append(words, word)
		}
	}
	return words
}

func TestLocalFiles(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv")
	if err := os.WriteFile(in, []byte("1\n2\n3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	reports := 0
	srv, db, imported := serveFiles(t, stdlib.LocalFiles(bulk.OnProgress(func(bulk.Progress) { reports++ })), nil)
	result, err := db.ExecContext(t.Context(), "IMPORT INTO T FROM LOCAL CSV FILE '"+in+"'")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n != 3 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	if reports == 0 {
		t.Error("there was no report")
	}
	if _, err := db.ExecContext(t.Context(), "EXPORT T INTO LOCAL CSV FILE '"+out+"'"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(out); string(text) != "1\n2\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}

	// In a transaction it is one statement of it.
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "IMPORT INTO T FROM LOCAL CSV FILE '"+in+"'"); err != nil {
		t.Fatal(err)
	}
	_, err = tx.ExecContext(t.Context(), "IMPORT INTO T FROM LOCAL CSV FILE '"+filepath.Join(dir, "absent.csv")+"'")
	var failed *bulk.Error
	if !errors.As(err, &failed) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1\n2\n3\n", "1\n2\n3\n"}, imported()); diff != "" {
		t.Errorf("imported (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"IMPORT", "COMMIT", "EXPORT", "IMPORT", "ROLLBACK"}, sent(srv)); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	_, err = db.ExecContext(t.Context(), "IMPORT INTO T FROM LOCAL CSV FILE '"+in+"'", 1)
	if err == nil || !strings.Contains(err.Error(), "takes no arguments") {
		t.Errorf("with an argument: %v", err)
	}
}

// Without the option nothing is read, written or sent.
func TestLocalFilesAreOff(t *testing.T) {
	dir := t.TempDir()
	srv, db, _ := serveFiles(t)
	for _, sql := range []string{
		"IMPORT INTO T FROM LOCAL CSV FILE '" + filepath.Join(dir, "in.csv") + "'",
		"EXPORT T INTO LOCAL CSV FILE '" + filepath.Join(dir, "out.csv") + "'",
	} {
		if _, err := db.ExecContext(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "LocalFiles") {
			t.Errorf("%v", err)
		}
		if _, err := db.PrepareContext(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "by Exec") {
			t.Errorf("prepared: %v", err)
		}
		rows, err := db.QueryContext(t.Context(), sql)
		if err == nil || !strings.Contains(err.Error(), "by Exec") {
			t.Errorf("queried: %v, %v", rows, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if len(entries) > 0 || err != nil || len(sent(srv)) > 0 {
		t.Errorf("%v, %v, %v", entries, err, sent(srv))
	}
}

// A panic of a callback is an error, as everywhere in database/sql, and costs the connection.
func TestLocalFilesPanic(t *testing.T) {
	in := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(in, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, db, _ := serveFiles(t, stdlib.LocalFiles(bulk.OnProgress(func(bulk.Progress) { panic("boom") })))
	_, err := db.ExecContext(context.Background(), "IMPORT INTO T FROM LOCAL CSV FILE '"+in+"'")
	var panicked *stdlib.PanicError
	if !errors.As(err, &panicked) || panicked.Value != "boom" || exawire.SafeToRetry(err) {
		t.Errorf("%v", err)
	}
	if n := db.Stats().OpenConnections; n != 0 {
		t.Errorf("%d connections", n)
	}
}
