package commands

// digitPairs are the numbers from 00 to 99.
const digitPairs = "" +
	"0001020304050607080910111213141516171819" +
	"2021222324252627282930313233343536373839" +
	"4041424344454647484950515253545556575859" +
	"6061626364656667686970717273747576777879" +
	"8081828384858687888990919293949596979899"

// putTwo writes n, which is below 100, to the first two bytes of dst.
func putTwo(dst []byte, n uint32) {
	_ = dst[1]
	pair := digitPairs[n*2:][:2]
	dst[0], dst[1] = pair[0], pair[1]
}

// putDigits writes n with leading zeros, as many digits as dst has room for.
func putDigits(dst []byte, n uint32) {
	for len(dst) > 1 {
		putTwo(dst[len(dst)-2:], n%100)
		dst, n = dst[:len(dst)-2], n/100
	}
	if len(dst) == 1 {
		dst[0] = byte('0' + n%10)
	}
}
