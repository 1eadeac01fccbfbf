package inflate

// Adler returns the checksum of all parts behind each other.
func Adler(parts ...[]byte) uint32 {
	sum := adler(1)
	for _, p := range parts {
		sum = sum.add(p)
	}
	return uint32(sum)
}
