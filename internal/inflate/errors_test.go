package inflate_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/exawire/exawire/internal/inflate"
)

// blocks returns what write writes.
func blocks(write func(w *bitWriter)) []byte {
	var w bitWriter
	write(&w)
	return w.b
}

// few returns code lengths, 0 for all symbols that are not given.
func few(symbols int, lengths map[int]int) []int {
	l := make([]int, symbols)
	for symbol, n := range lengths {
		l[symbol] = n
	}
	return l
}

// two are the lengths of a code for the letter a and the end of a block.
var two = few(257, map[int]int{'a': 1, 256: 1})

func TestCorrupt(t *testing.T) {
	lit, dist := fixedCodes()
	none := []int{0}
	fours := append(slices.Repeat([]int{4}, 16), 0, 0, 0) // code lengths, but no repeats
	repeats := few(19, map[int]int{0: 2, 1: 2, 16: 2, 18: 2})
	hello := deflated(t, []byte("hello"), 6, 100, false)
	for _, tt := range []struct {
		name   string
		stream []byte
		want   inflate.CorruptError
	}{
		{"nothing", nil, "it is cut off"},
		{"one byte", hello[:1], "it is cut off"},
		{"header alone", hello[:2], "it is cut off"},
		{"no deflate", []byte{0x79, 0x9b}, "it does not begin as zlib does"},
		{"too large a window", []byte{0x88, 0x1c}, "it does not begin as zlib does"},
		{"header that is no multiple of 31", []byte{0x78, 0x9d}, "it does not begin as zlib does"},
		{"dictionary", []byte{0x78, 0xbb, 0, 0, 0, 2, 3, 0}, "it needs a preset dictionary"},
		{"dictionary cut off", []byte{0x78, 0xbb, 0, 0, 0}, "it is cut off"},
		{"a byte behind", append(bytes.Clone(hello), 0), "1 bytes follow the end of the stream"},
		{"bytes behind", append(bytes.Clone(hello), hello...), "17 bytes follow the end of the stream"},
		{"wrong checksum", append(bytes.Clone(hello[:len(hello)-1]), 0), "its checksum is wrong"},
		{"checksum cut off", hello[:len(hello)-1], "it is cut off"},
		{"no checksum", hello[:len(hello)-4], "it is cut off"},
		{"reserved type", sealed([]byte{7}), "a block has an unknown type"},
		{"stored: complement", sealed([]byte{1, 1, 0, 0xfe, 0xfe, 'a'}), "a stored block has a wrong length"},
		{"stored: cut off", []byte{0x78, 0x9c, 1, 2, 0, 0xfd, 0xff, 'a'}, "it is cut off"},
		{"stored: head cut off", []byte{0x78, 0x9c, 1, 2, 0, 0xfd}, "it is cut off"},
		{"no last block", []byte{0x78, 0x9c, 0, 0, 0, 0xff, 0xff}, "it is cut off"},
		{"length symbol 286", sealed(blocks(func(w *bitWriter) {
			w.head(true, 1)
			w.code(lit[286])
			w.code(lit[256])
		})), "a code stands for nothing"},
		{"length symbol 287", sealed(blocks(func(w *bitWriter) {
			w.head(true, 1)
			w.code(lit[287])
			w.code(lit[256])
		})), "a code stands for nothing"},
		{"distance symbol 30", sealed(blocks(func(w *bitWriter) {
			w.head(true, 1)
			w.code(lit['a'])
			w.code(lit[257])
			w.code(dist[30])
			w.code(lit[256])
		})), "a code stands for nothing"},
		{"distance symbol 31", sealed(blocks(func(w *bitWriter) {
			w.head(true, 1)
			w.code(lit['a'])
			w.code(lit[257])
			w.code(dist[31])
			w.code(lit[256])
		})), "a code stands for nothing"},
		{"distance before the beginning", sealed(blocks(func(w *bitWriter) {
			w.head(true, 1)
			w.code(lit['a'])
			w.match(lit, dist, 3, 2)
			w.code(lit[256])
		})), "a distance reaches back too far"},
		{"distance at the beginning", sealed(blocks(func(w *bitWriter) {
			w.head(true, 1)
			w.match(lit, dist, 3, 1)
			w.code(lit[256])
		})), "a distance reaches back too far"},
		{"no end of the block", append([]byte{0x78, 0x9c}, blocks(func(w *bitWriter) {
			w.head(true, 1)
			w.code(lit['a'])
		})...), "it is cut off"},
		{"287 symbols", sealed(blocks(func(w *bitWriter) {
			w.lengths(true, 287, 1, fours, nil)
		})), "a block has codes for more symbols than there are"},
		{"31 distances", sealed(blocks(func(w *bitWriter) {
			w.lengths(true, 257, 31, fours, nil)
		})), "a block has codes for more symbols than there are"},
		{"code lengths: too few", sealed(blocks(func(w *bitWriter) {
			w.lengths(true, 257, 1, few(19, map[int]int{0: 2, 1: 2, 2: 2}), nil)
		})), "a block has codes that are too many or too few"},
		{"code lengths: too many", sealed(blocks(func(w *bitWriter) {
			w.lengths(true, 257, 1, few(19, map[int]int{0: 1, 1: 1, 2: 1}), nil)
		})), "a block has codes that are too many or too few"},
		{"code lengths: without a code", sealed(blocks(func(w *bitWriter) {
			w.lengths(true, 257, 1, few(19, nil), nil)
			w.put(0, 16)
		})), "a code stands for nothing"},
		{"code lengths: the other code of one bit", sealed(blocks(func(w *bitWriter) {
			w.lengths(true, 257, 1, few(19, map[int]int{0: 1}), nil)
			w.put(1, 16)
		})), "a code stands for nothing"},
		{"repeat comes first", sealed(blocks(func(w *bitWriter) {
			w.lengths(true, 257, 1, repeats, []repeat{{16, 0}})
			w.put(0, 16)
		})), "a block repeats the length of a code that it does not have"},
		{"repeat over the end", sealed(blocks(func(w *bitWriter) {
			w.lengths(true, 257, 1, repeats, []repeat{{18, 127}, {18, 107}, {1, 0}, {16, 0}})
			w.put(0, 16)
		})), "a block repeats the length of a code that it does not have"},
		{"too many codes", sealed(blocks(func(w *bitWriter) {
			w.dynamic(true, few(257, map[int]int{'a': 1, 'b': 1, 256: 1}), none)
		})), "a block has codes that are too many or too few"},
		{"too few codes", sealed(blocks(func(w *bitWriter) {
			w.dynamic(true, few(257, map[int]int{'a': 2, 'b': 2, 256: 2}), none)
		})), "a block has codes that are too many or too few"},
		{"a single code of two bits", sealed(blocks(func(w *bitWriter) {
			w.dynamic(true, few(257, map[int]int{256: 2}), none)
		})), "a block has codes that are too many or too few"},
		{"too many distances", sealed(blocks(func(w *bitWriter) {
			w.dynamic(true, two, []int{1, 1, 1})
		})), "a block has codes that are too many or too few"},
		{"too few distances", sealed(blocks(func(w *bitWriter) {
			w.dynamic(true, two, []int{1, 2})
		})), "a block has codes that are too many or too few"},
		{"no codes at all", sealed(blocks(func(w *bitWriter) {
			w.dynamic(true, few(257, nil), none)
			w.put(0, 16)
		})), "a code stands for nothing"},
		{"a distance without codes of distances", sealed(blocks(func(w *bitWriter) {
			l := few(258, map[int]int{'a': 2, 'b': 2, 256: 2, 257: 2})
			w.dynamic(true, l, none)
			w.code(canonical(l)['a'])
			w.code(canonical(l)[257])
			w.put(0, 16)
		})), "a code stands for nothing"},
		{"the other distance of one bit", sealed(blocks(func(w *bitWriter) {
			l := few(258, map[int]int{'a': 2, 'b': 2, 256: 2, 257: 2})
			w.dynamic(true, l, []int{1})
			w.code(canonical(l)['a'])
			w.code(canonical(l)[257])
			w.put(1, 16)
		})), "a code stands for nothing"},
		{"codes cut off", []byte{0x78, 0x9c, 5, 0}, "it is cut off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, room := range []int{0, 1000} {
				check(t, tt.stream, room, noLimit)
				_, err := inflate.Append(make([]byte, 0, room), tt.stream, noLimit)
				var corrupt inflate.CorruptError
				if !errors.As(err, &corrupt) || corrupt != tt.want {
					t.Errorf("error = %v, want %s", err, tt.want)
				}
			}
		})
	}
}

