package sqlsplit_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/exawire/exawire/internal/sqlsplit"
	"github.com/google/go-cmp/cmp"
)

const fuzzLimit = 1 << 20

// pieces reads a script to its end or its error. What is not statements is joined, since how much of it is one piece
// depends on how the script arrives.
func pieces(r io.Reader, limit int) (all []sqlsplit.Piece, err error) {
	s := sqlsplit.New(r, limit)
	for {
		p, err := s.Next()
		if err != nil {
			if _, again := s.Next(); !errors.Is(again, err) {
				return all, errors.New("the error does not stay")
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return all, err
		}
		if last := len(all) - 1; last >= 0 && !all[last].Statement && !p.Statement {
			all[last].Text += p.Text
			continue
		}
		all = append(all, p)
	}
}

func statementsOf(all []sqlsplit.Piece) (statements []sqlsplit.Piece) {
	for _, p := range all {
		if p.Statement {
			statements = append(statements, p)
		}
	}
	return statements
}

// randomReader gives a script in pieces of random size.
type randomReader struct {
	rest string
	rng  *rand.Rand
}

func (r *randomReader) Read(p []byte) (int, error) {
	n := copy(p[:min(len(p), r.rng.IntN(10))], r.rest)
	r.rest = r.rest[n:]
	if r.rest == "" {
		return n, io.EOF
	}
	return n, nil
}

// FuzzSplit compares with the oracle, and the ways in which a script can arrive with each other.
func FuzzSplit(f *testing.F) {
	for _, tt := range splitTests {
		f.Add(tt.script, uint64(1))
	}
	for _, tt := range errorTests {
		f.Add(tt.script, uint64(2))
	}
	f.Fuzz(func(t *testing.T, script string, seed uint64) {
		got, err := pieces(strings.NewReader(script), fuzzLimit)
		var joined strings.Builder
		for _, p := range got {
			if int64(joined.Len()) != p.Begin.Offset || p.Text == "" {
				t.Fatalf("%q: piece %q at %d instead of %d", script, p.Text, p.Begin.Offset, joined.Len())
			}
			joined.WriteString(p.Text)
		}
		if text := joined.String(); err == nil && text != script || !strings.HasPrefix(script, text) {
			t.Fatalf("%q: the pieces joined are %q, error %v", script, text, err)
		}
		want, wantErr := oracle(script)
		if diff := cmp.Diff(want, statementsOf(got)); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", script, diff)
		}
		if !errors.Is(err, wantErr) {
			t.Fatalf("%q: %v instead of %v", script, err, wantErr)
		}
		for _, r := range []io.Reader{
			iotest.OneByteReader(strings.NewReader(script)), iotest.DataErrReader(strings.NewReader(script)),
			&randomReader{script, rand.New(rand.NewPCG(seed, 0))},
		} {
			again, againErr := pieces(r, fuzzLimit)
			if diff := cmp.Diff(got, again); diff != "" {
				t.Fatalf("%q read by %T (-whole +read):\n%s", script, r, diff)
			}
			if diff := cmp.Diff(text(err), text(againErr)); diff != "" {
				t.Fatalf("%q read by %T: %s", script, r, diff)
			}
		}
	})
}

// TestSplitWhiteSpace puts every character that begins like white space, and many more, where white space may stand.
func TestSplitWhiteSpace(t *testing.T) {
	for r := range rune(1 << 16) {
		if r > 0x3100 && r < 0xF000 && r%97 > 0 {
			continue
		}
		c := string(r)
		script := c + "SELECT 1" + c + ";" + c + "\nCREATE" + c + "SCRIPT" + c + "s AS" + c + "x;\n" + c + "/" + c + "\nSELECT 2;\n" + c + "--" + c + "\n" + c
		got, err := pieces(strings.NewReader(script), fuzzLimit)
		want, wantErr := oracle(script)
		if diff := cmp.Diff(want, statementsOf(got)); diff != "" || !errors.Is(err, wantErr) {
			t.Errorf("%U: %v (-want +got):\n%s", r, err, diff)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
