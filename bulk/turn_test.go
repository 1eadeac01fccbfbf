package bulk

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// Imports on one session come one after the other: what one has reported as done is not undone by the failure of another.
func TestImportsAtTheSameTime(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		var got []string
		imports(srv, &got)
		first, second, third := make(chan error, 1), make(chan error, 1), make(chan error, 1)
		pr, pw := io.Pipe()
		plain := Encrypt(EncryptionOff)
		go func() {
			_, err := Import(t.Context(), s, "T", FromReader(pr), plain)
			first <- err
		}()
		synctest.Wait()
		go func() {
			_, err := Import(t.Context(), s, "T", FromReader(strings.NewReader("2\n")), plain)
			second <- err
		}()
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := Import(ctx, s, "T", FromReader(strings.NewReader("3\n")), plain)
			third <- err
		}()
		if err := <-third; !errors.Is(err, context.DeadlineExceeded) || !exawire.SafeToRetry(err) {
			t.Errorf("one that did not wait: %v", err)
		}
		pw.CloseWithError(errDisk)
		if err := <-first; !errors.Is(err, errDisk) {
			t.Error(err)
		}
		if err := <-second; err != nil {
			t.Error(err)
		}
		want := append(append([]string{}, rolledBack...), "autocommit false", "IMPORT", "COMMIT", "autocommit true")
		if diff := cmp.Diff(want, statements(srv)); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
		if len(turns.of) > 0 {
			t.Errorf("%d sessions are kept", len(turns.of))
		}
	})
}
