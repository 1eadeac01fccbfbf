package exasqlite

import (
	"database/sql/driver"
	"maps"
	"math/big"
	"math/bits"
)

// Functions on bits. The database computes with 64 bits without a sign, so 2^64-1 is the largest number and BIT_NOT(0).

// typeBits is what the functions on 64 bits work on: a number from 0 to 2^64-1.
var typeBits = decimalType(20, 0)

// bitFunction makes a function of numbers that are read as 64 bits.
func bitFunction(n int, result typ, fn func(x []uint64) uint64) builtin {
	return builtin{n, n, strict(result, []typ{typeBits}, func(v []driver.Value) (driver.Value, error) {
		x := make([]uint64, len(v))
		for i := range v {
			n := decimalOf(v[i])
			// A negative number, or one of more than 64 bits.
			if n.hi != 0 {
				return nil, errRange()
			}
			x[i] = n.lo
		}
		out := fn(x)
		if result.kind == kindBoolean {
			return int64(out), nil
		}
		return int128{lo: out}.wide(), nil
	})}
}

// bitFunctions are the functions on 64 bits, and DIV, the division of whole numbers.
var bitFunctions = map[string]builtin{
	"BIT_AND":    bitFunction(2, typeBits, func(x []uint64) uint64 { return x[0] & x[1] }),
	"BIT_OR":     bitFunction(2, typeBits, func(x []uint64) uint64 { return x[0] | x[1] }),
	"BIT_XOR":    bitFunction(2, typeBits, func(x []uint64) uint64 { return x[0] ^ x[1] }),
	"BIT_NOT":    bitFunction(1, typeBits, func(x []uint64) uint64 { return ^x[0] }),
	"BIT_LSHIFT": bitFunction(2, typeBits, func(x []uint64) uint64 { return x[0] << min(x[1], 64) }),
	"BIT_RSHIFT": bitFunction(2, typeBits, func(x []uint64) uint64 { return x[0] >> min(x[1], 64) }),
	"BIT_LROTATE": bitFunction(2, typeBits, func(x []uint64) uint64 {
		return bits.RotateLeft64(x[0], int(x[1]%64))
	}),
	"BIT_RROTATE": bitFunction(2, typeBits, func(x []uint64) uint64 {
		return bits.RotateLeft64(x[0], -int(x[1]%64))
	}),
	"BIT_SET":   bitFunction(2, typeBits, func(x []uint64) uint64 { return x[0] | 1<<min(x[1], 64) }),
	"BIT_CHECK": bitFunction(2, typeBoolean, func(x []uint64) uint64 { return x[0] >> min(x[1], 64) & 1 }),
	"DIV":       {2, 2, bindDiv},
}

func init() { maps.Copy(builtins, bitFunctions) }

// bindDiv binds DIV, the whole part of a quotient.
func bindDiv(b *binder, x *exCall, args []bound) (bound, error) {
	for i := range args {
		v, err := b.exactOrDouble(args[i])
		if err != nil {
			return v, err
		}
		// What DIV gives of numbers with a fraction is not certain.
		if v.t.kind != kindDecimal || v.t.s != 0 {
			return v, unsupported(x.pos, "DIV of %s", v.t)
		}
		args[i] = v
	}
	t := args[0].t
	// How the quotient is stored is all that differs; the digits do not matter.
	key := "div narrow"
	if t.wide() {
		key = "div wide"
	}
	return b.strictCall(t, key, func(v []driver.Value) (driver.Value, error) {
		d := decimalOf(v[1])
		if d.sign() == 0 {
			return nil, errZero()
		}
		// A quotient of whole numbers is not larger than the dividend.
		q, _ := int128Big(new(big.Int).Quo(decimalOf(v[0]).big(), d.big()))
		return decimalValue(q, t), nil
	}, args...), nil
}
