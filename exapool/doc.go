// Package exapool keeps sessions of a database open and lends them out. It is for programs that do several things at the
// same time.
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
// There are at most Options.MaxSessions. They are opened when they are needed, and waiters are served in order. The next
// user of a session finds it as it was after the login. If [exawire.Session.Reset] cannot restore that, or something was
// left open on a session, it is closed instead. A session whose connection is lost is never handed out, and one that was
// idle for a while has to answer first.
//
// # When the database cannot be reached
//
// New sessions go to the host with the fewest. A host that cannot be reached is left alone for a while, longer each time.
// After a failure there is one login at a time at each host until one succeeds. If no host can be reached, Acquire waits
// for one, for up to Options.ConnectWait.
//
// # When the login is rejected
//
// Trying again does not make a wrong password right, and accounts are locked after some attempts. After a login that the
// server has refused there is a pause without logins, of about 1 s at first, then longer each time, up to 2 minutes. In the
// pause, Acquire hands out idle sessions, waits if Options.MaxSessions are in use, and otherwise fails at once with an
// [*AcquireError] that says what the server said and when the pause ends. The same goes for a source of credentials that
// returns an error.
//
// # Statements run once
//
// If nothing of a statement was sent because its session turned out to be closed, the statement is sent on another session,
// once. Nothing else is repeated, except for transactions that collide, see [exawire.Session.RunTx].
//
// docs/pool.md in the repository says more.
package exapool
