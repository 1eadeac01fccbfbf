package sqlsplit_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/exawire/exawire/internal/sqlsplit"
)

// The pieces that are no statements are given out, too: joined, all of them are the script.
func Example() {
	s := sqlsplit.New(strings.NewReader("SELECT ';' FROM dual; -- done\nCOMMIT"), 1<<20)
	for {
		piece, err := s.Next()
		if piece.Text != "" {
			fmt.Printf("%-5t %d:%d %q\n", piece.Statement, piece.Begin.Line, piece.Begin.Column, piece.Text)
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// true  1:1 "SELECT ';' FROM dual"
	// false 1:21 "; "
	// true  1:23 "-- done\nCOMMIT"
}
