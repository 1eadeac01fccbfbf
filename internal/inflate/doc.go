// Package inflate reads zlib streams (RFC 1950 and 1951) that are whole in memory, and writes what they stand for behind
// each other into one slice. That is how messages come, and it is what makes it fast: nothing is moved through a window,
// no reader is asked for the next byte, and matches are copied from where they were written.
//
// It accepts what compress/zlib accepts and nothing else.
package inflate
