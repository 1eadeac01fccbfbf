package commands

import (
	"fmt"

	"github.com/exawire/exawire/internal/jsonscan"
)

// CheckRows reads the rows without decoding them. It returns an error unless they are an array of columns with NumRows
// values each. It is for those who decode with columns of their own: what does not fit afterwards is not the server's
// mistake. Call it before Data is decoded.
func (f *FetchAnswer) CheckRows() error {
	if f.Data == nil {
		return nil
	}
	s, columns := jsonscan.New(f.Data), 0
	err := s.Array(func(column int) error {
		columns++
		rows := int64(0)
		err := s.Array(func(int) error {
			rows++
			_, err := s.Skip()
			return err
		})
		if err == nil && rows != f.NumRows {
			err = fmt.Errorf("column %d has %d of %d rows", column+1, rows, f.NumRows)
		}
		return err
	})
	if err == nil && columns == 0 && f.NumRows > 0 {
		err = fmt.Errorf("%d rows without columns", f.NumRows)
	}
	return err
}
