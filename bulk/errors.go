package bulk

// Error is why a transfer failed: what the database said and what happened to the data on the client's side, in one. It
// unwraps to all of it, the statement's error first.
type Error struct {
	Op    string       // "import" or "export"
	SQL   error        // of the statement or its transaction; nil if it is not to blame
	Files []*FileError // what happened to single files
	Open  bool         // the caller's transaction is open, and rows of this transfer may be in it: roll it back
}

// FileError is what happened to one file, reader, writer or tunnel.
type FileError struct {
	Name string // of the file; "" for what has no name
	Step string // "open", "connect", "tunnel", "tls", "request", "read", "write" or "close"
	Err  error
}
