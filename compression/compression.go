// Package compression has the codec that shrinks messages between client and server.
//
// The protocol compresses each message by itself: after a login that asked for it, every message in both directions is
// one zlib stream (RFC 1950) without shared state. [Zlib] is that codec. Users who have a faster one implement [Codec]
// and put it into their configuration; it must produce and read the same format, because the server does.
package compression

import "errors"

// Codec compresses and decompresses whole messages. Its methods are called concurrently by all sessions that share it.
type Codec interface {
	// Compress appends the compressed form of src to dst and returns the extended slice. dst and src do not overlap.
	Compress(dst, src []byte) ([]byte, error)

	// Decompress appends the contents of src, which is one complete compressed message, to dst and returns the
	// extended slice. If there are more than limit bytes it stops and returns an error that matches ErrTooLarge,
	// having allocated not much more than limit bytes. If src is damaged, incomplete or followed by anything else, the
	// error matches ErrCorrupt. With an error the returned slice is dst as it was.
	Decompress(dst, src []byte, limit int64) ([]byte, error)
}

var (
	// ErrTooLarge says that a message has more bytes than its receiver accepts, seen while decompressing it.
	ErrTooLarge = errors.New("exawire: decompressed message exceeds the limit")

	// ErrCorrupt says that a compressed message is damaged: not zlib, cut off, with a wrong checksum or with bytes
	// behind its end.
	ErrCorrupt = errors.New("exawire: compressed message is corrupt")
)
