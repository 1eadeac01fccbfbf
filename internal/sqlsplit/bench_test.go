package sqlsplit_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/exawire/exawire/internal/sqlsplit"
)

func BenchmarkSplit(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"inserts", "INSERT INTO sales (id, name, price) VALUES (4711, 'it''s a lamp', 17.50);\n"},
		{"comments", "/* what follows is needed for the report; see there */\nSELECT a, b -- both\nFROM t;\n"},
		{"body", "CREATE OR REPLACE LUA SCRIPT s AS\n" + strings.Repeat("  local x = 1;\n", 1000) + "/\n"},
		{"string", "SELECT '" + strings.Repeat("x", 100_000) + "';\n"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			script := strings.Repeat(bb.text, max(1, (1<<20)/len(bb.text)))
			b.SetBytes(int64(len(script)))
			b.ReportAllocs()
			for b.Loop() {
				s := sqlsplit.New(strings.NewReader(script), fuzzLimit)
				var err error
				for err == nil {
					_, err = s.Next()
				}
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
			}
		})
	}
}
