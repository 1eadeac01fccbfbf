// Package wallclock turns instants into what a clock on the wall of a time zone shows, and back. Exasol writes a TIMESTAMP
// WITH LOCAL TIME ZONE as the wall clock of the session's zone, without an offset, so this is how such values are read and
// written. Both directions use the same [Clock], so that they agree on every instant.
//
// Two kinds of times are not one instant. Clocks that are set back show some times twice: the text means two instants. Clocks
// that are set forward skip some times: the text means none. time.Date makes an instant of both without a word; this package
// never does.
//
// Wall-clock times are counted like Unix time: the seconds from 1970-01-01 00:00:00 on the same clock.
package wallclock
