// Package tunnel serves a file to a database, or takes one from it, over a connection that the client has opened. The
// database gives the connection an address in its own network ([Open]); a statement names the address, and the database
// then sends HTTP requests over the connection ([Tunnel]), through TLS if the statement says so ([Identity]).
package tunnel
