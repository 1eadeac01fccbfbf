package stdlib

import "errors"

// result is the number of rows that a statement has changed.
type result int64

var errNoInsertID = errors.New("stdlib: there is no last insert id: query for the identity value, or give the rows keys of your own")

// LastInsertId fails: the server does not report it.
func (result) LastInsertId() (int64, error) { return 0, errNoInsertID }

// RowsAffected returns the number.
func (n result) RowsAffected() (int64, error) { return int64(n), nil }
