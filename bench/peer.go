package bench

import (
	"bufio"
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/exawire/exawire"
)

// peer is a client of the design that other Go clients have: a message is read whole, decoded by encoding/json in two
// stages, first the envelope with its payload raw, then the payload into [][]any, and handed to database/sql row by row.
type peer struct {
	conn net.Conn
	r    *bufio.Reader
}

// peerFetch is how many bytes such clients ask for.
const peerFetch = 2_000 << 10

// dialPeer connects without a login: the server does not insist on one.
func dialPeer(dsn string) (*peer, error) {
	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial("tcp", cfg.Host) // with its port
	if err != nil {
		return nil, err
	}
	if !cfg.Plaintext {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the server is ours
	}
	p := &peer{conn: conn, r: bufio.NewReaderSize(conn, 64<<10)}
	key := base64.StdEncoding.EncodeToString(make([]byte, 16))
	if _, err := fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", cfg.Host, key); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(p.r, nil)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("upgrade: %s", resp.Status)
	}
	return p, nil
}

func (p *peer) Close() error { return p.conn.Close() }

// send writes one masked text frame; the mask is zero, so that masking costs nothing.
func (p *peer) send(message []byte) error {
	head := []byte{0x81}
	if n := len(message); n < 126 {
		head = append(head, 0x80|byte(n))
	} else {
		head = append(head, 0x80|126)
		head = binary.BigEndian.AppendUint16(head, uint16(n))
	}
	head = append(head, 0, 0, 0, 0)
	_, err := p.conn.Write(append(head, message...))
	return err
}

// next reads the header of one frame and returns the size of its payload.
func (p *peer) next() (int, error) {
	var head [10]byte
	if _, err := io.ReadFull(p.r, head[:2]); err != nil {
		return 0, err
	}
	switch n := int(head[1]); n {
	case 126:
		_, err := io.ReadFull(p.r, head[2:4])
		return int(binary.BigEndian.Uint16(head[2:4])), err
	case 127:
		_, err := io.ReadFull(p.r, head[2:10])
		return int(binary.BigEndian.Uint64(head[2:10])), err
	default:
		return n, nil
	}
}

func (p *peer) roundTrip(request any) (json.RawMessage, error) {
	message, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	if err := p.send(message); err != nil {
		return nil, err
	}
	n, err := p.next()
	if err != nil {
		return nil, err
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(p.r, body); err != nil {
		return nil, err
	}
	var envelope struct {
		Status       string          `json:"status"`
		ResponseData json.RawMessage `json:"responseData"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, err
	}
	return envelope.ResponseData, nil
}

// discard runs the statement, fetches all rows and throws the bytes away: the bound.
func (p *peer) discard(numBytes int) (rows int64, err error) {
	total, _, err := p.execute(query)
	if err != nil {
		return 0, err
	}
	for rows < int64(total) {
		request := fmt.Appendf(nil, `{"command":"fetch","resultSetHandle":1,"startPosition":%d,"numBytes":%d}`, rows, numBytes)
		if err := p.send(request); err != nil {
			return rows, err
		}
		n, err := p.next()
		if err != nil {
			return rows, err
		}
		head, err := p.r.Peek(min(n, len(messageHead)))
		if err != nil {
			return rows, err
		}
		var here int64
		if _, err := fmt.Sscanf(string(head), messageHead[:strings.IndexByte(messageHead, '%')+2], &here); err != nil {
			return rows, err
		}
		if _, err := io.CopyN(io.Discard, p.r, int64(n)); err != nil {
			return rows, err
		}
		rows += here
	}
	return rows, nil
}

// execute runs a statement and returns the number of rows of its result and the names of its columns.
func (p *peer) execute(query string) (rows int, names []string, err error) {
	data, err := p.roundTrip(map[string]any{"command": "execute", "sqlText": query})
	if err != nil {
		return 0, nil, err
	}
	var result struct {
		Results []struct {
			ResultSet struct {
				NumRows int
				Columns []struct{ Name string }
			}
		}
	}
	if err := json.Unmarshal(data, &result); err != nil {
		return 0, nil, err
	}
	for _, c := range result.Results[0].ResultSet.Columns {
		names = append(names, strings.ToLower(c.Name))
	}
	return result.Results[0].ResultSet.NumRows, names, nil
}

// The database/sql driver on top.

func (p *peer) open() *sql.DB { return sql.OpenDB(peerConnector{p}) }

type peerConnector struct{ p *peer }

func (c peerConnector) Connect(context.Context) (driver.Conn, error) { return peerConn(c), nil }
func (c peerConnector) Driver() driver.Driver                        { return nil }

type peerConn struct{ p *peer }

func (c peerConn) Prepare(string) (driver.Stmt, error) { return nil, driver.ErrSkip }
func (c peerConn) Begin() (driver.Tx, error)           { return nil, driver.ErrSkip }
func (c peerConn) Close() error                        { return nil }

func (c peerConn) Query(query string, _ []driver.Value) (driver.Rows, error) {
	rows, names, err := c.p.execute(query)
	if err != nil {
		return nil, err
	}
	return &peerRows{p: c.p, names: names, numRows: rows}, nil
}

type peerRows struct {
	p       *peer
	names   []string
	numRows int
	pos     int // rows fetched
	row     int // in data
	data    [][]any
}

func (r *peerRows) Columns() []string { return r.names }
func (r *peerRows) Close() error      { return nil }

func (r *peerRows) Next(dest []driver.Value) error {
	if r.data == nil || r.row == len(r.data[0]) {
		if r.pos >= r.numRows {
			return io.EOF
		}
		raw, err := r.p.roundTrip(map[string]any{
			"command": "fetch", "resultSetHandle": 1, "startPosition": r.pos, "numBytes": peerFetch,
		})
		if err != nil {
			return err
		}
		var chunk struct {
			NumRows int
			Data    [][]any
		}
		if err := json.Unmarshal(raw, &chunk); err != nil {
			return err
		}
		r.data, r.row = chunk.Data, 0
		r.pos += chunk.NumRows
	}
	for i := range dest {
		dest[i] = r.data[i][r.row]
	}
	r.row++
	return nil
}
