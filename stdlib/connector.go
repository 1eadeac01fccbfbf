package stdlib

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire"
)

// OpenDB returns a DB whose connections are sessions of this configuration. Nothing is sent until the DB is used. The error
// joins an *exawire.ConfigError for each thing that is wrong with the configuration. The caller must close the DB.
func OpenDB(cfg *exawire.Config, opts ...Option) (*sql.DB, error) {
	client, err := exawire.New(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(NewConnector(client, opts...)), nil
}

// NewConnector returns what sql.OpenDB takes, for a client that is there already. It is safe for concurrent use. A client
// that was not made by exawire.New gives an error when the first connection is opened.
func NewConnector(client *exawire.Client, opts ...Option) driver.Connector {
	c := &connector{client: client, grace: client.Config().CancelGrace}
	for _, set := range opts {
		if set != nil {
			set(c)
		}
	}
	return c
}

// Option changes what the connections of a DB do beside running statements.
type Option func(*connector)

type connector struct {
	client *exawire.Client
	grace  time.Duration // of the client's configuration
	local  *localFiles   // nil if statements must not use files
}

// Connect opens a session.
func (c *connector) Connect(ctx context.Context) (_ driver.Conn, err error) {
	defer caught(&err)
	sess, err := c.client.Connect(ctx)
	if err != nil {
		return nil, harmless(err)
	}
	return &conn{sess: sess, grace: c.grace, local: c.local, open: !sess.Attributes().Autocommit}, nil
}

// Driver returns a driver that opens connections by DSN.
func (*connector) Driver() driver.Driver { return &Driver{} }

// String returns the DSN of the configuration without secrets.
func (c *connector) String() string { return c.client.String() }

// SessionOf returns the session of a connection of this driver, inside the function given to [sql.Conn.Raw]:
//
//	err := conn.Raw(func(driverConn any) error {
//		sess, err := stdlib.SessionOf(driverConn)
//		...
//	})
//
// The session must not be kept beyond that function and must not be closed. What the function changes about it, such as
// attributes, holds until the connection has gone back to the pool and is used again: it is reset then, unless the
// configuration has autocommit off. A transaction that the function begins must end in it, and rows and statements that it
// opens must be closed in it. The error says that driverConn is no connection of this driver.
func SessionOf(driverConn any) (*exawire.Session, error) {
	switch c := driverConn.(type) {
	case nil:
		return nil, errors.New("stdlib: there is no connection: SessionOf takes what sql.Conn.Raw passes on")
	case *conn:
		if c != nil && c.sess != nil {
			return c.sess, nil
		}
		return nil, errors.New("stdlib: the connection was never opened")
	}
	return nil, fmt.Errorf("stdlib: a %T is no connection of this driver", driverConn)
}
