// Package bench measures whole paths: from the bytes that a server sends to the caller's variables, and back. Each
// benchmark stands beside its baselines in the same run, because only ratios mean something on a machine that others use
// too:
//
//   - peer: the design of other Go clients, encoding/json in two stages into [][]any and database/sql on top,
//   - discard: reading the same bytes and throwing them away, the bound that nobody can pass,
//   - socket: copying the same bytes through a pair of sockets, for bulk transfer.
//
// Benchmarks of single steps are beside the code that they measure. The command report runs all of them, prints the ratios
// and draws them; the command memory measures the peak of resident memory.
//
// The server here does as little as it can: it answers the login without looking at it, serves messages that were made
// beforehand, and moves the files of IMPORT and EXPORT without looking into them.
package bench
