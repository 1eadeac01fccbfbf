package bench

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
)

// payload returns the size of the payload of a frame.
func payload(frame []byte) int {
	switch n := int(frame[1]); n {
	case 126:
		return int(binary.BigEndian.Uint16(frame[2:]))
	case 127:
		return int(binary.BigEndian.Uint64(frame[2:]))
	default:
		return n
	}
}

// appendFrame appends one unmasked frame with the whole message.
func appendFrame(dst, message []byte, compressed bool) []byte {
	if compressed {
		message = deflate(message)
	}
	return append(appendHead(dst, len(message), compressed), message...)
}

func appendHead(dst []byte, n int, compressed bool) []byte {
	opcode := byte(0x81)
	if compressed {
		opcode = 0x82
	}
	switch {
	case n < 126:
		return append(dst, opcode, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, opcode, 126), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, opcode, 127), uint64(n))
	}
}

func upgrade(r *bufio.Reader, c net.Conn) error {
	req, err := http.ReadRequest(r)
	if err != nil {
		return err
	}
	sum := sha1.Sum([]byte(req.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, err = fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	return err
}

// readMessage appends one masked message to dst. Control frames end the connection: the clients here send none but Close.
func readMessage(r *bufio.Reader, dst []byte) ([]byte, error) {
	message := dst
	for {
		var head [14]byte
		if _, err := io.ReadFull(r, head[:2]); err != nil {
			return nil, err
		}
		if head[0]&0x08 != 0 {
			return nil, io.EOF
		}
		n := int(head[1] & 0x7f)
		switch n {
		case 126:
			if _, err := io.ReadFull(r, head[2:4]); err != nil {
				return nil, err
			}
			n = int(binary.BigEndian.Uint16(head[2:4]))
		case 127:
			if _, err := io.ReadFull(r, head[2:10]); err != nil {
				return nil, err
			}
			n = int(binary.BigEndian.Uint64(head[2:10]))
		}
		mask := head[10:14]
		if _, err := io.ReadFull(r, mask); err != nil {
			return nil, err
		}
		start := len(message)
		message = slices.Grow(message, n)[:start+n]
		if _, err := io.ReadFull(r, message[start:]); err != nil {
			return nil, err
		}
		for i := range message[start:] {
			message[start+i] ^= mask[i&3]
		}
		if head[0]&0x80 != 0 {
			return message, nil
		}
	}
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
