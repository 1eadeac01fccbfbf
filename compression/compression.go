// Package compression has the codec that compresses messages between client and server.
//
// The protocol compresses each message by itself: after a login that asked for it, every message in both directions is
// one zlib stream (RFC 1950) without shared state. [Zlib] is that codec. If you have a faster one, implement [Codec]
// and put it into exawire.Config; it must write and read the same format, because the server does.
package compression

import "errors"

// Codec compresses and decompresses whole messages. All sessions that share it call its methods concurrently.
type Codec interface {
	// Compress appends the compressed form of src to dst and returns the extended slice. dst and src do not overlap.
	Compress(dst, src []byte) ([]byte, error)

	// Decompress appends the contents of src, which is one complete compressed message, to dst and returns the extended
	// slice. If there are more than limit bytes, it stops with an error that matches ErrTooLarge, having allocated
	// little more than limit bytes. If src is damaged, incomplete or followed by anything else, the error matches
	// ErrCorrupt. With an error, dst is returned as it was.
	Decompress(dst, src []byte, limit int64) ([]byte, error)
}

var (
	// ErrTooLarge means that a message, once decompressed, has more bytes than its receiver accepts.
	ErrTooLarge = errors.New("exawire: decompressed message exceeds the limit")

	// ErrCorrupt means that a compressed message is damaged: it is not zlib, was cut off, has a wrong checksum, or
	// bytes after its end.
	ErrCorrupt = errors.New("exawire: compressed message is corrupt")
)
