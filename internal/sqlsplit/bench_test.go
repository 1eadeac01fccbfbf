package sqlsplit_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/exawire/exawire/internal/sqlsplit"
)

// BenchmarkSplitScript splits a script of 1 MB into its statements, by what it mostly consists of.
func BenchmarkSplitScript(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"inserts", "INSERT INTO sales (id, name, price) VALUES (4711, 'it''s a lamp', 17.50);\n"},
		{"comments", "/* what follows is needed for the report; see there */\nSELECT a, b -- both\nFROM t;\n"},
		{"script-bodies", "CREATE OR REPLACE LUA SCRIPT s AS\n" + strings.Repeat("  local x = 1;\n", 1000) + "/\n"},
		{"long-strings", "SELECT '" + strings.Repeat("x", 100_000) + "';\n"},
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
