package commands

import "strconv"

// MaxFetchBytes is the largest NumBytes of a [Fetch].
const MaxFetchBytes = 64 << 20

// Fetch is the command fetch (V1): it reads rows of an open result set, from any position and any number of times. The
// answer is read by [ParseFetch].
type Fetch struct {
	Handle        int   `json:"resultSetHandle"` // of the result set
	StartPosition int64 `json:"startPosition"`   // zero-based row
	NumBytes      int64 `json:"numBytes"`        // a hint for the size of the answer, 1 to MaxFetchBytes; at least one row is sent
}

// CloseResultSet is the command closeResultSet (V1). It has an answer without a payload.
type CloseResultSet struct {
	Handles []int `json:"resultSetHandles"` // of the result sets
}

// GetResultSetHeader is the command getResultSetHeader (V1). The answer is read by [ParseResults]; it has no rows.
type GetResultSetHeader struct {
	Handles []int `json:"resultSetHandles"` // of the result sets; the answer has the same order
}

// GetOffset is the command getOffset (V1), which only subconnections send. The answer is read by [ParseOffset].
type GetOffset struct {
	Handle int `json:"resultSetHandle"` // of the result set, the same on all subconnections
}

var (
	_ Command = Fetch{}
	_ Command = CloseResultSet{}
	_ Command = GetResultSetHeader{}
	_ Command = GetOffset{}
)

// CommandName returns "fetch".
func (Fetch) CommandName() string { return "fetch" }

// CommandName returns "closeResultSet".
func (CloseResultSet) CommandName() string { return "closeResultSet" }

// CommandName returns "getResultSetHeader".
func (GetResultSetHeader) CommandName() string { return "getResultSetHeader" }

// CommandName returns "getOffset".
func (GetOffset) CommandName() string { return "getOffset" }

func (c CloseResultSet) appendFields(dst []byte) ([]byte, error) {
	return appendHandles(dst, c.Handles), nil
}

func (c GetResultSetHeader) appendFields(dst []byte) ([]byte, error) {
	return appendHandles(dst, c.Handles), nil
}

// appendHandles writes no handles as an empty list, where the general encoder would write null.
func appendHandles(dst []byte, handles []int) []byte {
	dst = append(dst, `,"resultSetHandles":[`...)
	for i, h := range handles {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(h), 10)
	}
	return append(dst, ']')
}