// What looks wrong, but is not.
func TestAccepted(t *testing.T) {
	lit, dist := fixedCodes()
	distances := canonical([]int{0, 0, 1})
	for name, stream := range map[string][]byte{
		"dictionary without bytes": append([]byte{0x78, 0xbb, 0, 0, 0, 1}, sealed([]byte{3, 0})[2:]...),
		"window of 256 bytes, but not of the distance": slices.Concat([]byte{0x08, 0x1d}, sealed(blocks(func(w *bitWriter) {
			w.stored(false, make([]byte, 40_000))
			w.head(true, 1)
			w.match(lit, dist, 258, 32768)
			w.code(lit[256])
		}))[2:]),
		"empty blocks": sealed(blocks(func(w *bitWriter) {
			w.stored(false, nil)
			w.head(false, 1)
			w.code(lit[256])
			w.dynamic(false, two, []int{0})
			w.code(canonical(two)[256])
			w.stored(true, nil)
		})),
		"a single code": sealed(blocks(func(w *bitWriter) {
			w.dynamic(true, few(257, map[int]int{256: 1}), []int{0})
			w.put(0, 1)
		})),
		"a single distance": sealed(blocks(func(w *bitWriter) {
			l := few(258, map[int]int{'a': 2, 'b': 2, 256: 2, 257: 2})
			w.dynamic(true, l, []int{0, 0, 1})
			for _, letter := range "abba" {
				w.code(canonical(l)[letter])
			}
			w.match(canonical(l), distances, 3, 3)
			w.code(canonical(l)[256])
		})),
		"258 as 227 and 31 more": sealed(blocks(func(w *bitWriter) {
			w.head(true, 1)
			w.code(lit['a'])
			w.code(lit[284])
			w.put(31, 5)
			w.code(dist[0])
			w.code(lit[256])
		})),
	} {
		if _, err := standard(stream); err != nil {
			t.Errorf("%s: the standard library: %v", name, err)
		}
		checkAll(t, stream)
	}
}
