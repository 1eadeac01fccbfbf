package commands

import (
	"errors"
	"fmt"

	"github.com/exawire/exawire/internal/jsonscan"
)

// ParseResults reads the payload of execute, executeBatch, executePreparedStatement, getResultSetHeader and the
// metadata commands: one result for each statement. Result data stays raw and aliases data. A result set with more than
// [MaxColumns] columns is an error. It allocates less than five times len(data).
func ParseResults(data []byte) ([]Result, error) { return ParseResultsOf(data, len(data)) }

// ParseResultsOf is [ParseResults] for the answer to a request that can have at most this many results. More of them
// are an error, found before anything is allocated for them.
func ParseResultsOf(data []byte, most int) ([]Result, error) {
	s := jsonscan.New(data)
	results, announced, err := scanPayload(s, most)
	if err == nil {
		err = s.End()
	}
	if err == nil {
		err = checkResults(announced, results)
	}
	if err != nil {
		return nil, fmt.Errorf("results: %w", err)
	}
	return results, nil
}

// scanPayload reads an object with results. announced is their number as the server claims, -1 if it does not.
func scanPayload(s *jsonscan.Scanner, most int) (results []Result, announced int64, err error) {
	announced = -1
	err = s.Object(func(key []byte) (err error) {
		switch string(key) {
		case "numResults":
			announced, err = scanCount(s, "numResults")
		case "results":
			results, err = scanResults(s, most)
		default:
			_, err = s.Skip()
		}
		return err
	})
	return results, announced, err
}

// checkResults compares the number of results with the one that was announced, -1 if none was.
func checkResults(announced int64, results []Result) error {
	if announced >= 0 && announced != int64(len(results)) {
		return fmt.Errorf("numResults is %d but there are %d", announced, len(results))
	}
	return nil
}

func scanResults(s *jsonscan.Scanner, most int) ([]Result, error) {
	if null, err := scanNull(s); null || err != nil {
		return nil, err
	}
	results, err := roomFor[Result](s, most, len(`{"resultType":"rowCount"}`), "results")
	if err != nil {
		return nil, err
	}
	err = s.Array(func(i int) error {
		r, err := scanResult(s)
		if err != nil {
			return fmt.Errorf("result %d: %w", i+1, err)
		}
		results = append(results, r)
		return nil
	})
	if len(results) == 0 {
		return nil, err
	}
	return results, err
}

func scanResult(s *jsonscan.Scanner) (Result, error) {
	var r Result
	var kind string
	err := s.Object(func(key []byte) (err error) {
		switch string(key) {
		case "resultType":
			kind, err = scanWord(s)
		case "rowCount":
			r.RowCount, err = scanCount(s, "rowCount")
		case "resultSet":
			r.ResultSet, err = scanResultSet(s)
		default:
			_, err = s.Skip()
		}
		return err
	})
	if err != nil {
		return r, err
	}
	r.Type = ResultType(kind)
	switch {
	case r.Type == TypeResultSet && r.ResultSet == nil:
		return r, errors.New("resultType is resultSet but there is none")
	case r.Type == TypeRowCount && r.ResultSet != nil:
		return r, errors.New("resultType is rowCount but there is a result set")
	case r.Type != TypeResultSet && r.Type != TypeRowCount:
		return r, fmt.Errorf("resultType %.20q is neither rowCount nor resultSet", kind)
	}
	return r, nil
}

