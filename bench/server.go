package bench

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
)

// Server serves one result set of a shape, as often as asked, and throws away rows of the shape that are inserted. It also
// carries out IMPORT and EXPORT over tunnels, see [Options].
type Server struct {
	// Addr is host:port of the listener.
	Addr string
	// Fingerprint of the certificate, "" without TLS.
	Fingerprint string

	shape      benchdata.Shape
	rows       int
	compressed bool
	exported   Exported
	countRows  bool
	listener   net.Listener
	secured    *tls.Config // nil without TLS
	key        []byte      // public key in PEM form, as JSON text
	perRow     int

	// The values of the first rows, column by column, and where each row ends. A result with more rows repeats them.
	base    int
	columns [][]byte
	ends    [][]uint32

	mu      sync.Mutex
	frames  map[int][]byte // compressed chunks of base, by their first row
	conns   map[net.Conn]struct{}
	tunnels map[int]net.Conn // by the port that statements name
	opened  int              // tunnels so far
	wg      sync.WaitGroup
}

// baseBytes is about how much JSON the rows have that a server makes.
const baseBytes = 64 << 20

// Options of a server.
type Options struct {
	Rows       int  // of the result set; may be 0 if nothing is read
	TLS        bool // wss
	Compressed bool // zlib at level 1 after the login

	// Exported is what every EXPORT sends, and Imported whether the lines of an IMPORT are counted.
	Exported Exported
	Imported bool
}

// Exported is a file: some rows of CSV, several times.
type Exported struct {
	Text  []byte
	Rows  int64 // in Text
	Times int
}

// Start starts a server on the loopback interface. The caller closes it.
func Start(shape benchdata.Shape, o Options) (*Server, error) {
	s := &Server{
		shape: shape, rows: o.Rows, compressed: o.Compressed, exported: o.Exported, countRows: o.Imported,
		perRow: len(shape.Data(1000)) / 1000, frames: map[int][]byte{}, conns: map[net.Conn]struct{}{}, tunnels: map[int]net.Conn{},
	}
	s.base = min(o.Rows, shape.RowsFor(baseBytes))
	s.columns, s.ends = shape.Columns(s.base)
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		return nil, err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)})
	if s.key, err = json.Marshal(string(block)); err != nil {
		return nil, err
	}
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.Addr = s.listener.Addr().String()
	if o.TLS {
		cert, err := certificate()
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(cert.Certificate[0])
		s.Fingerprint = hex.EncodeToString(sum[:])
		s.secured = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	s.wg.Go(s.accept)
	return s, nil
}

func certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// Close ends the server and its connections.
func (s *Server) Close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// DSN returns the connection string.
func (s *Server) DSN() string {
	options := "tls=off"
	if s.Fingerprint != "" {
		options = "fingerprint=" + s.Fingerprint
	}
	if s.compressed {
		options += "&compression=1"
	}
	return "exa://sys:exasol@" + s.Addr + "?" + options
}

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
			out = append(out[:0], s.compressedChunk(req.StartPosition)...)
		default:
			out = s.chunk(out[:0], req.StartPosition, max(1, req.NumBytes/s.perRow))
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
			len(s.columns), s.rows, columns), compressed)
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

// chunk appends the frame of a fetch answer with at most this many rows from position start on.
func (s *Server) chunk(dst []byte, start, rows int) []byte {
	lo := start % s.base
	hi := lo + min(rows, s.rows-start, s.base-lo)
	head := fmt.Appendf(nil, `{"status":"ok","responseData":{"numRows":%d,"data":[`, hi-lo)
	const tail = `]}}`
	size := len(head) + len(tail) + len(s.columns) - 1
	for c := range s.columns {
		size += len(s.values(c, lo, hi)) + len(`[]`)
	}
	dst = appendHead(dst, size, false)
	dst = append(dst, head...)
	for c := range s.columns {
		if c > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		dst = append(dst, s.values(c, lo, hi)...)
		dst = append(dst, ']')
	}
	return append(dst, tail...)
}

// values returns the values of rows [lo, hi) of a column, with commas between them.
func (s *Server) values(c, lo, hi int) []byte {
	from := uint32(0)
	if lo > 0 {
		from = s.ends[c][lo-1] + 1 // after the comma
	}
	return s.columns[c][from:s.ends[c][hi-1]]
}

// compressedChunk is chunk with compression. Compressing takes far longer than reading, so it is done beforehand, and the
// chunks have the size that clients near the server ask for, whatever this one does.
func (s *Server) compressedChunk(start int) []byte {
	rows := max(1, (2<<20)/s.perRow)
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.frames[start]
	if f == nil {
		plain := s.chunk(nil, start, rows)
		f = appendFrame(nil, plain[len(plain)-payload(plain):], true)
		s.frames[start] = f
	}
	return f
}

// compressedMessages returns the messages of the whole result as they are sent compressed, one after the other.
func (s *Server) compressedMessages() (messages [][]byte) {
	rows := max(1, (2<<20)/s.perRow)
	for pos := 0; pos < s.rows; pos += min(rows, s.base-pos%s.base) {
		frame := s.compressedChunk(pos)
		messages = append(messages, frame[len(frame)-payload(frame):])
	}
	return messages
}

func deflate(message []byte) []byte {
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	if err != nil {
		panic(err)
	}
	if _, err := w.Write(message); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func inflate(message []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// Delayed returns a dial function for connections to a server that is far away: each request costs a round-trip time more,
// and the bytes of the answer come at the speed of the link.
func Delayed(rtt time.Duration) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &delayedConn{Conn: c, rtt: rtt}, nil
	}
}

type delayedConn struct {
	net.Conn
	rtt time.Duration
}

func (c *delayedConn) Write(p []byte) (int, error) {
	time.Sleep(c.rtt)
	return c.Conn.Write(p)
}
