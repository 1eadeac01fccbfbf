package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
)

// request is what the server looks at.
type request struct {
	Command       string `json:"command"`
	SQLText       string `json:"sqlText"`
	StartPosition int    `json:"startPosition"`
	NumBytes      int    `json:"numBytes"`
	NumRows       int    `json:"numRows"`
	Attributes    struct {
		Autocommit *bool `json:"autocommit"`
	} `json:"attributes"`
}

// parseRequest reads a request. Of the rows of an INSERT it looks at their number alone.
func parseRequest(message []byte) (req request, err error) {
	if bytes.HasPrefix(message, []byte(`{"command":"`+insertCommand+`"`)) {
		head, _, ok := bytes.Cut(message, []byte(`,"columns":`))
		if !ok {
			return req, fmt.Errorf("%s without columns", insertCommand)
		}
		message = slices.Concat(head, []byte("}"))
	}
	err = json.Unmarshal(message, &req)
	return req, err
}

const insertCommand = "executePreparedStatement"

func (s *Server) serve(c net.Conn) error {
	r := bufio.NewReaderSize(c, 64<<10)
	if err := upgrade(r, c); err != nil {
		return err
	}
	compressed, autocommit := false, true
	var out []byte
	var message []byte
	for {
		var err error
		if message, err = readMessage(r, message[:0]); err != nil {
			return err
		}
		if compressed {
			if message, err = inflate(message); err != nil {
				return err
			}
		}
		req, err := parseRequest(message)
		if err != nil {
			return err
		}
		if req.Attributes.Autocommit != nil {
			autocommit = *req.Attributes.Autocommit
		}
		switch {
		case req.Command != "fetch":
			out = s.answer(out[:0], req, compressed, autocommit)
		case compressed:
			out = append(out[:0], s.table.compressed(req.StartPosition, s.rows)...)
		default:
			out = s.table.appendFrame(out[:0], s.table.piece(req.StartPosition, s.rows, max(1, req.NumBytes/s.table.perRow)))
		}
		if _, err := c.Write(out); err != nil {
			return err
		}
		if req.Command == "" {
			compressed = s.compressed
		}
	}
}

// answer appends the frame that answers a request.
func (s *Server) answer(dst []byte, req request, compressed, autocommit bool) []byte {
	switch req.Command {
	case "login":
		return appendFrame(dst, fmt.Appendf(nil, `{"status":"ok","responseData":{"publicKeyPem":%s}}`, s.key), false)
	case "":
		return appendFrame(dst, []byte(`{"status":"ok","responseData":{"sessionId":1825312482065121280,"protocolVersion":5,`+
			`"releaseVersion":"8.32.0","maxDataMessageSize":67108864,"timeZone":"UNIVERSAL"}}`), false)
	case "execute":
		if req.SQLText == SmallSQL {
			return appendFrame(dst, []byte(SmallAnswer), compressed)
		}
		if !strings.HasPrefix(req.SQLText, "SELECT") {
			return appendFrame(dst, s.execute(req.SQLText), compressed)
		}
		columns, err := json.Marshal(benchdata.Header[commands.ColumnInfo](s.shape))
		if err != nil {
			panic(err)
		}
		return appendFrame(dst, fmt.Appendf(nil, `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet",`+
			`"resultSet":{"resultSetHandle":1,"numColumns":%d,"numRows":%d,"numRowsInMessage":0,"columns":%s}}]}}`,
			len(s.table.columns), s.rows, columns), compressed)
	case "createPreparedStatement":
		return appendFrame(dst, s.described(req), compressed)
	case insertCommand:
		return appendFrame(dst, fmt.Appendf(nil, `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":%d}]}}`,
			req.NumRows), compressed)
	case "disconnect":
		return appendFrame(dst, []byte(`{"status":"ok"}`), compressed)
	default:
		return appendFrame(dst, fmt.Appendf(nil, `{"status":"ok","attributes":{"autocommit":%t}}`, autocommit), compressed)
	}
}

// described returns the description of a statement: a SELECT returns the columns of the shape, and an INSERT takes a
// value for each of them. What is inserted is counted and thrown away.
func (s *Server) described(req request) []byte {
	header := benchdata.Header[commands.ColumnInfo](s.shape)
	columns, err := json.Marshal(header)
	if err != nil {
		panic(err)
	}
	if strings.HasPrefix(req.SQLText, "SELECT") {
		return fmt.Appendf(nil, `{"status":"ok","responseData":{"statementHandle":1,"numResults":1,"results":[{"resultType":"resultSet",`+
			`"resultSet":{"numColumns":%d,"numRows":0,"numRowsInMessage":0,"columns":%s}}]}}`, len(header), columns)
	}
	return fmt.Appendf(nil, `{"status":"ok","responseData":{"statementHandle":1,"parameterData":{"numColumns":%d,"columns":%s},`+
		`"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}}`, len(header), columns)
}

// SmallSQL is a query whose result fits the answer, SmallAnswer what it is answered.
const (
	SmallSQL    = "SELECT 1"
	SmallAnswer = `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{` +
		`"numColumns":1,"numRows":1,"numRowsInMessage":1,"columns":[{"name":"1","dataType":{"type":"DECIMAL","precision":1,"scale":0}}],"data":[[1]]}}]}}`
)
