package inflate

import "errors"

// ErrTooLarge means that a stream has more bytes than the limit.
var ErrTooLarge = errors.New("more bytes than the limit")

// CorruptError says what is wrong with a stream, in words that follow the name of what is corrupt and a colon.
type CorruptError string

func (e CorruptError) Error() string { return string(e) }

const (
	errCutOff     CorruptError = "it is cut off"
	errHeader     CorruptError = "it does not begin as zlib does"
	errDictionary CorruptError = "it needs a preset dictionary"
	errBlock      CorruptError = "a block has an unknown type"
	errStored     CorruptError = "a stored block has a wrong length"
	errCounts     CorruptError = "a block has codes for more symbols than there are"
	errRepeat     CorruptError = "a block repeats the length of a code that it does not have"
	errCodes      CorruptError = "a block has codes that are too many or too few"
	errSymbol     CorruptError = "a code stands for nothing"
	errDistance   CorruptError = "a distance reaches back too far"
	errChecksum   CorruptError = "its checksum is wrong"
)

// errRoom interrupts the decoder: what comes next has no room.
var errRoom = errors.New("no room")
