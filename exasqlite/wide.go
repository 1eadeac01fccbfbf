package exasqlite

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
)

// Numbers of 128 bits. Go has none, and big.Int would allocate for each value of a column. Only multiplication and
// division, which are rare, go by way of it.

// int128 is a two's complement integer: the unscaled value of a DECIMAL of up to 36 digits.
type int128 struct {
	hi int64
	lo uint64
}

// wideLen is the length of a wide DECIMAL in the database: big endian with the sign bit flipped, so that bytes sort
// like numbers.
const wideLen = 16

// int128From extends the sign.
func int128From(v int64) int128 { return int128{hi: v >> 63, lo: uint64(v)} }

// decodeWide reads the stored form, of which b has 16 bytes at least.
func decodeWide(b []byte) int128 {
	return int128{
		hi: int64(binary.BigEndian.Uint64(b) ^ 1<<63),
		lo: binary.BigEndian.Uint64(b[8:]),
	}
}

// appendWide appends the stored form.
func (x int128) appendWide(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(x.hi)^1<<63)
	return binary.BigEndian.AppendUint64(b, x.lo)
}

// wide is the stored form.
func (x int128) wide() []byte { return x.appendWide(make([]byte, 0, wideLen)) }

// add wraps around; sums of 36-digit numbers stay clear of that for 170 terms, so sums check with fits after each.
func (x int128) add(y int128) int128 {
	lo, carry := bits.Add64(x.lo, y.lo, 0)
	hi, _ := bits.Add64(uint64(x.hi), uint64(y.hi), carry)
	return int128{int64(hi), lo}
}

// neg is exact for every DECIMAL; only -2^127 has no counterpart, and no DECIMAL is that large.
func (x int128) neg() int128 {
	lo, borrow := bits.Sub64(0, x.lo, 0)
	hi, _ := bits.Sub64(0, uint64(x.hi), borrow)
	return int128{int64(hi), lo}
}

// sign is -1, 0 or 1.
func (x int128) sign() int {
	switch {
	case x.hi < 0:
		return -1
	case x.hi == 0 && x.lo == 0:
		return 0
	}
	return 1
}

// cmp is -1, 0 or 1. The low half compares without a sign whatever the sign of the number is.
func (x int128) cmp(y int128) int {
	switch {
	case x.hi < y.hi || x.hi == y.hi && x.lo < y.lo:
		return -1
	case x == y:
		return 0
	}
	return 1
}

// fits reports whether |x| has at most p digits.
func (x int128) fits(p int) bool {
	if x.hi < 0 {
		x = x.neg()
	}
	return x.cmp(pow10[p]) < 0
}

// int64 returns the value if it fits.
func (x int128) int64() (int64, bool) {
	v := int64(x.lo)
	return v, x.hi == v>>63
}

// big is for what needs more than 128 bits on the way, such as a product.
func (x int128) big() *big.Int {
	v := new(big.Int).SetInt64(x.hi)
	v.Lsh(v, 64)
	return v.Add(v, new(big.Int).SetUint64(x.lo))
}

// int128Big converts a number of at most 37 digits; ok is false for more.
func int128Big(v *big.Int) (x int128, ok bool) {
	if v.BitLen() > 126 {
		return x, false
	}
	m := new(big.Int).Abs(v)
	x.lo = new(big.Int).And(m, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	x.hi = int64(new(big.Int).Rsh(m, 64).Uint64())
	if v.Sign() < 0 {
		x = x.neg()
	}
	return x, true
}

var (
	// Powers of ten: those that an int128 holds, and those that a product of two DECIMALs and its scales need.
	pow10    [38]int128
	pow10Big [80]*big.Int
)

func init() {
	v := big.NewInt(1)
	for i := range pow10Big {
		pow10Big[i] = new(big.Int).Set(v)
		if i < len(pow10) {
			pow10[i], _ = int128Big(v)
		}
		v.Mul(v, big.NewInt(10))
	}
}

// appendDecimal appends x / 10^scale without an exponent and without trailing zeros after the point.
func (x int128) appendDecimal(dst []byte, scale int) []byte {
	if x.hi < 0 {
		dst, x = append(dst, '-'), x.neg()
	}
	var buf [48]byte
	i := len(buf)
	hi, lo := uint64(x.hi), x.lo
	// Long division by ten, one half after the other.
	for hi != 0 || lo != 0 || len(buf)-i <= scale {
		var d uint64
		d, hi = hi%10, hi/10
		lo, d = bits.Div64(d, lo, 10)
		i--
		buf[i] = byte('0' + d)
	}
	digits := buf[i:]
	whole, fraction := digits[:len(digits)-scale], digits[len(digits)-scale:]
	dst = append(dst, whole...)
	for len(fraction) > 0 && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	if len(fraction) > 0 {
		dst = append(append(dst, '.'), fraction...)
	}
	return dst
}

// rescale returns x with another scale, rounded half away from zero. ok is false if it has more than p digits then.
func (x int128) rescale(from, to, p int) (y int128, ok bool) {
	if from == to {
		return x, x.fits(p)
	}
	v := x.big()
	if to > from {
		v.Mul(v, pow10Big[to-from])
	} else {
		roundQuo(v, pow10Big[from-to])
	}
	y, ok = int128Big(v)
	return y, ok && y.fits(p)
}

// roundQuo sets v to v/d, rounded half away from zero; d > 0.
func roundQuo(v, d *big.Int) {
	half := new(big.Int).Rsh(d, 1)
	if v.Sign() < 0 {
		half.Neg(half)
	}
	v.Quo(v.Add(v, half), d)
}
