package csvtext

import "fmt"

// Error says where data is not what it was to be. It quotes nothing of it.
type Error struct {
	Row    int64 // zero-based, -1 if none is to blame
	Column int   // zero-based, -1 if none is to blame
	Reason string
}

// Error names the row and the column, counting from 1.
func (e *Error) Error() string {
	switch {
	case e.Row < 0 && e.Column < 0:
		return e.Reason
	case e.Row < 0:
		return fmt.Sprintf("column %d: %s", e.Column+1, e.Reason)
	case e.Column < 0:
		return fmt.Sprintf("row %d: %s", e.Row+1, e.Reason)
	}
	return fmt.Sprintf("row %d, column %d: %s", e.Row+1, e.Column+1, e.Reason)
}
