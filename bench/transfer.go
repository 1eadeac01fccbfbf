package bench

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
)

// The database's side of IMPORT and EXPORT, with as little around the bytes as HTTP allows: an exported file goes out in
// chunks of the size that databases use, a write each, and an imported one is read in large pieces and thrown away.

const (
	tunnelHello  = "\x02\x21\x21\x02\x01\x00\x00\x00\x01\x00\x00\x00"
	tunnelAnswer = 24

	exportChunk = 65524
	importRead  = 256 << 10
)

// errTunnel says that a connection waits for the statement that names it.
var errTunnel = errors.New("a tunnel")

// openTunnel answers a client that wants a tunnel, the first byte of whose request has been read.
func (s *Server) openTunnel(c net.Conn) error {
	rest := make([]byte, len(tunnelHello)-1)
	if _, err := io.ReadFull(c, rest); err != nil || string(rest) != tunnelHello[1:] {
		return fmt.Errorf("no tunnel was asked for: %w", err)
	}
	s.mu.Lock()
	port := 1 + s.opened%65535
	s.opened++
	s.tunnels[port] = c
	s.mu.Unlock()
	answer := make([]byte, tunnelAnswer)
	binary.LittleEndian.PutUint32(answer[4:], uint32(port))
	copy(answer[8:], "127.0.0.1")
	if _, err := c.Write(answer); err != nil {
		return err
	}
	return errTunnel
}

// place finds the address and the name of a file in a statement.
var place = regexp.MustCompile(`AT '(https?)://[^:']*:(\d+)'(?: PUBLIC KEY '[^']*')? FILE '([^']*)'`)

// execute carries out a statement that returns no rows, and returns its answer.
func (s *Server) execute(sql string) []byte {
	rows, err := int64(0), error(nil)
	if strings.HasPrefix(sql, "IMPORT") || strings.HasPrefix(sql, "EXPORT") {
		rows, err = s.transfer(sql)
	}
	if err != nil {
		return fmt.Appendf(nil, `{"status":"error","exception":{"text":%q,"sqlCode":"42636"}}`, err.Error())
	}
	return fmt.Appendf(nil, `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":%d}]}}`, rows)
}

// transfer moves the file of a statement.
func (s *Server) transfer(sql string) (rows int64, err error) {
	at := place.FindStringSubmatch(sql)
	if at == nil {
		return 0, errors.New("no file")
	}
	port, err := strconv.Atoi(at[2])
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	c := s.tunnels[port]
	delete(s.tunnels, port)
	s.mu.Unlock()
	if c == nil {
		return 0, fmt.Errorf("no tunnel %d", port)
	}
	defer s.forget(c)
	if at[1] == "https" {
		c = tls.Client(c, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the client is ours
	}
	if strings.HasPrefix(sql, "IMPORT") {
		return s.get(c, at[3])
	}
	return s.exported.Rows * int64(s.exported.Times), s.put(c, at[3])
}

// put sends the exported file and waits for the answer.
func (s *Server) put(c net.Conn, name string) error {
	if _, err := fmt.Fprintf(c, "PUT /%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", name); err != nil {
		return err
	}
	if err := s.exported.writeTo(c); err != nil {
		return err
	}
	answer := make([]byte, 1024)
	n, err := c.Read(answer)
	if err == nil && !bytes.HasPrefix(answer[:n], []byte("HTTP/1.1 200 ")) {
		err = fmt.Errorf("answer: %.100q", answer[:n])
	}
	return err
}

// writeTo writes the file in chunks.
func (e *Exported) writeTo(w io.Writer) error {
	// Copying the text into the chunks is what a database would do to make them.
	chunk := make([]byte, 0, exportChunk+len("fff4\r\n\r\n"))
	room := exportChunk
	flush := func() error {
		n := exportChunk - room
		head := fmt.Sprintf("%04x\r\n", n)
		copy(chunk[:len(head)], head)
		chunk = append(chunk, "\r\n"...)
		_, err := w.Write(chunk)
		chunk, room = chunk[:len(head)], exportChunk
		return err
	}
	chunk = chunk[:len("fff4\r\n")]
	for range e.Times {
		for text := e.Text; len(text) > 0; {
			n := min(len(text), room)
			chunk = append(chunk, text[:n]...)
			text, room = text[n:], room-n
			if room == 0 {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	if room < exportChunk {
		if err := flush(); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "0\r\n\r\n")
	return err
}

// get asks for the imported file and reads it to its end. It returns the number of lines if they are counted.
func (s *Server) get(c net.Conn, name string) (lines int64, err error) {
	if _, err := fmt.Fprintf(c, "GET /%s HTTP/1.1\r\nHost: x\r\n\r\n", name); err != nil {
		return 0, err
	}
	buf := make([]byte, importRead)
	n := 0
	for {
		m, err := c.Read(buf[n:])
		if err != nil {
			return 0, fmt.Errorf("head: %w", err)
		}
		n += m
		if head, body, ok := bytes.Cut(buf[:n], []byte("\r\n\r\n")); ok {
			if !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) || !bytes.Contains(head, []byte("chunked")) {
				return 0, fmt.Errorf("answer: %.200q", head)
			}
			n = copy(buf, body)
			break
		}
	}
	var d dechunker
	for {
		err := d.skip(buf[:n], func(text []byte) {
			if s.countRows {
				lines += int64(bytes.Count(text, []byte{'\n'}))
			}
		})
		if err != nil || d.ended {
			return lines, err
		}
		if n, err = c.Read(buf); err != nil {
			return 0, fmt.Errorf("body: %w", err)
		}
	}
}

// dechunker finds the data among the heads of chunks.
type dechunker struct {
	left  int    // bytes of the chunk that are still to come
	line  []byte // of a head
	data  bool   // a chunk has come, behind which there is an empty line
	ended bool
}

func (d *dechunker) skip(b []byte, see func(data []byte)) error {
	for len(b) > 0 && !d.ended {
		if d.left > 0 {
			n := min(d.left, len(b))
			see(b[:n])
			b, d.left = b[n:], d.left-n
			continue
		}
		at := bytes.IndexByte(b, '\n')
		if at < 0 {
			d.line = append(d.line, b...)
			return nil
		}
		d.line = append(d.line, b[:at]...)
		b = b[at+1:]
		head := strings.TrimSuffix(string(d.line), "\r")
		d.line = d.line[:0]
		if d.data {
			d.data = false
			if head != "" {
				return fmt.Errorf("behind a chunk: %q", head)
			}
			continue
		}
		size, err := strconv.ParseUint(head, 16, 31)
		if err != nil {
			return err
		}
		d.left, d.data, d.ended = int(size), true, size == 0
	}
	return nil
}
