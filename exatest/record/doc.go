// Package record writes down what a program and a database say to each other and plays it back as often as needed.
// Tests written that way need the database only once.
//
//	rec := record.New(t, "testdata/orders.jsonl", record.Upstream{Addr: "exa1:8563", Fingerprint: "..."})
//	run(rec.DSN(user, password)) // the program, in any language
//
//	srv := record.Replay(t, "testdata/orders.jsonl") // from then on
//	run(srv.DSN())
//
// # Recording
//
// A [Recorder] is a proxy. It forwards all bytes in both directions and writes a transcript, with one line of JSON for
// each message and without secrets. [New] starts a recorder for a test, and [Start] for a program.
//
// # Replaying
//
// [Replay] starts a server of package [exatest] that serves a transcript, for a test; [StartReplay] does so for a
// program. The replay is strict: a session has to send what the recorded session sent. An [Option] can relax that or
// make it stricter, and [WithServer] passes on options of the server.
package record
