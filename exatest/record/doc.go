// Package record writes down what a program and a database say to each other, and serves it for ever: tests against a
// database that need it once.
//
//	rec := record.New(t, "testdata/orders.jsonl", record.Upstream{Addr: "exa1:8563", Fingerprint: "..."})
//	run(rec.DSN(user, password)) // the program, in any language
//
//	srv := record.Replay(t, "testdata/orders.jsonl") // from then on
//	run(srv.DSN())
//
// # Recording
//
// A [Recorder] is a proxy. It forwards all bytes of both ends and writes a transcript: a line of JSON for each message,
// without secrets. [New] starts one for a test and [Start] one for a program.
//
// # Replaying
//
// [Replay] starts a server of package exatest that serves a transcript, for a test, and [StartReplay] one for a program.
// The replay is strict: a session has to send what the recorded session sent. Options, which all begin with With, say how
// strict, and [WithServer] has those of the server.
package record
