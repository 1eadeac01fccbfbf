package exawire

import (
	"github.com/exawire/exawire/internal/wire"
)

// DSNKeys returns all names of each key, the one that DSN writes first.
func DSNKeys() [][]string {
	var keys [][]string
	for _, k := range dsnKeys {
		keys = append(keys, append([]string{k.name}, k.aliases...))
	}
	return keys
}

// InitialAttributes returns what a session of the configuration sets at login, by name.
func (c *Config) InitialAttributes() map[string]string {
	values := map[string]string{}
	for _, a := range c.initialAttributes() {
		values[a.Name()] += a.JSON()
	}
	return values
}

// NotSent and WasSent are errors of commands of which nothing and all has left.
func NotSent(err error) error { return failed(wire.Nothing, err) }
func WasSent(err error) error { return failed(wire.Whole, err) }

// OSUserName is osUserName.
var OSUserName = osUserName
