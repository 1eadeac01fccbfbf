package commands

import (
	"fmt"

	"github.com/exawire/exawire/internal/jsonscan"
)

// Limits for what a server may list in one answer. They are far above what databases have, and keep a broken server
// from making the client allocate without end.
const (
	// MaxColumns is how many columns a result set may have, and how many parameters a prepared statement: five times
	// what a table may have.
	MaxColumns = 50_000

	// MaxNodes is how many addresses a list of nodes may have.
	MaxNodes = 10_000
)

// smallList is how many bytes may be left of a message whose lists are not counted: reading them twice would cost more than
// growing a slice a few times.
const smallList = 2 << 10

// roomFor returns an empty slice with room for the elements of the array that comes next, which it does not consume. More
// than most elements are an error, found before anything is allocated for them. least is the length of the shortest
// element that can be read: there is no room for those that are shorter, and reading them ends at the first.
func roomFor[T any](s *jsonscan.Scanner, most, least int, what string) ([]T, error) {
	if left := s.Left(); left <= smallList && left/least <= most {
		return make([]T, 0, min(left/least, 1)), nil // whatever comes is neither too many nor too large
	}
	start, n := s.Pos(), 0
	err := s.Array(func(i int) error {
		if i >= most {
			return fmt.Errorf("%d %s, more than %d", i+1, what, most)
		}
		n = i + 1
		_, err := s.Skip()
		return err
	})
	if err != nil {
		return nil, err
	}
	size := s.Pos() - start
	s.SetPos(start)
	return make([]T, 0, min(n, size/least)), nil
}

// scanColumns reads descriptions of columns, or of parameters: what says which in an error.
func scanColumns(s *jsonscan.Scanner, what string) ([]ColumnInfo, error) {
	if null, err := scanNull(s); null || err != nil {
		return nil, err
	}
	columns, err := roomFor[ColumnInfo](s, MaxColumns, len(`{"dataType":{"type":"X"}}`), what)
	if err != nil {
		return nil, fmt.Errorf("columns: %w", err)
	}
	var ints integers
	err = s.Array(func(i int) error {
		var c ColumnInfo
		if err := scanColumn(s, &c, &ints); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
		if c.DataType.Type == "" {
			return fmt.Errorf("column %d has no data type", i+1)
		}
		columns = append(columns, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("columns: %w", err)
	}
	return columns, nil
}

func scanColumn(s *jsonscan.Scanner, c *ColumnInfo, ints *integers) error {
	return s.Object(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			return scanString(s, &c.Name)
		case "dataType":
			return scanDataType(s, &c.DataType, ints)
		}
		_, err = s.Skip()
		return err
	})
}

func scanDataType(s *jsonscan.Scanner, t *DataType, ints *integers) error {
	if null, err := scanNull(s); null || err != nil {
		return err
	}
	return s.Object(func(key []byte) (err error) {
		name := ""
		switch string(key) {
		case "type":
			name, err = "type", scanKnown(s, (*string)(&t.Type))
		case "characterSet":
			name, err = "characterSet", scanKnown(s, &t.CharacterSet)
		case "precision":
			name, err = "precision", scanOptional(s, &t.Precision, ints)
		case "scale":
			name, err = "scale", scanOptional(s, &t.Scale, ints)
		case "size":
			name, err = "size", scanOptional(s, &t.Size, ints)
		case "fraction":
			name, err = "fraction", scanOptional(s, &t.Fraction, ints)
		case "srid":
			name, err = "srid", scanOptional(s, &t.SRID, ints)
		case "withLocalTimeZone":
			name, err = "withLocalTimeZone", scanOptionalBool(s, &t.WithLocalTimeZone)
		default:
			_, err = s.Skip()
		}
		if err != nil && name != "" {
			return fmt.Errorf("%s: %w", name, err)
		}
		return err
	})
}

// scanOptional reads a property of a data type, nil for null. Servers have never sent these as text.
func scanOptional(s *jsonscan.Scanner, v **int, ints *integers) error {
	if null, err := scanNull(s); null || err != nil {
		*v = nil
		return err
	}
	n, err := s.Int64()
	if err == nil && int64(int(n)) != n {
		err = fmt.Errorf("%d out of range", n)
	}
	if err == nil {
		ints.store(v, int(n))
	}
	return err
}

// integers are the optional properties of the columns of a list. One allocation holds some of them.
type integers struct {
	free []int
	size int // of the last allocation
}

const mostIntegers = 64 // in one allocation

// store makes *v point to n.
func (p *integers) store(v **int, n int) {
	if *v == nil {
		if len(p.free) == 0 {
			p.size = min(max(2, 2*p.size), mostIntegers) // two are what a single DECIMAL has
			p.free = make([]int, p.size)
		}
		*v, p.free = &p.free[0], p.free[1:]
	}
	**v = n
}

func scanOptionalBool(s *jsonscan.Scanner, v **bool) error {
	if null, err := scanNull(s); null || err != nil {
		*v = nil
		return err
	}
	on, err := s.Bool()
	return set(v, &on, err)
}
