package inflate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// Append appends the contents of src, which is one complete zlib stream, to dst and returns the extended slice. dst and src
// must not overlap.
//
// If there are more than limit bytes, the error is [ErrTooLarge]; if src is damaged, incomplete or followed by anything
// else, it is a [CorruptError]. What is both may be called either. With an error, dst is returned as it was. In either case
// its capacity behind what is returned may be overwritten.
//
// A kilobyte of zlib can stand for a megabyte, so the room is not known beforehand. As long as the capacity of dst suffices
// nothing is allocated. What does not fit is collected in pieces, and dst moves to a larger slice only when the stream has
// proved sound: one that passes the limit never makes it grow. Append may be called concurrently.
func Append(dst, src []byte, limit int64) ([]byte, error) {
	d := decoders.Get().(*decoder)
	defer func() {
		d.bits, d.out = bitReader{}, nil
		decoders.Put(d)
	}()
	out, err := d.inflate(dst, src, max(limit, 0))
	if err != nil {
		return dst, err
	}
	return out, nil
}

func (d *decoder) inflate(dst, src []byte, limit int64) ([]byte, error) {
	if err := d.begin(src); err != nil {
		return nil, err
	}
	room := min(limit, int64(cap(dst)-len(dst)))
	d.out, d.w, d.start = dst[:len(dst)+int(room)], len(dst), len(dst)
	err := d.finish()
	switch {
	case err == nil:
		return d.out[:d.w], nil
	case !errors.Is(err, errRoom):
		return nil, err
	case room == limit:
		return nil, ErrTooLarge
	}
	return d.overflow(d.out[:d.w], limit-int64(d.w-len(dst)))
}

// begin prepares the decoder for the stream and reads its header.
func (d *decoder) begin(src []byte) error {
	d.bits = bitReader{src: src}
	d.state, d.last, d.sum = header, false, 1
	if len(src) < 2 {
		return errCutOff
	}
	const deflate, maxWindow, dictionary = 8, 7, 0x20
	if src[0]&15 != deflate || src[0]>>4 > maxWindow || binary.BigEndian.Uint16(src)%31 != 0 {
		return errHeader
	}
	d.bits.in = 2
	if src[1]&dictionary == 0 {
		return nil
	}
	id, err := d.checksum()
	if err == nil && id != 1 { // that of a dictionary without any bytes
		err = errDictionary
	}
	return err
}

// finish decodes all blocks and checks what follows the last one.
func (d *decoder) finish() error {
	if err := d.blocks(); err != nil {
		return err
	}
	d.bits.align()
	sum, err := d.checksum()
	if err != nil {
		return err
	}
	if sum != d.sum {
		return errChecksum
	}
	if n := len(d.bits.src) - d.bits.in; n > 0 {
		return CorruptError(fmt.Sprintf("%d bytes follow the end of the stream", n))
	}
	return nil
}

// checksum reads the four bytes of one.
func (d *decoder) checksum() (adler, error) {
	b := d.bits.src[d.bits.in:]
	if len(b) < 4 {
		return 0, errCutOff
	}
	d.bits.in += 4
	return adler(binary.BigEndian.Uint32(b)), nil
}
