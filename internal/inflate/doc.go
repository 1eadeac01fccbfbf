// Package inflate reads zlib streams (RFC 1950 and 1951) that are whole in memory, as compressed messages are, and appends
// what they stand for to a slice.
//
// To have all of the input and most of the room at hand is what makes it fast: eight bytes are read at once, matches are
// copied from where they were written, and nothing is asked for each byte. It accepts what compress/zlib accepts.
package inflate
