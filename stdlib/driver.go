package stdlib

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"

	"github.com/exawire/exawire"
)

// DriverName is the name for sql.Open.
const DriverName = "exawire"

func init() {
	if !slices.Contains(sql.Drivers(), DriverName) { // two of a name are a panic
		sql.Register(DriverName, &Driver{})
	}
}

// Driver opens connections for database/sql. The zero value is ready. It is safe for concurrent use.
type Driver struct{}

var _ driver.DriverContext = (*Driver)(nil)

// OpenConnector parses a DSN, see exawire.ParseDSN. sql.Open calls it, and so returns what is wrong with the DSN. The error
// joins an *exawire.ConfigError for each mistake.
func (*Driver) OpenConnector(dsn string) (driver.Connector, error) {
	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	client, err := exawire.New(cfg)
	if err != nil {
		return nil, err
	}
	return NewConnector(client), nil
}

// Open opens a connection by itself. database/sql calls OpenConnector instead. The caller must close the connection.
func (d *Driver) Open(dsn string) (driver.Conn, error) {
	c, err := d.OpenConnector(dsn)
	if err != nil {
		return nil, err
	}
	return c.Connect(context.Background())
}
