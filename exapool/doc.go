// Package exapool keeps sessions of a database open and lends them out, to programs that do several things at a time.
//
//	pool, err := exapool.New(cfg, exapool.Options{MaxSessions: 20})
//	...
//	defer pool.Close(ctx)
//	users, err := exapool.Collect[User](ctx, pool, "SELECT id, name FROM users WHERE team = ?", team)
//	err = pool.RunTx(ctx, func(tx *exawire.Tx) error { ... })
//
// [Pool.Query], [Pool.Exec], [Pool.RunTx], [Collect], [One] and [Each] are for single statements and transactions,
// [Pool.Do] is for several statements on one session, and [Pool.Acquire] for everything else.
//
// # Who gets a session
//
// There are at most Options.MaxSessions. They are opened when they are needed, and whoever waits is served in order. The next
// user of a session finds it as it was after the login: what Reset of package exawire cannot restore, and what was left
// open on it, closes the session. A session whose connection is lost is never handed out, and one that was idle for a while
// has to answer first.
//
// # When the database cannot be reached
//
// New sessions go to the host with the fewest. A host that cannot be reached is left alone for a while, longer each time.
// After a failure there is one login at a time at each host until one succeeds. If there is no host to be reached, Acquire
// waits for one, for up to Options.ConnectWait.
//
// # When the login is rejected
//
// A password that is wrong does not get right by trying, and accounts are locked after some attempts. After a login that the
// server has refused, no other one is tried for a pause, from 1 s to 2 minutes, longer each time. In the pause, Acquire
// hands out idle sessions, and otherwise fails at once with an [*AcquireError] that says what the server said and until
// when the pause lasts. The same goes for a source of credentials that returns an error.
//
// # Statements run once
//
// A statement of which nothing was sent, because its session turned out to be closed, is sent on another session, once.
// Nothing else is repeated, except for transactions that collide, see [exawire.Session.RunTx].
//
// docs/pool.md in the repository says more.
package exapool
