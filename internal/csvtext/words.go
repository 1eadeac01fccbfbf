package csvtext

import (
	"encoding/binary"
	"math/bits"
)

const (
	ones = 0x0101010101010101 // multiplied by a byte: that byte in all eight places
	tops = 0x8080808080808080
)

// load returns the eight bytes of b from pos on.
func load(b []byte, pos int) uint64 { return binary.LittleEndian.Uint64(b[pos:]) }

// store writes eight bytes.
func store(b []byte, pos int, w uint64) { binary.LittleEndian.PutUint64(b[pos:], w) }

// bare marks bytes of w that end a field without quotes, or cannot stand in one: separators, LF and quotes. The lowest mark
// is exact.
func bare(w uint64) uint64 {
	comma, quote, feed := w^separator*ones, w^'"'*ones, w^'\n'*ones
	return ((comma-ones)&^comma | (quote-ones)&^quote | (feed-ones)&^feed) & tops
}

// put appends n bytes of buf from pos on, of which there are 32 at most. Both slices have slack bytes behind them.
func put(b, buf []byte, pos, n int) []byte {
	at := len(b)
	dst, src := b[at:at+32], buf[pos:pos+32]
	store(dst, 0, load(src, 0))
	if n > 8 {
		store(dst, 8, load(src, 8))
		if n > 16 {
			store(dst, 16, load(src, 16))
			store(dst, 24, load(src, 24))
		}
	}
	return b[:at+n]
}

// trailingBytes returns the index of the lowest byte with a mark.
func trailingBytes(marks uint64) int { return bits.TrailingZeros64(marks) >> 3 }
