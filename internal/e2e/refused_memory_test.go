package e2e_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// TestRefusedLeavesNothing writes what no server takes. It is refused before all of it is encoded, and what was encoded by
// then is not kept.
func TestRefusedLeavesNothing(t *testing.T) {
	const most = 4 << 20
	_, sess := tableServer(t, "ID DECIMAL(18,0), NAME VARCHAR(2000000) UTF8", exatest.WithMaxMessageSize(most))
	text := strings.Repeat("x", 100<<10)
	ids, names := make([]int64, 640), make([]string, 640)
	for i := range names {
		names[i] = text
	}
	long := strings.Repeat("x", 128<<20)
	stmt, err := sess.Prepare(t.Context(), "INSERT INTO t VALUES (?, ?)")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close(t.Context())
	for name, write := range map[string]func() error{
		"by handle": func() error {
			desc, err := sess.CreatePreparedStatement(t.Context(), "INSERT INTO t VALUES (?, ?)")
			if err != nil {
				return err
			}
			_, err = sess.ExecutePreparedStatement(t.Context(), desc.Handle, desc.Params, []exawire.ParamColumn{exawire.Values(ids), exawire.Values(names)})
			return errors.Join(err, sess.ClosePreparedStatement(t.Context(), desc.Handle))
		},
		"SQL": func() error { _, err := sess.Exec(t.Context(), long); return err },
		"SQL to prepare": func() error {
			stmt, err := sess.Prepare(t.Context(), long)
			if err == nil {
				err = stmt.Close(t.Context())
			}
			return err
		},
		"one row": func() error {
			_, err := stmt.ExecColumns(t.Context(), exawire.Values([]int64{1}), exawire.Values([]string{strings.Repeat("€", 2_000_000)}))
			return err
		},
	} {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := write()
		runtime.ReadMemStats(&after)
		if !errors.Is(err, exawire.ErrMessageTooLarge) || !exawire.SafeToRetry(err) {
			t.Errorf("%s: error %v", name, err)
		}
		if bytes := after.TotalAlloc - before.TotalAlloc; bytes > 12*most {
			t.Errorf("%s: %d bytes were allocated", name, bytes)
		}
		runtime.GC() // what is in a pool survives it once
		runtime.ReadMemStats(&after)
		if after.HeapAlloc > before.HeapAlloc+most/2 && !raceEnabled {
			t.Errorf("%s: %d bytes are left", name, after.HeapAlloc-before.HeapAlloc)
		}
	}
	checkUsable(t, sess)
}
