package resultset_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// Memory is made for bytes that came, not for rows that a server claims.
func TestDecodeClaimedRows(t *testing.T) {
	const claimed = 1 << 24
	cols := []commands.ColumnInfo{column("K", decimalType(18, 0)), column("S", varchar(9))}
	var b resultset.Batch
	decoder := resultset.NewDecoder(cols, resultset.Formats{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decoder.Decode(&b, []byte(`[[1],["a"]]`), 0, claimed)
	runtime.ReadMemStats(&after)
	var broken *resultset.DataError
	if !errors.As(err, &broken) || !strings.Contains(err.Error(), "too short") {
		t.Errorf("error is %v", err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > claimed {
		t.Errorf("%d bytes were allocated for 11", got)
	}
}

// What is kept of a bad value is small, since a message can consist of them.
func TestBadValuesMemory(t *testing.T) {
	const rows = 1 << 18
	data := []byte("[[" + strings.Repeat(`"",`, rows-1) + `""]]`)
	decoder := resultset.NewDecoder([]commands.ColumnInfo{column("K", decimalType(18, 2))}, resultset.Formats{})
	var b resultset.Batch
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decoder.Decode(&b, data, 0, rows)
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / rows; err != nil || got > 140 { // as the list grows it is copied
		t.Errorf("%d bytes were allocated for each value, %v", got, err)
	}
}