func scanResultSet(s *jsonscan.Scanner) (*ResultSet, error) {
	if null, err := scanNull(s); null || err != nil {
		return nil, err
	}
	rs := &ResultSet{Handle: NoHandle}
	numColumns, numRows, inMessage := int64(-1), int64(-1), int64(-1)
	err := s.Object(func(key []byte) (err error) {
		switch string(key) {
		case "resultSetHandle":
			rs.Handle, err = scanHandle(s)
		case "numColumns":
			numColumns, err = scanCount(s, "numColumns")
		case "numRows":
			numRows, err = scanCount(s, "numRows")
		case "numRowsInMessage":
			inMessage, err = scanCount(s, "numRowsInMessage")
		case "columns":
			rs.Columns, err = scanColumns(s, "columns")
		case "data":
			rs.Data, err = skipNull(s)
		default:
			_, err = s.Skip()
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("result set: %w", err)
	}
	if numColumns >= 0 && numColumns != int64(len(rs.Columns)) {
		return nil, fmt.Errorf("result set: numColumns is %d but %d columns are described", numColumns, len(rs.Columns))
	}
	if err := rs.settle(numRows, inMessage); err != nil {
		return nil, fmt.Errorf("result set: %w", err)
	}
	return rs, nil
}

// settle says how many rows there are and how many are in the message, where -1 stands for a number that the server
// left out. Servers that leave numRowsInMessage out send all rows or none.
func (rs *ResultSet) settle(numRows, inMessage int64) error {
	if numRows < 0 && (rs.Data != nil || rs.Handle != NoHandle) {
		return errors.New("there are rows but no numRows")
	}
	rs.NumRows = max(numRows, 0)
	switch {
	case inMessage >= 0:
		rs.NumRowsInMessage = inMessage
	case rs.Data != nil:
		rs.NumRowsInMessage = rs.NumRows
	}
	switch {
	case rs.NumRowsInMessage > rs.NumRows:
		return fmt.Errorf("%d rows in the message of a result with %d", rs.NumRowsInMessage, rs.NumRows)
	case rs.NumRowsInMessage > 0 && rs.Data == nil:
		return fmt.Errorf("%d rows are announced in the message but it has no data", rs.NumRowsInMessage)
	}
	return nil
}

// scanHandle reads a handle. Null and negative numbers, which some servers send for "none", are NoHandle; 0 is a handle.
func scanHandle(s *jsonscan.Scanner) (int, error) {
	if null, err := scanNull(s); null || err != nil {
		return NoHandle, err
	}
	var h int
	if err := scanInt(s, &h); err != nil {
		return NoHandle, fmt.Errorf("handle: %w", err)
	}
	return max(h, NoHandle), nil
}

// ParsePrepared reads the payload of createPreparedStatement.
func ParsePrepared(data []byte) (*PreparedStatement, error) {
	p := &PreparedStatement{Handle: NoHandle}
	announced := int64(-1)
	s := jsonscan.New(data)
	err := s.Object(func(key []byte) (err error) {
		switch string(key) {
		case "statementHandle":
			p.Handle, err = scanHandle(s)
		case "parameterData":
			p.Params, err = scanParameterData(s)
		case "numResults":
			announced, err = scanCount(s, "numResults")
		case "results":
			p.Results, err = scanResults(s, len(data))
		default:
			_, err = s.Skip()
		}
		return err
	})
	if err == nil {
		err = s.End()
	}
	if err == nil {
		err = checkResults(announced, p.Results)
	}
	if err == nil && p.Handle == NoHandle {
		err = errors.New("no statement handle")
	}
	if err != nil {
		return nil, fmt.Errorf("prepared statement: %w", err)
	}
	return p, nil
}

func scanParameterData(s *jsonscan.Scanner) (params []ColumnInfo, err error) {
	if null, err := scanNull(s); null || err != nil {
		return nil, err
	}
	announced := int64(-1)
	err = s.Object(func(key []byte) (err error) {
		switch string(key) {
		case "numColumns":
			announced, err = scanCount(s, "numColumns")
		case "columns":
			params, err = scanColumns(s, "parameters")
		default:
			_, err = s.Skip()
		}
		return err
	})
	if err == nil && announced >= 0 && announced != int64(len(params)) {
		err = fmt.Errorf("numColumns is %d but %d parameters are described", announced, len(params))
	}
	return params, err
}
