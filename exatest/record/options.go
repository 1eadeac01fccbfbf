package record

import "github.com/exawire/exawire/exatest"

// Option changes how a transcript is played back. Options are given to [Replay] and [StartReplay].
type Option func(*config)

type config struct {
	server   []exatest.Option
	anyOrder bool
	repeated bool
	delays   bool
	all      bool
}

// WithServer gives the server these options. Those for users and passwords, for the network and for observing clients
// work as usual. A backend, and options for how results are sent, have no effect.
func WithServer(opts ...exatest.Option) Option {
	return func(c *config) { c.server = append(c.server, opts...) }
}

// WithAnyOrder answers the requests of a session in any order. Each gets the answer of the first recorded request of
// its session that is the same and has not been played yet. If all of them have been played, a request that only reads
// gets the last answer again: metadata, getAttributes, getHosts, getResultSetHeader, getOffset, and statements that
// begin with SELECT, WITH, VALUES, DESC or EXPLAIN. Login attributes do not have to be the same.
func WithAnyOrder() Option { return func(c *config) { c.anyOrder = true } }

// WithRepetition starts again with the first session of the transcript when all are taken. Without this option further
// logins are refused.
func WithRepetition() Option { return func(c *config) { c.repeated = true } }

// WithDelays makes each answer take as long as it took the database. Without this option answers come at once.
func WithDelays() Option { return func(c *config) { c.delays = true } }

// WithAllRequests fails the test, when the server closes, for recorded requests that were not played. Requests that may
// be sent at any time do not count.
func WithAllRequests() Option { return func(c *config) { c.all = true } }
