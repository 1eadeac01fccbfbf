package record

import "github.com/exawire/exawire/exatest"

// Option changes how a transcript is played. Options are given to [Replay] and [StartReplay].
type Option func(*config)

type config struct {
	server   []exatest.Option
	anyOrder bool
	repeated bool
	delays   bool
	all      bool
}

// WithServer gives the server these options. Users, passwords, the network and what observes clients are the server's own;
// backends, and options about how results are sent, have no effect.
func WithServer(opts ...exatest.Option) Option {
	return func(c *config) { c.server = append(c.server, opts...) }
}

// WithAnyOrder answers requests in any order: each gets the answer of the first recorded request of its session that is the
// same and was not played yet. If all of them were, one that only reads (metadata, getAttributes, getHosts,
// getResultSetHeader, getOffset, and statements that begin with SELECT, WITH, VALUES, DESC or EXPLAIN) gets the last answer
// again. Login attributes do not have to be the same.
func WithAnyOrder() Option { return func(c *config) { c.anyOrder = true } }

// WithRepetition begins with the first session of the transcript again when all are taken, where a login would be refused.
func WithRepetition() Option { return func(c *config) { c.repeated = true } }

// WithDelays takes as long for an answer as the database did. Without it answers come at once.
func WithDelays() Option { return func(c *config) { c.delays = true } }

// WithAllRequests fails the test, when the server is closed, for recorded requests that were not played. Those that may be
// sent at any time do not count.
func WithAllRequests() Option { return func(c *config) { c.all = true } }
